"""Where a case happens: an emulated account, the proxy before it, and the jobs that run against it."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

from .account import Account
from .datasets import DataSet
from .engines import Engine
from .jobs import Jobs
from .proxy import Proxy

BUCKETS = ("source", "raw", "processed", "curated")
LEDGER, STATE, LOGS = "job-bookmarks", "job-state", "/aws-glue/test"
# For as long a message that was received and not deleted stays away; a run that dies after the receipt leaves such.
VISIBILITY_SECONDS = 1
# What differs from one run to another that does the same: times, names of runs and what bears them.
_OF_A_RUN = re.compile(r"at|.*_at|lease_.*|attempts|job_run_id|manifest|snapshot_id")
_DYNAMODB = TypeDeserializer()


class Lane:
    """One of several places that cases happen in at the same time; `folder` holds all of its files."""

    def __init__(self, folder: Path):
        self._account = Account(folder / "account")
        self.proxy = Proxy(self._account.port)
        self.jobs = Jobs(self.proxy.url, folder / "jobs")

    @cache  # noqa: B019 - lanes live as long as the tests
    def client(self, service: str) -> Any:
        """A client past the proxy: what the cases do themselves meets no fault."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        return boto3.Session().client(service, endpoint_url=f"http://127.0.0.1:{self._account.port}", **keys)

    def open(self, data_set: DataSet) -> None:
        """Starts an account with what Terraform makes for a data set."""
        self._account.start()
        for bucket in BUCKETS:
            self.client("s3").create_bucket(Bucket=bucket)
        definition = json.dumps(data_set.definition).encode()
        self.client("s3").put_object(Bucket="raw", Key="definitions/one.json", Body=definition)
        for zone in ("processed", "curated"):
            database = {"Name": zone, "LocationUri": f"s3://{zone}/"}
            self.client("glue").create_database(DatabaseInput=database)
        self._create_table(LEDGER, "pk", "sk")
        self._create_table(STATE, "job_name")
        self.client("logs").create_log_group(logGroupName=LOGS)
        self._announce(data_set)

    def save(self, snapshot: Path) -> None:
        """Keeps what the account holds; it goes on from there."""
        self._account.save(snapshot)
        self.restore(snapshot)

    def restore(self, snapshot: Path) -> None:
        """Puts the account back to where it was, with nobody at work."""
        self.jobs.kill()
        self._account.start(snapshot)

    def close(self) -> None:
        """Ends all processes."""
        self.jobs.close()
        self.proxy.close()
        self._account.kill()

    def deliver(self, data_set: DataSet, number: int) -> None:
        """Puts a delivery into the source bucket."""
        for name, text in data_set.deliveries[number].items():
            self.client("s3").put_object(Bucket="source", Key=f"{data_set.name}/{name}", Body=text.encode())

    def start(self, data_set: DataSet, stage: str, batch: str, run: str) -> subprocess.Popen:
        """Starts a stage as a process, which the proxy's faults may kill."""
        self.proxy.client = self.jobs.start(stage, _arguments(data_set, stage, batch, run))
        return self.proxy.client

    def lend(self, data_set: DataSet, stage: str, batch: str, run: str) -> subprocess.Popen | Engine:
        """Starts a stage that the proxy's faults may suspend, and that then ends in order."""
        self.proxy.client = self.jobs.lend(stage, _arguments(data_set, stage, batch, run))
        return self.proxy.client

    def run(self, data_set: DataSet, stage: str, batch: str, run: str) -> str | None:
        """Runs a stage to its end; answers what it failed with."""
        return self.jobs.run(stage, _arguments(data_set, stage, batch, run))

    def let_leases_run_out(self) -> None:
        """Makes every lease one of the past."""
        for item in self._ledger():
            if "lease_until" in item:
                self.client("dynamodb").update_item(
                    TableName=LEDGER,
                    Key={"pk": item["pk"], "sk": item["sk"]},
                    UpdateExpression="SET lease_until = :past",
                    ExpressionAttributeValues={":past": {"N": "1"}},
                )

    def repeat_messages(self, data_set: DataSet) -> None:
        """Sends once more what has been announced: as if S3 had done so, and the queue had not kept it to itself."""
        for listed in self.client("s3").list_objects_v2(Bucket="source")["Contents"]:
            detail = {"bucket": {"name": "source"}, "object": {"key": listed["Key"], "etag": listed["ETag"].strip('"')}}
            message = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
            self.client("sqs").send_message(QueueUrl=queue_of(data_set), MessageBody=json.dumps(message))

    def failures(self) -> list[str]:
        """Errors that the runs have journaled."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=LOGS)
        events = [json.loads(event["message"]) for page in pages for event in page["events"]]
        return [f"{event['job_run_id']}: {event['event']}: {event['error']}" for event in events if "error" in event]

    def ledger(self) -> dict[str, dict[str, Any]]:
        """All items of the ledger, but for what differs from run to run."""
        items = {}
        for item in self._ledger():
            kept = {name: value for name, value in item.items() if not _OF_A_RUN.fullmatch(name)}
            plain = {name: _DYNAMODB.deserialize(value) for name, value in kept.items()}
            items[f"{plain.pop('pk')} {plain.pop('sk')}"] = plain
        return dict(sorted(items.items()))

    def raw(self, data_set: DataSet) -> dict[str, dict[str, str]]:
        """What the raw zone holds of each batch that ingest committed: {batch: {source object: text}}."""
        batches = {}
        for item in self._ledger():
            if item["pk"]["S"] == f"{data_set.name}#ingest":
                files = json.loads(self._read("raw", item["manifest"]["S"]))["files"]
                batches[item["sk"]["S"]] = {file["source"]: self._read("raw", file["key"]) for file in files}
        return batches

    def rows(self, table: str) -> list[dict[str, Any]] | None:
        """The rows of `<database>.<table>`, in an order of their own; None where there is no such table."""
        return self._rows(table, {})

    def processed(self, data_set: DataSet) -> list[dict[str, Any]] | None:
        """The good rows of the batches that process committed, as validate and curate read them."""
        items = [item for item in self._ledger() if item["pk"]["S"] == f"{data_set.name}#process"]
        batches = {item["sk"]["S"]: int(item["snapshot_id"]["N"]) for item in items}
        return self._rows(f"processed.{data_set.name}", batches)

    def _rows(self, table: str, batches: dict[str, int]) -> list[dict[str, Any]] | None:
        found = self.jobs.rows(f"glue_catalog.{table}", batches)
        return found and [json.loads(row) for row in found]

    def _read(self, bucket: str, key: str) -> str:
        return self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()

    def _ledger(self) -> list[dict[str, Any]]:
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=LEDGER)
        return [item for page in pages for item in page["Items"]]

    def _create_table(self, name: str, *keys: str) -> None:
        self.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[{"AttributeName": k, "KeyType": t} for k, t in zip(keys, ("HASH", "RANGE"), strict=False)],
        )

    def _announce(self, data_set: DataSet) -> None:
        """Has EventBridge tell the data set's queue of new objects."""
        configuration = {"EventBridgeConfiguration": {}}
        self.client("s3").put_bucket_notification_configuration(
            Bucket="source", NotificationConfiguration=configuration
        )
        attributes = {"VisibilityTimeout": str(VISIBILITY_SECONDS)}
        self.client("sqs").create_queue(QueueName=f"source-{data_set.name}", Attributes=attributes)
        detail = {"bucket": {"name": ["source"]}, "object": {"key": [{"prefix": f"{data_set.name}/"}]}}
        pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}
        self.client("events").put_rule(Name="source", EventPattern=json.dumps(pattern))
        queue = f"arn:aws:sqs:us-east-1:000000000000:source-{data_set.name}"
        self.client("events").put_targets(Rule="source", Targets=[{"Id": "queue", "Arn": queue}])


def queue_of(data_set: DataSet) -> str:
    """URL of the queue; of its parts only the path counts."""
    return f"http://127.0.0.1/000000000000/source-{data_set.name}"


def _arguments(data_set: DataSet, stage: str, batch: str, run: str) -> list[str]:
    values = {
        "JOB_NAME": f"{stage}-{data_set.name}",
        "JOB_RUN_ID": run,
        "WORKFLOW_RUN_ID": batch,
        "environment": "test",
        "dataset": data_set.name,
        "definition": "s3://raw/definitions/one.json",
        "raw_bucket": "raw",
        "processed_bucket": "processed",
        "processed_database": "processed",
        "curated_database": "curated",
        "job_state_table": STATE,
        "job_bookmarks_table": LEDGER,
        "log_group": LOGS,
        "metric_namespace": "test",
        "TempDir": "s3://raw/temp/",
        **({"source_queue": queue_of(data_set)} if stage == "ingest" else {}),
    }
    return [part for name, value in values.items() for part in (f"--{name}", value)]
