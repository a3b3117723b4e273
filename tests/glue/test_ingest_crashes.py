import threading
from unittest import mock

from glue_etl import ingest, landing
from glue_etl.arrivals import Arrivals
from glue_etl.errors import SourceLostError
from glue_etl.ledger import Ledger
from glue_etl.operations import Operations
from glue_etl.source_ledger import SourceLedger

from .source_files import FilesTest, announce, ledger, messages_on, things
from .support import (
    RAW,
    SOURCE,
    run_of,
)


class CrashTest(FilesTest):
    def test_a_run_that_dies_anywhere_is_simply_run_again(self):
        steps = {
            "after noting, before messages are deleted": (SourceLedger, "pending"),
            "while it copies": (landing.Landing, "_copy"),
            "before the manifest": (ingest, "_outcome"),
            "before the commit": (Ledger, "commit"),
            "after the commit": (SourceLedger, "set_known"),
            "before it is settled": (SourceLedger, "settle"),
            "before notes are forgotten": (SourceLedger, "forget"),
            "before its own end": (SourceLedger, "leave_unsettled"),
        }
        for step, (where, name) in steps.items():
            with self.subTest(step):
                self.of = things()
                self.queue = announce(self.of)
                self.deliver("a.csv", "1")
                self.deliver("b.csv", "2")
                with mock.patch.object(where, name, side_effect=Killed), self.assertRaises(Killed):
                    self.ingest("b1")
                self.deliver("c.csv", "3")
                self.ingest("b2")
                self.ingest("b3")
                self.assertEqual(self.ingested(), [("a.csv", "1"), ("b.csv", "2"), ("c.csv", "3")])
                self.assertEqual(SourceLedger(ledger(self.of)).pending(10), [])

    def test_messages_of_a_run_that_died_before_it_deleted_them_come_again(self):
        self.ingest("listed")
        self.deliver("a.csv", "1")
        run = run_of("ingest", self.of, "b1", source_queue=self.queue)
        sqs = mock.patch.object(Arrivals, "__init__", without_deletion(Arrivals.__init__))
        with sqs, self.assertRaises(Killed):
            ingest.run(run)
        self.assertEqual(messages_on(self.queue), 1)
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"VisibilityTimeout": "0"})
        self.ingest("b2")
        self.assertEqual(self.ingested(), [("a.csv", "1")])

    def test_an_object_that_a_dead_run_copied_and_that_is_gone_is_new_when_it_comes_again(self):
        self.deliver("a.csv", "1")
        self.deliver("b.csv", "2")
        with mock.patch.object(Ledger, "commit", side_effect=Killed), self.assertRaises(Killed):
            self.ingest("b1")
        self.s3.delete_object(Bucket=SOURCE, Key=f"{self.of.name}/a.csv")
        self.ingest("b2")
        self.assertEqual(self.ingested(), [("b.csv", "2")])
        self.deliver("a.csv", "1")
        self.ingest("b3")
        self.assertEqual(self.ingested(), [("a.csv", "1"), ("b.csv", "2")])

    def test_a_run_that_lost_its_lease_cannot_touch_what_its_successor_commits(self):
        self.deliver("a.csv", "1")
        slow = run_of("ingest", self.of, "slow", source_queue=self.queue)
        slow.ledger._lease_seconds = -2
        commit, waiting, go_on = slow.ledger.commit, threading.Event(), threading.Event()

        def pause(*arguments):
            waiting.set()
            go_on.wait()
            commit(*arguments)

        with mock.patch.object(slow.ledger, "commit", pause):
            thread = threading.Thread(target=ingest.run, args=(slow,))
            thread.start()
            waiting.wait()
            self.deliver("a.csv", "2")
            self.ingest("quick")
            go_on.set()
            thread.join()
        self.assertEqual(self.ingested(), [("a.csv", "2")])
        self.assertIn("batch-skipped", [event["event"] for event in self.events()])


class AgainTest(FilesTest):
    def setUp(self):
        super().setUp()
        for file in ("a.csv", "b.csv", "c.csv"):
            self.deliver(file, file)
        self.ingest("b")
        self.before, self.files = self.committed("b"), self.manifest("b")
        operations = Operations(ledger(self.of))
        operations.replay(operations.batch("b"), "ingest")

    def test_objects_are_copied_again_and_those_gone_or_changed_keep_their_copy(self):
        self.s3.put_object(Bucket=RAW, Key=self.files[0]["key"], Body=b"damaged")
        self.s3.delete_object(Bucket=SOURCE, Key=self.files[1]["source"])
        self.deliver("c.csv", "changed")
        self.ingest("later")
        contents = [("a.csv", "a.csv"), ("b.csv", "b.csv"), ("c.csv", "c.csv"), ("c.csv", "changed")]
        self.assertEqual(self.ingested(), contents)
        self.assertEqual(self.manifest("b"), self.files)
        self.assertEqual(self.committed("b")["committed_at"], self.before["committed_at"], "it keeps its age")
        self.assertTrue(ledger(self.of).is_replay("process", "b"))
        self.assertFalse(ledger(self.of).is_replay("process", "later"))

    def test_what_is_lost_on_both_sides_is_named_and_does_not_stop_others_for_ever(self):
        for bucket, key in ((SOURCE, self.files[1]["source"]), (RAW, self.files[1]["key"])):
            self.s3.delete_object(Bucket=bucket, Key=key)
        with self.assertRaisesRegex(
            SourceLostError, "b.csv is no longer at the source .* restore the version of 5 bytes"
        ):
            self.ingest("later")
        operations = Operations(ledger(self.of))
        operations.discard(operations.batch("b"))
        self.ingest("later")


class Killed(BaseException):
    """Ends a run as SIGKILL would: no handler of errors is for it."""


def without_deletion(init):
    """The same arrivals, whose run is killed where it would delete messages."""

    def changed(self, *arguments):
        init(self, *arguments)
        self._sqs.delete_message_batch = mock.Mock(side_effect=Killed)

    return changed
