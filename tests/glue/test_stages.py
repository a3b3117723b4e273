import json
import unittest
import uuid
from unittest import mock

import boto3

from glue_etl import curate, ingest, job, process, validate
from glue_etl.definition import Column, DataSet, QualityRule
from glue_etl.dynamo import from_item
from glue_etl.errors import AccountingError, DefinitionError, QualityError
from glue_etl.job import check_counts
from glue_etl.ledger import Ledger
from glue_etl.options import REQUIRED

from .support import LEDGER, LOGS, PROCESSED, RAW, STATE, account, dataset, definition_of, deliver, run_of, spark

COLUMNS = [
    Column("id", "int", "The thing's key"),
    Column("name", "string", "What it's called"),
    Column("at", "int", "Order of versions"),
]
STAGES = {"ingest": ingest, "process": process, "validate": validate, "curate": curate}


def things(**changes) -> DataSet:
    """A data set of its own for each test: merged by id, the greatest `at` wins."""
    defaults = {"primary_key": ("id",), "order_by": "at", "write_mode": "merge"}
    return dataset(COLUMNS, name=f"things_{uuid.uuid4().hex[:8]}", **{**defaults, **changes})


def run_stages(of: DataSet, run_id: str, *stages: str) -> None:
    for stage in stages or STAGES:
        STAGES[stage].run(run_of(stage, of, run_id))


def rows(of: DataSet, database: str = "curated", suffix: str = "") -> list[tuple]:
    table = spark().table(f"glue_catalog.{database}.{of.name}{suffix}")
    columns = [name for name in table.columns if name not in ("_batch_id", "_ingested_at")]
    return sorted((tuple(row) for row in table.select(*columns).collect()), key=str)


def counts(of: DataSet, stage: str, batch: str) -> dict:
    return run_of(stage, of, "reader").ledger.committed(stage, batch)["counts"]


def events(of: DataSet, stage: str) -> list[dict]:
    answer = boto3.client("logs").get_log_events(
        logGroupName=LOGS, logStreamName=f"test-{stage}-{of.name}", startFromHead=True
    )
    return [json.loads(event["message"]) for event in answer["events"]]


class IngestTest(unittest.TestCase):
    def test_new_and_changed_objects_come_in_byte_for_byte_once(self):
        of = things()
        deliver(of, "a b.csv", "id,name,at\n1,ä,1\n")
        run_stages(of, "b1", "ingest")
        run_stages(of, "b2", "ingest")
        self.assertIsNone(run_of("ingest", of, "r").ledger.committed("ingest", "b2"), "nothing new, no batch")
        deliver(of, "a b.csv", "id,name,at\n1,b,1\n")
        run_stages(of, "b3", "ingest")
        s3 = boto3.client("s3")
        manifest = json.load(s3.get_object(Bucket=RAW, Key=f"manifests/{of.name}/b1.json")["Body"])
        [file] = manifest["files"]
        self.assertEqual(file["key"], f"data/{of.name}/batch_id=b1/a b.csv")
        self.assertEqual(s3.get_object(Bucket=RAW, Key=file["key"])["Body"].read(), "id,name,at\n1,ä,1\n".encode())
        self.assertEqual(counts(of, "ingest", "b3"), {"files": 1, "bytes": 17})

    def test_an_object_that_changes_meanwhile_is_left_to_the_next_run(self):
        of = things()
        deliver(of, "a.csv", "id,name,at\n1,a,1\n")
        deliver(of, "b.csv", "id,name,at\n2,b,1\n")
        listed = list(ingest.list_source(boto3.client("s3"), of.source))
        deliver(of, "b.csv", "id,name,at\n2,changed,1\n")
        with mock.patch.object(ingest, "list_source", return_value=iter(listed)):
            run_stages(of, "b1", "ingest")
        self.assertEqual(counts(of, "ingest", "b1")["files"], 1)
        self.assertIn("source-changed", [event["event"] for event in events(of, "ingest")])
        run_stages(of, "b2", "ingest")
        self.assertEqual(counts(of, "ingest", "b2")["files"], 1)

    def test_an_ingest_that_died_before_its_commit_is_gone_on_with(self):
        of = things()
        deliver(of, "a.csv", "id,name,at\n1,a,1\n")
        with mock.patch.object(Ledger, "commit", side_effect=ConnectionError), self.assertRaises(ConnectionError):
            run_stages(of, "b1", "ingest")
        run_stages(of, "b2", "ingest")
        self.assertEqual(counts(of, "ingest", "b1"), {"files": 1, "bytes": 17})


