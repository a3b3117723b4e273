"""A Region is lost while batches flow, another takes over, and the first is come back to.

Real stages on Spark, the commands of operators, and an emulated account in two Regions; `regions` stands for the loss
of one, `replication` for what lags behind. Not a package that `unittest discover` finds: a suite of its own,
`npm run game-day`.
"""

from __future__ import annotations

import io
import os
import re
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

from botocore.exceptions import ConnectionClosedError
from tests.glue import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

from dr import __main__ as dr  # noqa: E402
from dr.place import Place  # noqa: E402

from glue_etl.ledger import Ledger, iso  # noqa: E402
from glue_etl.operations import Operations  # noqa: E402

from .regions import Site, TwoRegions  # noqa: E402
from .replication import Replication  # noqa: E402
from .story import AFTERWARDS, DATA_SETS, EVENTS, ORDERS, PUBLISHED, UNCOPIED, UNKNOWN, UNPUBLISHED  # noqa: E402

FIRST, SECOND = "us-east-1", "us-west-2"


class GameDay(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.account = TwoRegions()
        cls.addClassCleanup(cls.account.close)
        keys = {"AWS_ENDPOINT_URL": cls.account.url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        patched = mock.patch.dict(os.environ, keys)
        patched.start()
        cls.addClassCleanup(patched.stop)
        cls.first = Site(cls.account, "lake", FIRST)
        cls.second = Site(cls.account, "lake-dr", SECOND, first="lake")
        # What comes of the same deliveries where nothing happens; in the second Region for its Spark is idle at first.
        cls.undisturbed = Site(cls.account, "undisturbed", SECOND)
        for site in (cls.first, cls.second, cls.undisturbed):
            site.make([dataset.definition for dataset in DATA_SETS])
            site.make_tables()
        cls.account.settle(cls.first, cls.second)
        sites = (cls.first, cls.second)
        buckets = [site.place.names["buckets"] for site in sites]
        pairs = {buckets[0][purpose]: buckets[1][purpose] for purpose in buckets[0]}
        s3 = {
            name: cls.account.client("s3", site.region)
            for site in sites
            for name in site.place.names["buckets"].values()
        }
        dynamodb = {site.region: cls.account.client("dynamodb", site.region) for site in sites}
        tables = dict.fromkeys(cls.first.place.names["tables"].values(), [FIRST, SECOND])
        cls.replication = Replication(s3, dynamodb, pairs, tables)
        cls.addClassCleanup(cls.replication.close)

    def run_command(self, *arguments: str, site: Site | None = None) -> str:
        """What is printed by scripts/dr.sh, which must succeed."""
        output = io.StringIO()
        both = mock.patch.object(Place, "both", return_value=(self.first.place, self.second.place))
        of = mock.patch.object(Place, "of", return_value=(site or self.first).place)
        with both, of, redirect_stdout(output), redirect_stderr(output):
            code = dr.main([arguments[0], "--environment", "lake", *arguments[1:]])
        self.assertEqual(code, 0, output.getvalue())
        print("\n".join(f"    {line}" for line in output.getvalue().splitlines()))
        return output.getvalue()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def run_stages(self, site: Site, dataset, batch: str, *stages: str) -> None:
        self.assertIsNone(site.run(dataset.name, batch, *stages))

    def run_started(self, site: Site) -> None:
        """Does the workflow runs that a command has started."""
        started, self.account.started = self.account.started, []
        self.assertEqual({name for name, _ in started}, {f"{site.prefix}-{each.name}" for each in DATA_SETS})
        for name, run in started:
            self.assertIsNone(site.run(name.removeprefix(f"{site.prefix}-"), run))

    def expect(self, site: Site, expected: dict[str, list[str]]) -> None:
        for dataset in DATA_SETS:
            self.assertEqual(site.curated(dataset.name), expected[dataset.name], dataset.name)

    def expect_switched(self, site: Site, on: bool) -> None:
        self.assertEqual(set(site.switches().values()), {on})

    def tell_undisturbed(self) -> list[dict[str, list[str]]]:
        """Content after what was replicated, and after everything."""
        told = []
        replicated = {ORDERS.name: (PUBLISHED, UNPUBLISHED), EVENTS.name: (PUBLISHED, UNPUBLISHED, UNCOPIED)}
        everything = dict.fromkeys(replicated, range(AFTERWARDS + 1))
        for number, kinds in enumerate((replicated, everything)):
            for dataset in DATA_SETS:
                for kind in kinds[dataset.name]:
                    self.undisturbed.deliver(dataset.name, dataset.deliveries[kind])
                    self.run_stages(self.undisturbed, dataset, f"b{number}-{kind}", "ingest")
                self.run_stages(self.undisturbed, dataset, f"b{number}", "process", "validate", "curate")
            told.append({dataset.name: self.undisturbed.curated(dataset.name) for dataset in DATA_SETS})
        return told

    def test_a_bad_merge_is_taken_back(self):
        site, name = Site(self.account, "mended", FIRST), ORDERS.name
        site.make([ORDERS.definition])
        site.make_tables()
        site.deliver(name, ORDERS.deliveries[PUBLISHED])
        self.run_stages(site, ORDERS, "good")
        good, then = site.curated(name), iso(time.time())
        site.deliver(name, {"bad.csv": "id,status,amount,version\n1,gone,0.00,9\n2,open,0.00,9\n99,open,0.00,1\n"})
        self.run_stages(site, ORDERS, "bad")
        self.assertNotEqual(site.curated(name), good)
        command = ("rollback-table", "--dataset", name, "--as-of", then, "--discard", "bad")
        self.run_command(*command, "--dry-run", site=site)
        self.assertNotEqual(site.curated(name), good)
        self.assertIn("1 batch(es) were taken out", self.run_command(*command, "--yes", site=site))
        self.assertEqual(site.curated(name), good)
        # The deletion that the bad batch brought is gone too, or this row would not come in.
        site.deliver(name, {"next.csv": "id,status,amount,version\n1,sent,11.00,2\n"})
        self.run_stages(site, ORDERS, "next")
        self.assertIn('"status": "sent"', next(row for row in site.curated(name) if '"id": 1,' in row))

    def test_game_day(self):
        self.began = time.monotonic()
        with ThreadPoolExecutor(1) as pool:
            undisturbed = pool.submit(self.tell_undisturbed)
            self.batches_flow()
        self.expected = undisturbed.result()
        self.say("The first Region refuses every request.")
        self.account.closed, self.replication.is_cut = FIRST, True
        with self.assertRaises(ConnectionClosedError):
            self.first.place.impatient().glue.get_jobs()
        delivered, lost_at = self.batches(self.first), time.monotonic()
        output = self.run_command("failover", "--to", SECOND, "--yes")
        lost = delivered - self.batches(self.second)
        taken_over = time.monotonic()
        self.run_started(self.second)
        published = time.monotonic()
        self.say("The second Region has published what was replicated.")
        self.expect(self.second, self.expected[0])
        self.assertEqual(lost, {f"{each.name}-{kind}" for each in DATA_SETS for kind in ("uncopied", "unknown")})
        self.assertEqual(set(re.findall("  not replicated: (.*)", output)), {"orders-uncopied", "events-uncopied"})
        self.assertEqual(set(re.findall("  done again: (.*)", output)), {"orders-unpublished", "events-unpublished"})
        self.assertIn("does not answer", output)
        self.goes_on_in_the_second_region()
        self.comes_back()
        print(f"\nRPO  {len(lost)} of {len(delivered)} batches, until the Region is back: {', '.join(sorted(lost))}")
        print(
            f"RTO  {published - lost_at:.1f} s until tables were published, {taken_over - lost_at:.1f} s of them dr.sh"
        )

    def batches(self, site: Site) -> set[str]:
        """All batches that the ledger of a Region knows."""
        client = self.account.client("dynamodb", site.region)
        ledgers = [Ledger(client, site.place.ledger, dataset.name, "test") for dataset in DATA_SETS]
        return {batch.id for ledger in ledgers for batch in Operations(ledger).batches()}

    def batches_flow(self) -> None:
        """In the first Region; the later a batch, the less of it arrives in the second."""
        for dataset in DATA_SETS:
            self.first.deliver(dataset.name, dataset.deliveries[PUBLISHED])
            self.run_stages(self.first, dataset, f"{dataset.name}-published")
        self.replication.drain()
        self.say("A batch of each data set is published and replicated.")
        self.replication.held = lambda place, key: place in ("lake-processed", "lake-curated")
        for dataset in DATA_SETS:
            self.first.deliver(dataset.name, dataset.deliveries[UNPUBLISHED])
            self.run_stages(self.first, dataset, f"{dataset.name}-unpublished")
        self.replication.drain()
        self.say("A second batch is published, but only its raw files are replicated.")
        self.replication.held = lambda place, key: (
            place.startswith("lake-")
            and (place not in ("lake-source", "lake-job-bookmarks", "lake-job-state") or key.startswith("orders/"))
        )
        for dataset in DATA_SETS:
            self.first.deliver(dataset.name, dataset.deliveries[UNCOPIED])
            self.run_stages(self.first, dataset, f"{dataset.name}-uncopied", "ingest", "process")
        self.replication.drain()
        self.say("Of a third batch the ledger is replicated, and of one data set the source.")
        self.replication.held = lambda place, key: place.startswith("lake-") and not place.startswith("lake-dr")
        for dataset in DATA_SETS:
            self.first.deliver(dataset.name, dataset.deliveries[UNKNOWN])
            self.run_stages(self.first, dataset, f"{dataset.name}-unknown", "ingest")
        self.replication.drain()
        self.say(f"Of a fourth one nothing is; {len(self.replication.pending())} changes are on their way.")
        self.run_command("status")

    def goes_on_in_the_second_region(self) -> None:
        for dataset in DATA_SETS:
            self.second.deliver(dataset.name, dataset.deliveries[AFTERWARDS])
            self.run_stages(self.second, dataset, f"{dataset.name}-afterwards")
        self.say("The second Region has published a batch of its own.")
        self.expect_switched(self.second, on=True)

    def comes_back(self) -> None:
        self.account.closed, self.replication.is_cut, self.replication.held = None, False, lambda place, key: False
        self.replication.drain()
        self.say("The first Region is back, and what was on its way has arrived.")
        self.assertIn("StandbyError", self.first.run("events", "too-early", "ingest"))
        self.run_command("failover", "--to", SECOND, "--yes")
        self.expect_switched(self.first, on=False)
        self.run_command("failback", "--yes")
        self.run_started(self.first)
        self.replication.drain()
        self.say("The first Region is the active one again.")
        self.expect(self.first, self.expected[1])
        self.assertIn("StandbyError", self.second.run("events", "too-late", "ingest"))
        self.expect_switched(self.first, on=True)
        self.expect_switched(self.second, on=False)
