import threading
import time
import unittest
import uuid
from unittest import mock

import boto3

from glue_etl.errors import BatchStateError, LeaseLostError
from glue_etl.ledger import COMMITTED, REJECTED, STAGES, Ledger
from glue_etl.operations import Operations
from glue_etl.source_ledger import SourceLedger

from .support import LEDGER, account

RECORD = {"state": COMMITTED, "counts": {"read": 1}, "job_run_id": "jr"}


class LedgerCase(unittest.TestCase):
    def setUp(self):
        account()
        self.dataset = f"things-{uuid.uuid4()}"
        self.mine, self.other = self.ledger("mine"), self.ledger("other")

    def ledger(self, owner: str, lease_seconds: float = 60) -> Ledger:
        return Ledger(boto3.client("dynamodb"), LEDGER, self.dataset, owner, lease_seconds)

    def ingested(self, batch: str) -> None:
        """Has ingest commit a batch, so that it is open for process."""
        self.assertEqual(self.mine.take_ingest(batch), (batch, True))
        self.mine.commit("ingest", batch, RECORD, "exclusive")


class LedgerTest(LedgerCase):
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
        short = self.ledger("short", lease_seconds=4)
        self.assertTrue(short.take("process", "b"))
        with self.assertRaises(ZeroDivisionError), short.kept("process", "b"):
            time.sleep(10)
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
        self.assertEqual(self.ledger("dead", lease_seconds=-2).take_ingest("left"), ("left", True))
        self.assertEqual(self.mine.take_ingest("new"), ("left", False))
        self.assertIsNone(self.other.take_ingest("another"))
        self.mine.discard_ingest()
        self.assertEqual(self.other.take_ingest("another"), ("another", True))

    def test_a_commit_waits_for_another_transaction_on_its_items(self):
        self.ingested("b")
        self.mine.take("process", "b")
        client = self.mine.table._client
        conflict = client.exceptions.TransactionCanceledException(
            {"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]}, "TransactWriteItems"
        )
        write, answers = client.transact_write_items, iter([conflict, conflict])

        def busy(**request):
            for answer in answers:
                raise answer
            write(**request)

        with mock.patch.object(client, "transact_write_items", busy):
            self.mine.commit("process", "b", RECORD)
        self.assertEqual(self.mine.open_batches("validate"), ["b"])


class SourceLedgerTest(LedgerCase):
    def setUp(self):
        super().setUp()
        self.sources = SourceLedger(self.mine)

    def test_sources_are_found_by_key_however_many(self):
        for number in range(130):
            self.know(f"k{number}", "etag", "2013")
        found = self.sources.known([*(f"k{number}" for number in range(130)), "unknown"])
        self.assertEqual(len(found), 130)
        self.assertEqual((found["k7"]["etag"], found["k7"]["batch_id"]), ("etag", "b"))

    def test_what_is_known_is_the_latest_content_whoever_comes_last(self):
        self.know("k", "new", "2014")
        self.know("k", "old", "2013")
        self.assertEqual(self.sources.known(["k"])["k"]["etag"], "new")

    def test_a_note_is_not_forgotten_if_the_object_was_noticed_again(self):
        self.sources.add_pending(["a", "b"])
        first, second = self.sources.pending(10)
        self.sources.add_pending(["b"])
        self.sources.forget(first)
        self.sources.forget(second)
        self.assertEqual([note["sk"] for note in self.sources.pending(10)], ["b"])

    def test_no_more_notes_are_read_than_asked_for(self):
        self.sources.add_pending(f"k{number:03}" for number in range(60))
        self.assertEqual([note["sk"] for note in self.sources.pending(3)], ["k000", "k001", "k002"])

    def test_the_range_of_a_batch_is_fixed_by_who_holds_ingest(self):
        self.assertIsNone(self.sources.kept_range())
        self.ledger("dead", lease_seconds=-2).take_ingest("left")
        self.mine.take_ingest("new")
        self.sources.keep_range({"column": "id", "after": None, "up_to": "7"})
        with self.assertRaises(LeaseLostError):
            SourceLedger(self.other).keep_range({"column": "id", "after": None, "up_to": "9"})
        self.assertEqual(self.sources.kept_range(), {"column": "id", "after": None, "up_to": "7"})

    def know(self, key: str, etag: str, at: str) -> None:
        self.sources.set_known({"source": key, "etag": etag, "checksum": None}, "b", at)


class OperationsTest(LedgerCase):
    """What an operator does to a batch, and what runs find afterwards."""

    def setUp(self):
        super().setUp()
        self.operations = Operations(self.ledger("the operator"))

    def do(self, batch: str, *stages: str, state: str = COMMITTED) -> None:
        """Has the stages commit the batch, the last one with `state`."""
        for stage in stages:
            if stage == "ingest":
                self.ingested(batch)
                continue
            self.assertTrue(self.mine.take(stage, batch))
            self.mine.commit(stage, batch, {**RECORD, "state": state if stage == stages[-1] else COMMITTED})

    def replay(self, batch: str, stage: str) -> None:
        self.operations.replay(self.operations.batch(batch), stage)

    def test_a_replayed_batch_passes_the_stage_and_the_later_ones_again_and_they_know(self):
        self.do("b", *STAGES)
        self.assertFalse(self.mine.is_replay("process", "b"))
        self.replay("b", "process")
        self.assertIsNotNone(self.mine.committed("ingest", "b"))
        for stage in STAGES[1:]:
            self.assertIsNone(self.mine.committed(stage, "b"))
            self.assertEqual(self.mine.open_batches(stage), ["b"])
            self.assertTrue(self.mine.is_replay(stage, "b"))
            self.do("b", stage)

    def test_a_replay_from_ingest_keeps_what_ingest_had_committed(self):
        self.do("b", "ingest", "process")
        record = self.mine.committed("ingest", "b")
        for _ in range(2):
            self.replay("b", "ingest")
            self.assertIsNone(self.mine.committed("ingest", "b"))
            self.assertEqual(self.mine.open_batches("ingest"), ["b"])
            self.assertEqual(self.mine.open_batches("validate"), [])
            self.assertEqual(self.mine.reopened("b"), record)
        self.assertEqual(self.mine.take_ingest("new"), ("new", True), "new batches come in meanwhile")
        self.assertEqual(self.operations.batch("b").ingested_at, record["committed_at"])

    def test_a_replay_is_refused_while_a_run_works_on_one_of_its_stages(self):
        self.do("b", "ingest", "process")
        self.mine.take("validate", "b")
        with self.assertRaisesRegex(BatchStateError, "batch b was left as it is: a run of validate is working on it"):
            self.replay("b", "process")
        self.assertIsNotNone(self.mine.committed("process", "b"))
        self.assertFalse(self.other.take("validate", "b"))

    def test_a_run_that_takes_the_batch_meanwhile_wins(self):
        self.do("b", "ingest", "process")
        seen = self.operations.batch("b")
        self.mine.take("validate", "b")
        for operation in (lambda: self.operations.replay(seen, "validate"), lambda: self.operations.discard(seen)):
            with self.assertRaisesRegex(BatchStateError, "changed it meanwhile"):
                operation()
        self.mine.commit("validate", "b", RECORD)

    def test_a_replay_needs_what_the_stage_before_has_done(self):
        self.do("b", "ingest")
        with self.assertRaisesRegex(BatchStateError, "process has not done it yet; replay it from process"):
            self.replay("b", "validate")
        self.do("b", "process", state=REJECTED)
        with self.assertRaisesRegex(BatchStateError, "process has REJECTED it; release it, or replay it from process"):
            self.replay("b", "validate")
        self.replay("b", "process")

    def test_a_rejected_batch_is_released_once_and_its_record_says_by_whom(self):
        for stage, following in (("process", "validate"), ("validate", "curate")):
            with self.subTest(stage):
                batch = f"b-{stage}"
                self.do(batch, *STAGES[: STAGES.index(following)], state=REJECTED)
                seen = self.operations.batch(batch)
                self.operations.release(seen)
                self.assertEqual(self.mine.open_batches(following), [batch])
                record = self.mine.committed(stage, batch)
                self.assertEqual((record["state"], record["released_by"]), ("RELEASED", "the operator"))
                self.assertEqual(record["counts"], RECORD["counts"])
                with self.assertRaises(BatchStateError):
                    self.operations.release(seen)
                self.replay(batch, following)

    def test_a_release_of_a_replayed_batch_is_a_replay(self):
        self.do("b", *STAGES)
        self.replay("b", "validate")
        self.do("b", "validate", state=REJECTED)
        self.operations.release(self.operations.batch("b"))
        self.assertTrue(self.mine.is_replay("curate", "b"))

    def test_only_a_rejected_batch_is_released(self):
        self.do("b", "ingest")
        with self.assertRaisesRegex(BatchStateError, "it is OPEN at process"):
            self.operations.release(self.operations.batch("b"))

    def test_a_discarded_batch_goes_no_further_and_can_be_replayed(self):
        self.do("rejected", "ingest", "process", "validate", state=REJECTED)
        self.do("open", "ingest", "process")
        for batch in ("rejected", "open"):
            self.operations.discard(self.operations.batch(batch))
            record = self.mine.committed("validate", batch)
            self.assertEqual((record["state"], record["discarded_by"]), ("DISCARDED", "the operator"))
            self.assertNotIn(batch, [open for stage in STAGES for open in self.mine.open_batches(stage)])
            with self.assertRaises(BatchStateError):
                self.operations.discard(self.operations.batch(batch))
            self.replay(batch, "validate")
            self.assertTrue(self.mine.take("validate", batch))
            self.mine.commit("validate", batch, RECORD)
            self.mine.take("curate", batch)
            self.mine.commit("curate", batch, RECORD)

    def test_batches_stand_in_the_order_of_their_ingest(self):
        self.do("z", *STAGES)
        self.do("a", "ingest", "process", state=REJECTED)
        self.do("m", "ingest")
        self.mine.take("process", "m")
        self.mine.take_ingest("under way")
        seen = [(batch.id, batch.stage, batch.state) for batch in self.operations.batches()]
        self.assertEqual(
            seen, [("z", "curate", "COMMITTED"), ("a", "process", "REJECTED"), ("m", "process", "RUNNING")]
        )

    def test_an_unknown_batch_is_an_error(self):
        with self.assertRaisesRegex(BatchStateError, "there is no batch none"):
            self.operations.batch("none")
