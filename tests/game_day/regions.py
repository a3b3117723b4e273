"""Two Regions of an emulated account, with what Terraform makes in each, and a gateway before them that can close one.

The emulator keeps apart what requests of different Regions name, except buckets, whose names are the account's.
"""

from __future__ import annotations

import json
import re
import tempfile
import uuid
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from dr.place import Place
from tests.faults.account import Account
from tests.faults.jobs import Jobs
from tests.faults.proxy import Exchange, Fault, HungUp, Proxy, Response
from tests.faults.requests import Request

STAGES = ("ingest", "process", "validate", "curate")
BUCKETS = ("source", "raw", "processed", "curated")
TABLES = {"job-state": ("job_name",), "job-bookmarks": ("pk", "sk")}
_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")


class Site:
    """An environment in one Region: what a stack makes there, and runs of its jobs; `account` has clients for it."""

    def __init__(self, account: Any, prefix: str, region: str, first: str | None = None):
        self._account, self.prefix, self.region = account, prefix, region
        names = {
            "first": first,
            "second": None,
            "prefix": prefix,
            "buckets": {purpose: f"{prefix}-{purpose}" for purpose in BUCKETS},
            "scripts": f"{prefix}-scripts",
            "databases": {zone: f"{prefix}_{zone}".replace("-", "_") for zone in ("processed", "curated")},
            "tables": {name: f"{first or prefix}-{name}" for name in TABLES},
            "ingest": f"{prefix}-ingest-",
            "schedule": f"{prefix}-schedule-",
            "workflow": f"{prefix}-",
            "clocks": [f"{prefix}-watch"],
            "silence": f"{prefix}-monitoring-silent",
            "key": f"alias/{prefix}-data",
            "rule": "all-objects",
        }
        self.place = Place(prefix, region, names)

    @property
    def buckets(self) -> list[str]:
        """All of them: scripts and definitions are each Region's own."""
        return [*self.place.names["buckets"].values(), self.place.names["scripts"]]

    @cached_property
    def jobs(self) -> Jobs:
        """Spark in this Region."""
        return self._account.jobs(self.region)

    def make(self, definitions: list[dict[str, Any]]) -> None:
        """Makes what Terraform does, of data sets as synth defines them."""
        s3, glue = (self._account.client(service, self.region) for service in ("s3", "glue"))
        for bucket in self.buckets:
            place = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
            s3.create_bucket(Bucket=bucket, **(place if self.region != "us-east-1" else {}))
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for zone, name in self.place.names["databases"].items():
            glue.create_database(DatabaseInput={"Name": name, "LocationUri": f"s3://{self.place.bucket(zone)}/"})
        is_on = not self.place.is_second
        state = {"State": "ENABLED" if is_on else "DISABLED"}
        for rule in ("schedule-product", "watch"):
            self._account.client("events", self.region).put_rule(
                Name=f"{self.prefix}-{rule}", ScheduleExpression="rate(5 minutes)", **state
            )
        self._account.client("cloudwatch", self.region).put_metric_alarm(
            **{"AlarmName": self.place.names["silence"], "Namespace": self.prefix, "MetricName": "Watched"},
            **{"Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1, "Threshold": 1},
            **{"ComparisonOperator": "LessThanThreshold", "ActionsEnabled": is_on},
        )
        self._account.client("logs", self.region).create_log_group(logGroupName=f"/aws-glue/{self.prefix}")
        for definition in definitions:
            dataset = definition["name"]
            source = {**definition["source"], "bucket": self.place.bucket("source")}
            body = json.dumps({**definition, "source": source}).encode()
            s3.put_object(Bucket=self.place.names["scripts"], Key=f"contracts/{dataset}.json", Body=body)
            name, uri = f"{self.prefix}-ingest-{dataset}", self._definition(dataset)
            command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/ingest.py"}
            glue.create_job(Name=name, Role="ingest", Command=command, DefaultArguments={"--definition": uri})
            glue.create_workflow(Name=f"{self.prefix}-{dataset}")
            glue.create_trigger(
                Name=name,
                Type="SCHEDULED",
                Schedule="cron(0 4 * * ? *)",
                WorkflowName=f"{self.prefix}-{dataset}",
                Actions=[{"JobName": name}],
                StartOnCreation=is_on,
            )

    def make_tables(self) -> None:
        """Makes the tables of jobs, each Region's for itself: what ties them is another's part."""
        for name, keys in TABLES.items():
            self._account.client("dynamodb", self.region).create_table(
                TableName=self.place.names["tables"][name],
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
                KeySchema=[{"AttributeName": k, "KeyType": t} for k, t in zip(keys, ("HASH", "RANGE"), strict=False)],
            )

    def deliver(self, dataset: str, files: Mapping[str, str]) -> None:
        """Puts objects into the source bucket."""
        for name, text in files.items():
            self._account.client("s3", self.region).put_object(
                Bucket=self.place.bucket("source"), Key=f"{dataset}/{name}", Body=text.encode()
            )

    def run(self, dataset: str, batch: str, *stages: str) -> str | None:
        """Runs stages, all of them unless some are named; answers what the first that failed did so with."""
        for stage in stages or STAGES:
            error = self.jobs.run(stage, self._arguments(dataset, stage, batch))
            if error:
                return error
        return None

    def curated(self, dataset: str) -> list[str]:
        """Rows of the curated table, without the batch that they came with, which is another in each story."""
        found = self.jobs.rows(f"glue_catalog.{self.place.database('curated')}.{dataset}", {}) or []
        rows = [json.loads(row) for row in found]
        return sorted(json.dumps({name: row[name] for name in row if name != "_batch_id"}) for row in rows)

    def switches(self) -> dict[str, bool]:
        """Whether that is on which starts runs by the clock, or tells that none do."""
        events, glue, cloudwatch = (
            self._account.client(each, self.region) for each in ("events", "glue", "cloudwatch")
        )
        rules = events.list_rules(NamePrefix=f"{self.prefix}-")["Rules"]
        own = (f"{self.prefix}-schedule-product", f"{self.prefix}-watch")
        triggers = glue.get_triggers()["Triggers"]
        alarms = cloudwatch.describe_alarms(AlarmNames=[self.place.names["silence"]])["MetricAlarms"]
        return {
            **{rule["Name"]: rule["State"] == "ENABLED" for rule in rules if rule["Name"] in own},
            **{
                each["Name"]: each["State"] == "ACTIVATED"
                for each in triggers
                if each["Name"].startswith(self.place.names["ingest"])
            },
            **{each["AlarmName"]: each["ActionsEnabled"] for each in alarms},
        }

    def _definition(self, dataset: str) -> str:
        return f"s3://{self.place.names['scripts']}/contracts/{dataset}.json"

    def _arguments(self, dataset: str, stage: str, batch: str) -> list[str]:
        values = {
            "JOB_NAME": f"{self.prefix}-{stage}-{dataset}",
            "JOB_RUN_ID": f"jr_{uuid.uuid4().hex[:8]}",
            "WORKFLOW_RUN_ID": batch,
            "environment": self.prefix,
            "dataset": dataset,
            "definition": self._definition(dataset),
            "raw_bucket": self.place.bucket("raw"),
            "processed_bucket": self.place.bucket("processed"),
            "processed_database": self.place.database("processed"),
            "curated_database": self.place.database("curated"),
            "job_state_table": self.place.names["tables"]["job-state"],
            "job_bookmarks_table": self.place.names["tables"]["job-bookmarks"],
            "log_group": f"/aws-glue/{self.prefix}",
            "metric_namespace": self.prefix,
            "TempDir": f"s3://{self.place.bucket('raw')}/temp/",
        }
        return [part for name, value in values.items() for part in (f"--{name}", value)]


class TwoRegions:
    """The account; `closed` is the Region that refuses every request, and `started` are workflow runs to be done."""

    def __init__(self) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="glue-game-day-")
        self._folder = Path(self._scratch.name)
        self._account = Account(self._folder / "account")
        self._account.start()
        self._proxy = Proxy(self._account.port)
        self._faults = self._proxy.faults(
            Fault(lambda request: self.closed is not None and self.closed in self._regions_of(request), _refused),
            Fault(lambda request: request.operation == "StartWorkflowRun", self._start),
        )
        self._faults.__enter__()
        self._jobs: dict[str, Jobs] = {}
        self._homes: dict[str, str] = {}
        self.closed: str | None = None
        self.refusals = 0
        self.started: list[tuple[str, str]] = []
        self.url = self._proxy.url

    def client(self, service: str, region: str) -> Any:
        """A client past the gateway: what AWS does itself, and a look from outside."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": region}
        return boto3.client(service, endpoint_url=f"http://127.0.0.1:{self._account.port}", **keys)

    def settle(self, *sites: Site) -> None:
        """Says which Region buckets are in."""
        for site in sites:
            self._homes.update(dict.fromkeys(site.buckets, site.region))

    def jobs(self, region: str) -> Jobs:
        """Spark in a Region, one session for all that runs there."""
        if region not in self._jobs:
            self._jobs[region] = Jobs(self._proxy.url, self._folder / region, region)
        return self._jobs[region]

    def close(self) -> None:
        """Ends all processes."""
        for jobs in self._jobs.values():
            jobs.close()
        self._faults.__exit__(None, None, None)
        self._proxy.close()
        self._account.kill()
        self._scratch.cleanup()

    def _regions_of(self, request: Request) -> set[str]:
        """By the signature; of S3 by the buckets, which are somewhere whoever asks for them."""
        scope = _SCOPE.search(request.headers.get("authorization", ""))
        if scope is None or scope["service"] != "s3":
            return {scope["region"]} if scope else set()
        named = [request.target, request.headers.get("x-amz-copy-source", "")]
        return {
            self._homes[bucket] for path in named if (bucket := re.split("[/?]", path.lstrip("/"))[0]) in self._homes
        }

    def _start(self, exchange: Exchange) -> Response:
        """The emulator runs no workflows: noted here, and run by whoever looks."""
        run = f"wr_{uuid.uuid4().hex}"
        self.started.append((exchange.request.json["Name"], run))
        body = json.dumps({"RunId": run}).encode()
        return Response(200, [("Content-Type", exchange.request.headers["content-type"])], body)


def _refused(exchange: Exchange) -> Response:
    raise HungUp