class ProcessTest(unittest.TestCase):
    def test_every_row_has_one_fate(self):
        of = things()
        deliver(of, "ä b.csv", "id,name,at\n1,old,1\n1,new,2\nx,bad,1\n2\n3,c,NA\n")
        deliver(of, "empty.csv", "")
        run_stages(of, "b", "ingest", "process")
        self.assertEqual(counts(of, "process", "b"), {"read": 5, "good": 2, "quarantined": 2, "duplicates": 1})
        self.assertEqual(rows(of, "processed"), [(1, "new", 2), (3, "c", None)])
        file = f"s3://{RAW}/data/{of.name}/batch_id=b/ä b.csv"
        ragged = ["row: more or fewer fields than the header"]
        self.assertEqual(
            rows(of, "processed", "_quarantine"), [(file, ["id: not a int"], "x,bad,1"), (file, ragged, "2")]
        )
        self.assertIn("files-empty", [event["event"] for event in events(of, "process")])

    def test_a_batch_without_good_rows_and_one_without_any(self):
        of = things()
        deliver(of, "a.csv", "id,name,at\nx,bad,1\n")
        run_stages(of, "bad", "ingest", "process")
        deliver(of, "b.csv", "id,name,at\n")
        run_stages(of, "none", "ingest", "process")
        self.assertEqual(counts(of, "process", "bad"), {"read": 1, "good": 0, "quarantined": 1, "duplicates": 0})
        self.assertEqual(counts(of, "process", "none"), {"read": 0, "good": 0, "quarantined": 0, "duplicates": 0})

    def test_again_replaces_its_own_batch_alone(self):
        of = things()
        deliver(of, "a.csv", "id,name,at\n1,a,1\nx,bad,1\n")
        run_stages(of, "b1", "ingest", "process")
        deliver(of, "b.csv", "id,name,at\n2,b,1\ny,bad,1\n")
        with mock.patch.object(Ledger, "commit", side_effect=ConnectionError), self.assertRaises(ConnectionError):
            run_stages(of, "b2", "ingest")
        run_stages(of, "b2", "ingest")
        with mock.patch.object(Ledger, "commit", side_effect=ConnectionError), self.assertRaises(ConnectionError):
            run_stages(of, "b2", "process")
        before = rows(of, "processed"), rows(of, "processed", "_quarantine")
        run_stages(of, "b2", "process")
        self.assertEqual((rows(of, "processed"), rows(of, "processed", "_quarantine")), before)
        self.assertEqual(rows(of, "processed"), [(1, "a", 1), (2, "b", 1)])
        self.assertEqual(counts(of, "process", "b2"), {"read": 2, "good": 1, "quarantined": 1, "duplicates": 0})

    def test_books_that_do_not_balance_are_not_committed(self):
        with self.assertRaisesRegex(AccountingError, "things: batch b read 3 rows but accounts for 2"):
            check_counts("things", "b", {"read": 3, "good": 1, "quarantined": 1, "duplicates": 0})

    def test_a_batch_leased_by_another_run_is_skipped(self):
        of = things()
        deliver(of, "a.csv", "id,name,at\n1,a,1\n")
        run_stages(of, "b", "ingest")
        other = Ledger(boto3.client("dynamodb"), LEDGER, of.name, "another run")
        self.assertTrue(other.take("process", "b"))
        run_stages(of, "b", "process")
        self.assertIsNone(other.committed("process", "b"))
        self.assertEqual(events(of, "process")[-1]["event"], "batch-skipped")


class JobTest(unittest.TestCase):
    """The entry itself, with job arguments as Glue passes them."""

    def run_job(self, of: DataSet, definition: str) -> None:
        account()
        boto3.client("s3").put_object(Bucket=RAW, Key="definitions/one.json", Body=definition.encode())
        values = {
            **dict.fromkeys(REQUIRED, "unused"),
            "JOB_NAME": f"job-{of.name}",
            "JOB_RUN_ID": "jr",
            "dataset": of.name,
            "definition": f"s3://{RAW}/definitions/one.json",
            "raw_bucket": RAW,
            "job_state_table": STATE,
            "job_bookmarks_table": LEDGER,
            "log_group": LOGS,
        }
        job.main("ingest", ingest.run, ["ingest.py", *(f"--{name}={value}" for name, value in values.items())])

    def state(self, of: DataSet) -> dict:
        key = {"job_name": {"S": f"job-{of.name}"}}
        return from_item(boto3.client("dynamodb").get_item(TableName=STATE, Key=key)["Item"])

    def test_a_run_ends_in_the_job_state_item(self):
        of = things()
        deliver(of, "a.csv", "id\n1\n")
        self.run_job(of, definition_of(of))
        state = self.state(of)
        self.assertEqual((state["state"], state["stage"], state["batches"]), ("SUCCEEDED", "ingest", ["jr"]))
        self.assertEqual(state["counts"], {"files": 1, "bytes": 5})
        self.assertLess(state["started_at"], state["finished_at"])

    def test_an_error_is_raised_and_recorded(self):
        of = things()
        with self.assertRaises(DefinitionError):
            self.run_job(of, "{}")
        self.assertEqual(self.state(of)["state"], "FAILED")
        self.assertRegex(self.state(of)["error"], "^DefinitionError: the definition of the data set cannot be read")


