import threading
import time
import unittest
import uuid

import boto3

from glue_etl.errors import LeaseLostError
from glue_etl.ledger import COMMITTED, REJECTED, Ledger

from .support import LEDGER, account

RECORD = {"state": COMMITTED, "counts": {"read": 1}, "job_run_id": "jr"}


class LedgerTest(unittest.TestCase):
    def setUp(self):
        account()
        self.dataset = f"things-{uuid.uuid4()}"
        self.mine, self.other = self.ledger("mine"), self.ledger("other")

    def ledger(self, owner: str, lease_seconds: float = 60) -> Ledger:
        return Ledger(boto3.client("dynamodb"), LEDGER, self.dataset, owner, lease_seconds)

    def ingested(self, batch: str) -> None:
        """Has ingest commit a batch, so that it is open for process."""
        self.assertEqual(self.mine.take_ingest(batch), batch)
        self.mine.commit("ingest", batch, RECORD, "exclusive")

    def test_a_batch_passes_the_stages(self):
        self.ingested("b2")
        self.ingested("b1")
        self.assertEqual(self.mine.open_batches("process"), ["b2", "b1"], "the oldest first")
        for stage, following in (("process", "validate"), ("validate", "curate"), ("curate", None)):
            self.assertTrue(self.mine.take(stage, "b1"))
            self.mine.commit(stage, "b1", RECORD)
            self.assertEqual(self.mine.committed(stage, "b1")["counts"], {"read": 1})
            self.assertNotIn("b1", self.mine.open_batches(stage))
            if following:
                self.assertEqual(self.mine.open_batches(following), ["b1"])

    def test_a_rejected_batch_goes_no_further(self):
        self.ingested("b")
        self.mine.take("process", "b")
        self.mine.commit("process", "b", {**RECORD, "state": REJECTED})
        self.assertEqual(self.mine.open_batches("process") + self.mine.open_batches("validate"), [])

    def test_a_live_lease_is_respected_and_a_stale_one_taken_over(self):
        self.ingested("b")
        stale = self.ledger("stale", lease_seconds=-2)
        self.assertTrue(stale.take("process", "b"))
        self.assertTrue(self.mine.take("process", "b"), "stale")
        self.assertTrue(self.mine.take("process", "b"), "renewed")
        self.assertFalse(self.other.take("process", "b"), "live")
        with self.assertRaisesRegex(LeaseLostError, "batch b was taken over"):
            stale.commit("process", "b", RECORD)
        self.assertIsNone(self.mine.committed("process", "b"))

    def test_what_is_not_open_cannot_be_taken(self):
        self.assertFalse(self.mine.take("process", "none"))

    def test_a_lease_is_renewed_while_it_is_kept_and_given_back_on_an_error(self):
        self.ingested("b")
        short = self.ledger("short", lease_seconds=1)
        self.assertTrue(short.take("process", "b"))
        with self.assertRaises(ZeroDivisionError), short.kept("process", "b"):
            time.sleep(2.5)
            self.assertFalse(self.other.take("process", "b"))
            raise ZeroDivisionError
        self.assertTrue(self.other.take("process", "b"))

    def test_of_racing_commits_one_wins(self):
        self.ingested("b")
        self.assertTrue(self.mine.take("process", "b"))
        start, won, lost = threading.Barrier(8), [], []

        def commit() -> None:
            ledger = self.ledger("mine")
            start.wait()
            try:
                ledger.commit("process", "b", RECORD)
                won.append(1)
            except LeaseLostError:
                lost.append(1)

        threads = [threading.Thread(target=commit) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((len(won), len(lost)), (1, 7))
        self.assertEqual(self.mine.open_batches("validate"), ["b"])

    def test_ingest_is_exclusive_and_goes_on_with_a_batch_left_behind(self):
        self.assertEqual(self.ledger("dead", lease_seconds=-2).take_ingest("left"), "left")
        self.assertEqual(self.mine.take_ingest("new"), "left")
        self.assertIsNone(self.other.take_ingest("another"))
        self.mine.discard_ingest()
        self.assertEqual(self.other.take_ingest("another"), "another")

    def test_sources_are_found_by_key_however_many(self):
        etags = {f"k{n}": f"e{n}" for n in range(230)}
        self.mine.add_sources(etags, "b")
        found = self.mine.sources([*etags, "unknown"])
        self.assertEqual({key: source["etag"] for key, source in found.items()}, etags)
        self.assertEqual(found["k7"]["batch_id"], "b")
