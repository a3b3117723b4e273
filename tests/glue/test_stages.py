import json
import unittest
import uuid

import boto3

from glue_etl import curate, ingest, job, process, validate
from glue_etl.definition import Column, DataSet, QualityRule
from glue_etl.dynamo import from_item
from glue_etl.errors import DefinitionError, QualityError
from glue_etl.options import REQUIRED

from .support import LEDGER, LOGS, RAW, STATE, account, dataset, definition_of, deliver, run_of, spark

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


class StagesTest(unittest.TestCase):
    """All four, one after the other, as the workflow runs them."""

    def test_batches_go_through_and_a_rejected_one_does_not(self):
        of = things(
            rules=(QualityRule("RowCount > 1", "error"), QualityRule('IsComplete "name"', "warning")),
            on_new_column="evolve",
            partition_by=("at",),
        )
        deliver(of, "a.csv", "id,name,at\n1,a,1\n2,b,1\nx,bad,1\n")
        run_stages(of, "b0")
        deliver(of, "b.csv", "id,name,at\n9,alone,1\n")
        with self.assertRaisesRegex(QualityError, "batch b1: RowCount > 1"):
            run_stages(of, "b1")
        deliver(of, "c.csv", "id,extra,name,at\n2,e,,2\n3,e,c,1\n")
        run_stages(of, "b2")
        self.assertEqual(rows(of), [(1, "a", 1, None), (2, None, 2, "e"), (3, "c", 1, "e")])
        published = {"read": 2, "good": 2, "quarantined": 0, "duplicates": 0, "published": 2}
        self.assertEqual(counts(of, "curate", "b0"), published)
        self.assertEqual(counts(of, "curate", "b2"), published)
