"""Files at a source that are announced as in an account: S3, EventBridge, SQS."""

import json
import unittest
import uuid
from unittest import mock

import boto3

from glue_etl import arrivals, ingest
from glue_etl.definition import DataSet, FileSource
from glue_etl.ledger import Ledger
from glue_etl.operations import Operations

from .support import (
    LOGS,
    RAW,
    SOURCE,
    FakeRuntime,
    account,
    dataset,
    deliver,
    run_of,
)


class FilesTest(unittest.TestCase):
    """Each test has a data set of its own, whose objects are announced as in an account: S3, EventBridge, SQS."""

    def setUp(self):
        account()
        self.s3, self.sqs = boto3.client("s3"), boto3.client("sqs")
        self.of = things()
        self.queue = announce(self.of)
        # None of this needs Spark, whose start takes most of a minute on Glue.
        no_spark = mock.PropertyMock(side_effect=AssertionError("Spark was started"))
        # SQS may miss a message unless it is given time; the emulator does not.
        for patch in (
            mock.patch.object(FakeRuntime, "spark", no_spark),
            mock.patch.object(arrivals, "WAIT_SECONDS", 0),
        ):
            patch.start()
            self.addCleanup(patch.stop)

    def ingest(self, run_id: str) -> None:
        ingest.run(run_of("ingest", self.of, run_id, source_queue=self.queue))

    def deliver(self, file: str, text: str) -> None:
        deliver(self.of, file, text)

    def committed(self, batch: str) -> dict | None:
        return ledger(self.of).committed("ingest", batch)

    def manifest(self, batch: str) -> list[dict]:
        body = self.s3.get_object(Bucket=RAW, Key=self.committed(batch)["manifest"])["Body"]
        return json.load(body)["files"]

    def ingested(self) -> list[tuple[str, str]]:
        """(name, content in the raw zone) of every file of every committed batch."""
        batches = [batch for batch in Operations(ledger(self.of)).batches() if "ingest" in batch.records]
        return sorted(
            (file["source"].removeprefix(f"{self.of.name}/"), self.raw(file["key"]))
            for batch in batches
            for file in self.manifest(batch.id)
        )

    def raw(self, key: str) -> str:
        return self.s3.get_object(Bucket=RAW, Key=key)["Body"].read().decode()

    def events(self) -> list[dict]:
        answer = boto3.client("logs").get_log_events(
            logGroupName=LOGS, logStreamName=f"test-ingest-{self.of.name}", startFromHead=True
        )
        return [json.loads(event["message"]) for event in answer["events"]]


def things(pattern: str = "*") -> DataSet:
    name = f"things_{uuid.uuid4().hex[:8]}"
    csv = dataset([]).source.csv
    return dataset([], name, source=FileSource("s3", SOURCE, f"{name}/", pattern, "csv", csv))


def ledger(of: DataSet) -> Ledger:
    return run_of("ingest", of, "reader").ledger


def announce(of: DataSet) -> str:
    """Has new objects of the data set announced on a queue, and answers its URL."""
    sqs, events = boto3.client("sqs"), boto3.client("events")
    queue = sqs.create_queue(QueueName=of.name, Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    boto3.client("s3").put_bucket_notification_configuration(
        Bucket=SOURCE, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [SOURCE]}, "object": {"key": [{"prefix": of.source.prefix}]}},
    }
    events.put_rule(Name=of.name, EventPattern=json.dumps(pattern))
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_targets(Rule=of.name, Targets=[{"Id": "queue", "Arn": arn}])
    return queue


def answer(headers: dict[str, str]) -> dict:
    return {"ResponseMetadata": {"HTTPHeaders": headers}}


def messages_on(queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(map(int, attributes.values()))
