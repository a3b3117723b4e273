"""One environment in its Region: the names of what is there, and clients for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from console import UsageError, default_region, names_of

ZONES = ("processed", "curated")
# What a Region's services raise that are lost, or as good as.
NO_ANSWER = (BotoCoreError, ClientError)
PATIENCE = {"connect_timeout": 3, "read_timeout": 10, "retries": {"total_max_attempts": 1}}


class Place:
    """An environment, `names` being what modules/naming.ts calls its parts."""

    def __init__(self, environment: str, region: str, names: Mapping[str, Any]):
        self.environment, self.region, self.names = environment, region, names
        self._session, self._config = boto3.Session(region_name=region), Config()

    @classmethod
    def of(cls, environment: str, region: str | None = None) -> Place:
        """The environment of this name. Raises UsageError for an unknown one."""
        names = names_of(environment)
        return cls(environment, names["region"] or region or default_region(), names)

    @classmethod
    def both(cls, environment: str, region: str | None = None) -> tuple[Place, Place]:
        """The environment in its first and in its second Region. Raises UsageError if it has but one."""
        first = cls.of(environment, region)
        if first.names["second"] is None:
            raise UsageError(f"{environment} has no second Region: disasterRecovery in environments/{environment}.ts")
        return first, cls.of(first.names["second"])

    def impatient(self) -> Place:
        """The same, for a Region that may not answer."""
        place = Place(self.environment, self.region, self.names)
        place._config = Config(**PATIENCE)
        return place

    @property
    def is_second(self) -> bool:
        """Whether it is the second Region of an environment."""
        return self.names["first"] is not None

    def client(self, service: str) -> Any:
        """A client of the place's Region."""
        return self._session.client(service, config=self._config)

    @cached_property
    def s3(self) -> Any:
        """S3."""
        return self.client("s3")

    @cached_property
    def glue(self) -> Any:
        """Glue."""
        return self.client("glue")

    @cached_property
    def dynamodb(self) -> Any:
        """DynamoDB."""
        return self.client("dynamodb")

    @property
    def ledger(self) -> str:
        """Name of the ledger's table."""
        return self.names["tables"]["job-bookmarks"]

    def send_consumers(self, here: bool) -> None:
        """Of a second Region: the failover record in DNS of what consumers ask follows an alarm on this metric."""
        metric = {"MetricName": "FailedOver", "Value": int(here)}
        self.client("cloudwatch").put_metric_data(Namespace=self.names["prefix"], MetricData=[metric])

    def bucket(self, purpose: str) -> str:
        """Name of a bucket."""
        return self.names["buckets"][purpose]

    def database(self, zone: str) -> str:
        """Name of a database of the catalog."""
        return self.names["databases"][zone]

    def datasets(self) -> dict[str, str]:
        """Those that are deployed: {name: S3 URI of the definition}."""
        prefix = self.names["ingest"]
        jobs = [job for page in self.glue.get_paginator("get_jobs").paginate() for job in page["Jobs"]]
        return {
            job["Name"].removeprefix(prefix): job["DefaultArguments"]["--definition"]
            for job in jobs
            if job["Name"].startswith(prefix)
        }
