from unittest import mock

from boto3.s3.transfer import TransferConfig
from botocore.client import BaseClient

from glue_etl import arrivals, copies, ingest, job, landing
from glue_etl.ledger import utc_now
from glue_etl.operations import Operations
from glue_etl.options import REQUIRED
from glue_etl.source_ledger import SourceLedger

from .source_files import FilesTest, announce, answer, ledger, messages_on, things
from .support import (
    LEDGER,
    LOGS,
    RAW,
    SOURCE,
    STATE,
    definition_of,
    run_of,
    spark,
)


class ArrivalTest(FilesTest):
    def test_new_and_changed_objects_come_in_byte_for_byte_once(self):
        self.deliver("a.csv", "id\nä\n")
        self.ingest("b1")
        [file] = self.manifest("b1")
        self.assertEqual(file["key"], f"data/{self.of.name}/batch_id=b1/a.csv")
        self.assertEqual((file["source"], file["size"]), (f"{self.of.name}/a.csv", 6))
        self.assertRegex(file["checksum"], "^crc.*:.+=$")
        self.ingest("b2")
        self.assertIsNone(self.committed("b2"), "nothing new, no batch")
        self.deliver("a.csv", "id\nb\n")
        self.deliver("b.csv", "id\nc\n")
        self.ingest("b3")
        self.assertEqual(self.ingested(), [("a.csv", "id\nb\n"), ("a.csv", "id\nä\n"), ("b.csv", "id\nc\n")])
        self.assertEqual(self.committed("b3")["counts"], {"files": 2, "bytes": 10})

    def test_nothing_new_is_a_success_that_says_so(self):
        self.s3.put_object(Bucket=RAW, Key=f"definitions/{self.of.name}.json", Body=definition_of(self.of).encode())
        values = {
            **dict.fromkeys(REQUIRED, "unused"),
            "JOB_NAME": f"test-ingest-{self.of.name}",
            "JOB_RUN_ID": "jr",
            "dataset": self.of.name,
            "definition": f"s3://{RAW}/definitions/{self.of.name}.json",
            "raw_bucket": RAW,
            "job_state_table": STATE,
            "job_bookmarks_table": LEDGER,
            "log_group": LOGS,
            "source_queue": self.queue,
        }
        with mock.patch("glue_etl.runtime.GlueContext", side_effect=AssertionError("Spark was started")):
            job.main("ingest", ingest.run, ["ingest.py", *(f"--{name}={value}" for name, value in values.items())])
        self.assertEqual([event["event"] for event in self.events()], ["run-started", "nothing-to-do", "run-succeeded"])

    def test_what_was_there_before_the_first_run_is_listed_and_nothing_ever_after(self):
        self.deliver("a.csv", "1")
        self.sqs.purge_queue(QueueUrl=self.queue)
        self.ingest("b1")
        self.assertEqual(self.ingested(), [("a.csv", "1")])
        self.deliver("b.csv", "2")
        with mock.patch.object(arrivals, "list_source", side_effect=AssertionError("listed")):
            self.ingest("b2")
        self.assertEqual(len(self.ingested()), 2)

    def test_an_operator_can_have_the_source_listed_again(self):
        self.ingest("b1")
        self.deliver("a.csv", "1")
        self.sqs.purge_queue(QueueUrl=self.queue)
        self.ingest("b2")
        self.assertEqual(self.ingested(), [], "its message was lost")
        Operations(ledger(self.of)).list_again()
        self.ingest("b3")
        self.assertEqual(self.ingested(), [("a.csv", "1")])

    def test_what_a_queue_may_have_lost_in_a_long_pause_is_listed(self):
        self.ingest("b1")
        self.deliver("a.csv", "1")
        self.sqs.purge_queue(QueueUrl=self.queue)
        SourceLedger(ledger(self.of)).set_known_until(utc_now(-arrivals.LOST_AFTER_DAYS))
        self.ingest("b2")
        self.assertEqual(self.ingested(), [("a.csv", "1")])

    def test_without_a_queue_every_run_lists(self):
        self.queue = None
        for number in (1, 2, 2):
            self.deliver(f"{number}.csv", str(number))
            self.ingest(f"b{number}")
        self.assertEqual(self.ingested(), [("1.csv", "1"), ("2.csv", "2")])

    def test_any_key_arrives_as_it_is_and_spark_can_read_its_copy(self):
        names = [
            "a b.csv",
            "ä+ü.csv",
            "%20.csv",
            "[a]{b}*?.csv",
            "_a.csv",
            ".b/c.csv",
            "d//e.csv",
            "f:g\\.csv",
            "!h.csv",
        ]
        self.ingest("listed")
        for name in names:
            self.deliver(name, name)
        self.ingest("b")
        self.assertEqual(self.ingested(), sorted((name, name) for name in names))
        paths = [f"s3://{RAW}/{file['key']}" for file in self.manifest("b")]
        self.assertEqual(sorted(row.value for row in spark().read.text(paths).collect()), sorted(names))

    def test_what_is_not_the_data_sets_is_let_pass(self):
        self.of = things(pattern="*.csv")
        self.queue = announce(self.of)
        self.ingest("listed")
        self.deliver("a.txt", "1")
        self.deliver("folder/", "")
        self.ingest("b")
        self.assertIsNone(self.committed("b"))
        self.assertEqual(messages_on(self.queue), 0)

    def test_a_message_that_is_not_understood_blocks_nothing_and_stays_for_the_dead_letters(self):
        self.ingest("listed")
        self.sqs.send_message(QueueUrl=self.queue, MessageBody="not an event")
        self.deliver("a.csv", "1")
        self.ingest("b")
        self.assertEqual(self.ingested(), [("a.csv", "1")])
        self.assertEqual(messages_on(self.queue), 1)
        self.assertIn("message-not-understood", [event["event"] for event in self.events()])

    def test_events_that_come_twice_bring_an_object_in_once(self):
        self.ingest("listed")
        self.deliver("a.csv", "1")
        self.deliver("a.csv", "1")
        self.ingest("b1")
        self.deliver("a.csv", "1")
        self.ingest("b2")
        self.assertEqual(self.ingested(), [("a.csv", "1")])

    def test_content_that_is_delivered_again_is_known_by_its_checksum(self):
        """Where KMS encrypts the source, its ETag is another one each time."""
        self.deliver("a.csv", "1")
        self.ingest("b1")
        [file] = self.manifest("b1")
        notes = SourceLedger(ledger(self.of))
        known = notes.known([file["source"]])[file["source"]]
        notes.set_known({**file, "etag": "another"}, "b1", known["at"])
        self.deliver("a.csv", "1")
        self.ingest("b2")
        self.assertEqual(self.ingested(), [("a.csv", "1")])

    def test_a_run_costs_what_is_new_whatever_was_before(self):
        def requests(run_id: str) -> list[str]:
            calls = []
            with mock.patch.object(
                BaseClient, "_make_api_call", autospec=True, side_effect=BaseClient._make_api_call
            ) as call:
                self.ingest(run_id)
                calls = sorted(arguments.args[1] for arguments in call.call_args_list)
            return calls

        self.deliver("first.csv", "1")
        self.ingest("first")
        nothing = requests("none-1")
        self.deliver("one.csv", "1")
        one = requests("one-1")
        for number in range(20):
            self.deliver(f"{number}.csv", "1")
            self.ingest(f"b{number}")
        self.assertEqual(requests("none-2"), nothing)
        self.deliver("another.csv", "1")
        self.assertEqual(requests("one-2"), one)
        self.assertEqual(one.count("CopyObject"), 1)


