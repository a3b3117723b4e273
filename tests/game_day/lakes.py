"""Small lakes in an emulated account, one for each test, and what is in them."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from itertools import count
from pathlib import Path
from unittest import mock

import boto3
from tests.faults.account import Account
from tests.glue import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

from dr import __main__ as dr  # noqa: E402
from dr.move import DONE, MOVING, TABLES  # noqa: E402
from dr.place import Place  # noqa: E402

from glue_etl import regions  # noqa: E402
from glue_etl.dynamo import Table  # noqa: E402

from .operator import Operator, without_varying  # noqa: E402
from .regions import Site  # noqa: E402
from .small_lake import DEFINITIONS, SmallLake  # noqa: E402

__all__ = ["DONE", "FIRST", "KEYS", "MOVING", "SECOND", "TABLES", "Emulated", "Lake", "dr", "regions"]

FIRST, SECOND = "us-east-1", "us-west-2"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Emulated:
    """The account, with clients that are made once."""

    def __init__(self, folder: Path, **settings: str):
        self._account = Account(folder)
        self._account.start(**settings)
        self.endpoint = f"http://127.0.0.1:{self._account.port}"
        self.client = cache(self._client)
        self.close = self._account.kill

    def _client(self, service: str, region: str):
        return boto3.client(service, endpoint_url=self.endpoint, region_name=region, **KEYS)


class Lake:
    """A new one, in two Regions, with whoever runs the commands on it."""

    _numbers = count()

    def __init__(self, account: Emulated):
        self._account = account
        self.name = f"lake{next(self._numbers):03}"
        self.be(Operator(account.endpoint, **KEYS))
        for site in (self.first, self.second):
            site.make(DEFINITIONS)
        self.first.make_tables()
        for table in self.first.place.names["tables"].values():
            # The emulator brings every change of an item to the other Region at once.
            replicas = [{"Create": {"RegionName": SECOND}}]
            account.client("dynamodb", FIRST).update_table(TableName=table, ReplicaUpdates=replicas)
        self.small = SmallLake(account, self.first, self.second)
        self.small.fill()

    def be(self, operator: Operator) -> None:
        """Has somebody run the commands from now on."""
        self.operator = operator
        with mock.patch("dr.place.boto3", self.operator):
            self.first = Site(self._account, self.name, FIRST)
            self.second = Site(self._account, f"{self.name}-dr", SECOND, first=self.name)

    def run(self, *arguments: str, code: int = 0) -> str:
        """What is printed by scripts/dr.sh."""
        output = io.StringIO()
        with (
            mock.patch("dr.place.boto3", self.operator),
            mock.patch.object(Place, "both", return_value=(self.first.place, self.second.place)),
            mock.patch.object(Place, "of", return_value=self.first.place),
            redirect_stdout(output),
            redirect_stderr(output),
        ):
            ended = dr.main([arguments[0], "--environment", self.name, *arguments[1:]])
        if ended != code:
            raise AssertionError(f"ended with {ended}: {output.getvalue()}")
        return output.getvalue()

    def noted(self) -> tuple[str, str] | None:
        """Active Region, and how far a move has come."""
        place = self.second.place
        notes = regions.active(Table(self._account.client("dynamodb", place.region), place.ledger))
        return notes and (notes["region"], notes["phase"])

    def state(self) -> dict[str, object]:
        """All that a move leaves behind, by Region."""
        found: dict[str, object] = {}
        for site in (self.first, self.second):
            for zone in ("processed", "curated"):
                database = site.place.database(zone)
                tables = self._account.client("glue", site.region).get_tables(DatabaseName=database)["TableList"]
                found[f"{database}: tables"] = {each["Name"]: each["Parameters"] for each in tables}
            for bucket in site.buckets:
                found[bucket] = self._objects(site, bucket)
            found[f"{site.prefix}: items"] = self._items(site)
            found[f"{site.prefix}: switches"] = site.switches()
        sent = [call.parameters for call in self.operator.calls if call.operation == "PutMetricData"]
        found["consumers"] = sent[-1:]
        started = [call.parameters["Name"] for call in self.operator.calls if call.operation == "StartWorkflowRun"]
        found["started"] = sorted(set(started))
        return json.loads(without_varying(json.dumps(found, sort_keys=True, default=str)))

    def _items(self, site: Site) -> list[str]:
        client = self._account.client("dynamodb", site.region)
        items = client.scan(TableName=site.place.ledger, ConsistentRead=True)["Items"]
        return sorted(without_varying(json.dumps(item, sort_keys=True)) for item in items)

    def _objects(self, site: Site, bucket: str) -> list[list[str]]:
        s3 = self._account.client("s3", site.region)
        keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        bodies = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
        # Avro has a mark in each file that is another whenever it is written.
        return sorted(
            [without_varying(key), str(len(body)) if key.endswith(".avro") else without_varying(body.decode())]
            for key, body in bodies.items()
        )
