"""The ledger of a Region that takes over becomes true of what has arrived there."""

import json
import sys
import time
import unittest
import uuid

import boto3

from glue_etl import regions
from glue_etl.definition import DatabaseSource, QuerySource
from glue_etl.errors import StandbyError
from glue_etl.ledger import COMMITTED, DISCARDED, EXCLUSIVE, REJECTED, STAGES, Ledger, iso
from glue_etl.source_ledger import SourceLedger

from . import ROOT
from .support import LEDGER, RAW, account, dataset, run_of

sys.path.insert(0, str(ROOT / "scripts"))
from dr.iceberg import NOTHING, State  # noqa: E402
from dr.ledgers import KEPT, LOST, REDONE, Decision, Raw, Reconciliation  # noqa: E402

BEFORE, AT, AFTER = (iso(1_700_000_000 + seconds) for seconds in (0, 1, 2))
TABLE = State({"current-snapshot-id": 7, "snapshots": [{"snapshot-id": 7, "timestamp-ms": 1_700_000_001_000}]}, 0)


class LedgersTest(unittest.TestCase):
    def setUp(self):
        account()
        self.of = dataset([], name=f"things_{uuid.uuid4().hex[:8]}")
        self.ledger = Ledger(boto3.client("dynamodb"), LEDGER, self.of.name, "test")
        self.s3 = boto3.client("s3")

    def have(
        self, batch: str, *stages: str, at: str = BEFORE, raw: bool = True, last: str = COMMITTED, **record
    ) -> None:
        """A batch that these stages have done, and whose raw file has arrived or not."""
        manifest, file = f"manifests/{self.of.name}/{batch}.json", f"data/{self.of.name}/batch_id={batch}/1.csv"
        if raw:
            self.s3.put_object(Bucket=RAW, Key=file, Body=b"12345")
        body = {"files": [{"key": file, "size": 5, "source": f"{batch}.csv"}]}
        self.s3.put_object(Bucket=RAW, Key=manifest, Body=json.dumps(body).encode())
        for stage in stages:
            state = last if stage == stages[-1] else COMMITTED
            common = {"pk": self.ledger.done(stage), "sk": batch, "committed_at": at, "state": state}
            self.ledger.table.put_many([{**common, "manifest": manifest, **record}])
        file = {"etag": "e", "checksum": None, "source": f"{batch}.csv"}
        SourceLedger(self.ledger).set_known(file, batch, at)

    def leave_open(self, stage: str, batch: str, **entry) -> None:
        self.ledger.table.put_many([{"pk": self.ledger.open(stage), "sk": batch, "opened_at": BEFORE, **entry}])

    def reconcile(self, of=None, last=None, curated: State = TABLE) -> dict[str, tuple[str, str | None]]:
        tables = {"process": TABLE, "curate": curated}
        made = Reconciliation(self.ledger, of or self.of, Raw(self.s3, RAW), tables, last)
        fates = {fate.batch.id: (fate.kind, fate.stage) for fate in made.fates}
        made.apply()
        again = Reconciliation(self.ledger, of or self.of, Raw(self.s3, RAW), tables, last).fates
        left = {fate.batch.id: fate.kind for fate in again}
        self.assertEqual(left, {batch: KEPT for batch, (kind, _) in fates.items() if kind != LOST})
        return fates

    def open(self) -> dict[str, list[str]]:
        return {stage: found for stage in STAGES if (found := self.ledger.open_batches(stage))}

    def known(self, batch: str) -> bool:
        return bool(SourceLedger(self.ledger).known([f"{batch}.csv"]))

    def test_what_has_arrived_stays_and_is_open_where_it_should_be(self):
        self.have("published", *STAGES)
        self.have("pinned", *STAGES, at=AFTER, snapshot_id=7)
        self.have("waiting", "ingest")
        self.have("processed", "ingest", "process")
        self.have("rejected", "ingest", "process", "validate", last=REJECTED)
        self.have("discarded", "ingest", "process", last=DISCARDED, at=AFTER)
        # Of a commit any part may be missing: here what it closes, there what it opens. And leases of lost runs.
        self.leave_open("process", "published", lease_owner="jr_1", lease_until=int(time.time()) + 60)
        self.leave_open("validate", "processed", lease_owner="jr_2", lease_until=int(time.time()) + 60)
        self.leave_open("ingest", EXCLUSIVE, batch_id="published", attempts=1)
        fates = self.reconcile()
        self.assertEqual({kind for kind, _ in fates.values()}, {KEPT})
        self.assertEqual(self.open(), {"process": ["waiting"], "validate": ["processed"]})
        self.assertTrue(self.ledger.take("validate", "processed"))
        self.assertTrue(self.ledger.take_ingest("next"))

    def test_what_is_being_removed_is_removed_here_too(self):
        for stage in ("process", "curate"):
            self.leave_open(stage, "removed", remove=True)
        self.assertEqual(self.reconcile(), {"removed": (KEPT, None)})
        self.assertEqual(self.open(), {"process": ["removed"], "curate": ["removed"]})

    def test_what_has_not_arrived_in_a_table_is_done_again(self):
        self.have("unpublished", *STAGES, at=AFTER, snapshot_id=8)
        self.assertEqual(self.reconcile(), {"unpublished": (REDONE, "process")})
        self.assertEqual(self.open(), {"process": ["unpublished"]})
        self.assertTrue(self.ledger.is_replay("process", "unpublished"))

    def test_what_is_processed_is_only_published_again(self):
        self.have("unpublished", *STAGES)
        self.assertEqual(self.reconcile(curated=NOTHING), {"unpublished": (REDONE, "curate")})
        self.assertIsNotNone(self.ledger.committed("validate", "unpublished"))

    def test_what_has_not_arrived_at_all_is_forgotten_and_new_again(self):
        self.have("kept", *STAGES)
        self.have("lost", "ingest", "process", at=AFTER, raw=False)
        self.leave_open("validate", "lost")
        self.leave_open("curate", "headless")
        fates = self.reconcile()
        self.assertEqual(fates, {"kept": (KEPT, None), "lost": (LOST, None), "headless": (LOST, None)})
        self.assertEqual((self.open(), self.known("lost"), self.known("kept")), ({}, False, True))

    def test_what_was_given_up_and_comes_later_is_given_up_again(self):
        self.have("kept", *STAGES)
        self.have("late", *STAGES)
        self.leave_open("validate", "late")
        self.have("own", "ingest", at=AFTER)
        fates = self.reconcile(last=Decision(AT, ["kept"]))
        self.assertEqual(fates, {"kept": (KEPT, None), "late": (LOST, None), "own": (KEPT, "process")})
        self.assertFalse(self.known("late"))

    def test_a_database_is_read_again_from_where_the_last_batch_ends_that_is_here(self):
        for name, at, raw in (("first", BEFORE, True), ("second", AFTER, False)):
            self.have(name, "ingest", at=at, raw=raw, watermark={"up_to": name})
        self.ledger.table.put_many([{"pk": self.ledger.state, "sk": "watermark", "value": "second"}])
        values = ("postgresql", "host", 5432, "db", None, "t", "secret", "at", 0, 1)
        of = dataset([], name=self.of.name, source=DatabaseSource(*values))
        self.assertEqual(self.reconcile(of)["second"], (LOST, None))
        self.assertEqual(SourceLedger(self.ledger).watermark(), "first")

    def test_a_data_product_is_computed_anew(self):
        of = dataset([], name=self.of.name, source=QuerySource("query", "SELECT 1", ("other",)))
        self.have("product", *STAGES, at=AFTER)
        self.ledger.table.put_many([{"pk": self.ledger.state, "sk": "inputs", "snapshots": {"other": 1}}])
        self.assertEqual(self.reconcile(of), {"product": (LOST, None)})
        self.assertIsNone(self.ledger.table.get(self.ledger.state, "inputs"))


class ActiveRegionTest(unittest.TestCase):
    def test_jobs_work_in_the_active_region_alone(self):
        table = run_of("ingest", dataset([], name="things"), "standby").ledger.table
        self.addCleanup(table.delete, "#region", "active", "attribute_exists(pk)")
        regions.check(table)
        for region, is_active in (("us-east-1", True), ("us-west-2", False), (regions.NONE, False)):
            with self.subTest(region):
                regions.set_active(table, region, {"since": AT})
                if is_active:
                    regions.check(table)
                else:
                    self.assertRaisesRegex(StandbyError, "us-east-1 is on standby", regions.check, table)