class CopyTest(FilesTest):
    def test_an_object_that_changes_while_it_is_copied_is_left_to_the_next_run(self):
        self.deliver("a.csv", "1")
        self.deliver("b.csv", "2")
        self.ingest_while("b1", "b.csv", lambda key: self.s3.put_object(Bucket=SOURCE, Key=key, Body=b"3"))
        self.assertEqual(self.ingested(), [("a.csv", "1")])
        self.assertIn("source-changed", [event["event"] for event in self.events()])
        self.ingest("b2")
        self.assertEqual(self.ingested(), [("a.csv", "1"), ("b.csv", "3")])

    def test_an_object_that_is_deleted_before_or_while_it_is_copied_is_let_go(self):
        for file in ("a.csv", "b.csv", "c.csv"):
            self.deliver(file, file)
        self.s3.delete_object(Bucket=SOURCE, Key=f"{self.of.name}/a.csv")
        self.ingest_while("b1", "b.csv", lambda key: self.s3.delete_object(Bucket=SOURCE, Key=key))
        self.ingest("b2")
        self.assertEqual(self.ingested(), [("c.csv", "c.csv")])
        self.assertEqual(SourceLedger(ledger(self.of)).pending(10), [])

    def test_a_large_object_is_copied_in_parts_on_the_same_condition(self):
        content = "0123456789" * 1_200_000
        self.deliver("a.csv", content)
        self.deliver("b.csv", content)
        parts = TransferConfig(multipart_threshold=6 * 2**20, multipart_chunksize=5 * 2**20)
        with mock.patch.object(landing, "COPY", parts):
            self.ingest_while("b", "b.csv", lambda key: self.s3.put_object(Bucket=SOURCE, Key=key, Body=b"3"))
        self.assertEqual(self.ingested(), [("a.csv", content)])

    def test_a_checksum_is_one_of_the_whole_object(self):
        headers = {"x-amz-checksum-crc64nvme": "aLg=", "x-amz-checksum-type": "FULL_OBJECT", "etag": "e"}
        self.assertEqual(copies.checksum(answer(headers)), "crc64nvme:aLg=")
        self.assertIsNone(copies.checksum(answer({**headers, "x-amz-checksum-type": "COMPOSITE"})))
        self.assertIsNone(copies.checksum(answer({"etag": "e"})))

    def test_more_than_a_batch_holds_becomes_several(self):
        names = {f"{number}.csv" for number in range(10)}
        self.ingest("listed")
        for name in names:
            self.deliver(name, name)
        with mock.patch.object(landing, "BATCH_OBJECTS", 4), mock.patch.object(arrivals, "LIMIT", 8):
            self.ingest("b")
        self.assertEqual({name for name, _ in self.ingested()}, names)
        self.assertEqual([len(self.manifest(batch)) for batch in ("b", "b-2", "b-3")], [4, 4, 2])

    def ingest_while(self, run_id: str, file: str, then) -> None:
        """Ingests; when it comes to copy the file, `then(its key)` happens first."""
        run = run_of("ingest", self.of, run_id, source_queue=self.queue)
        copy = run.s3.copy

        def interfere(source, *arguments, **options):
            if source["Key"].endswith(f"/{file}"):
                then(source["Key"])
            return copy(source, *arguments, **options)

        with mock.patch.object(run.s3, "copy", interfere):
            ingest.run(run)