class ValidateTest(unittest.TestCase):
    def test_a_rejected_batch_is_not_curated_and_the_error_says_why(self):
        of = things(rules=(QualityRule("RowCount > 1", "error"), QualityRule('IsComplete "name"', "warning")))
        deliver(of, "a.csv", "id,name,at\n1,,1\n")
        run_stages(of, "bad", "ingest", "process")
        deliver(of, "b.csv", "id,name,at\n2,b,1\n3,,1\n")
        run_stages(of, "good", "ingest", "process")
        with self.assertRaisesRegex(QualityError, r"batch bad: RowCount > 1 \(Dataset\.\*\.RowCount = 1\)"):
            run_stages(of, "good", "validate")
        run_stages(of, "good", "curate")
        self.assertEqual(rows(of), [(2, "b", 1), (3, None, 1)], "a warning does not stop a batch")
        report = boto3.client("s3").get_object(Bucket=PROCESSED, Key=f"quality/{of.name}/bad.json")["Body"]
        report = json.load(report)
        self.assertEqual(report["state"], "REJECTED")
        self.assertEqual([outcome["passed"] for outcome in report["rules"]], [False, False])
        run_stages(of, "later", "validate")


class CurateTest(unittest.TestCase):
    def deliver_batches(self, of: DataSet, *texts: str) -> None:
        for number, text in enumerate(texts):
            deliver(of, f"{number}.csv", "id,name,at\n" + text)
            run_stages(of, f"b{number}", "ingest", "process", "validate")

    def curate(self, of: DataSet, *batches: str) -> None:
        for batch in batches:
            with mock.patch.object(Ledger, "open_batches", return_value=[batch]):
                run_stages(of, batch, "curate")

    def test_merge_gives_the_same_table_in_any_order_of_batches(self):
        texts = ("1,first,5\n2,first,1\n3,first,\n", "1,second,4\n2,second,1\n3,second,1\n4,second,1\n")
        expected = [(1, "first", 5), (2, "second", 1), (3, "second", 1), (4, "second", 1)]
        for order in (("b0", "b1"), ("b1", "b0")):
            with self.subTest(order):
                of = things(partition_by=("at",))
                self.deliver_batches(of, *texts)
                self.curate(of, *order)
                self.assertEqual(rows(of), expected)
        self.assertEqual(counts(of, "curate", "b0")["published"], 1)

    def test_append_again_after_a_crash_adds_nothing(self):
        of = things(write_mode="append", primary_key=())
        self.deliver_batches(of, "1,a,1\n", "1,b,2\n")
        self.curate(of, "b0")
        with mock.patch.object(Ledger, "commit", side_effect=ConnectionError), self.assertRaises(ConnectionError):
            self.curate(of, "b1")
        self.curate(of, "b1")
        self.assertEqual(rows(of), [(1, "a", 1), (1, "b", 2)])
        self.assertEqual(counts(of, "curate", "b1")["published"], 1)

    def test_replace_keeps_the_batch_that_was_ingested_last(self):
        of = things(write_mode="replace")
        self.deliver_batches(of, "1,a,1\n", "2,b,2\n")
        self.curate(of, "b1", "b0")
        self.assertEqual(rows(of), [(2, "b", 2)])
        self.assertEqual(counts(of, "curate", "b0")["published"], 0)

    def test_a_new_column_reaches_the_curated_table_with_its_comments(self):
        of = things(on_new_column="evolve")
        self.deliver_batches(of, "1,a,1\n")
        self.curate(of, "b0")
        deliver(of, "new.csv", "id,extra,name,at\n2,e,b,1\n")
        run_stages(of, "b1")
        self.assertEqual(rows(of), [(1, "a", 1, None), (2, "b", 1, "e")])
        comments = {
            row.col_name: row.comment for row in spark().sql(f"DESCRIBE glue_catalog.curated.{of.name}").collect()
        }
        self.assertEqual(comments["name"], "What it's called")
