"""Objects and DynamoDB tables come back as they were; tests of Iceberg tables are in tests/game_day."""

import hashlib
import io
import sys
import time
import unittest
import uuid
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime, timedelta, timezone
from unittest import mock

import boto3
from tests.faults.proxy import Exchange, Fault, Proxy, Response
from tests.faults.requests import Request

from . import ROOT
from .support import account, create_table

sys.path.insert(0, str(ROOT / "scripts"))
from dr import __main__ as dr  # noqa: E402
from dr.place import Place  # noqa: E402


class RestoreTest(unittest.TestCase):
    def setUp(self):
        account()
        self.name = uuid.uuid4().hex[:8]
        names = {
            "buckets": dict.fromkeys(("source", "raw", "processed", "curated"), f"bucket-{self.name}"),
            "databases": {},
            "tables": {"job-state": f"state-{self.name}", "job-bookmarks": f"ledger-{self.name}"},
        }
        self.place = Place("test", "us-east-1", names)

    def run_command(self, *arguments: str, code: int = 0) -> str:
        """What is printed, once the exit code is as it should be."""
        output = io.StringIO()
        with (
            mock.patch.object(Place, "of", return_value=self.place),
            redirect_stdout(output),
            redirect_stderr(output),
        ):
            found = dr.main([arguments[0], "--environment", "test", *arguments[1:]])
        self.assertEqual(found, code, output.getvalue())
        return output.getvalue()


class ObjectsTest(RestoreTest):
    def setUp(self):
        super().setUp()
        self.bucket, self.s3 = self.place.bucket("raw"), self.place.s3
        self.s3.create_bucket(Bucket=self.bucket)
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        for key in ("data/a", "data/b", "data/c/d", "other/e"):
            self.put(key, f"first {key}")
        self.before = self.digests()
        time.sleep(0.05)
        self.then = datetime.now(timezone.utc).isoformat()
        time.sleep(0.05)

    def put(self, key: str, text: str) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode(), Metadata={"made-of": key})

    def digests(self) -> dict[str, str]:
        listed = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        bodies = {
            each["Key"]: self.s3.get_object(Bucket=self.bucket, Key=each["Key"])["Body"].read() for each in listed
        }
        return {key: hashlib.sha256(body).hexdigest() for key, body in bodies.items()}

    def test_a_prefix_that_was_deleted_and_an_object_that_was_damaged_come_back(self):
        for key in ("data/a", "data/c/d"):
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        self.put("data/b", "damaged")
        self.put("data/new", "came later")
        damaged = self.digests()
        command = ("restore-prefix", "--bucket", "raw", "--prefix", "data/", "--as-of", self.then)
        self.assertIn("data/c/d: 14 bytes are put back", self.run_command(*command, "--dry-run"))
        self.assertEqual(self.digests(), damaged)
        self.assertIn("Done: 3 of 3", self.run_command(*command, "--yes"))
        later = {"data/new": hashlib.sha256(b"came later").hexdigest()}
        self.assertEqual(self.digests(), {**self.before, **later})
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="data/a")["Metadata"], {"made-of": "data/a"})
        self.assertIn("3 object(s) under data/ are as they were", self.run_command(*command, "--yes"))

    def test_one_object_by_its_version_or_a_time(self):
        self.put("data/a", "damaged")
        first = self.run_command("restore-object", "--bucket", "raw", "--key", "data/a").split()[-1]
        for which in (("--version-id", first), ("--as-of", self.then)):
            with self.subTest(which[0]):
                self.put("data/a", "damaged again")
                command = ("restore-object", "--bucket", "raw", "--key", "data/a", *which, "--yes")
                self.assertIn("the 12 bytes of", self.run_command(*command))
                self.assertEqual(self.digests(), self.before)
                self.assertIn("is as it was then", self.run_command(*command))

    def test_what_cannot_be_restored_is_said(self):
        command = ("restore-object", "--bucket", "raw", "--key")
        self.assertIn("has no version of data/z", self.run_command(*command, "data/z", code=2))
        before = (datetime.now(timezone.utc) - timedelta(days=1)).isoformat()
        self.assertIn("held nothing at that time", self.run_command(*command, "data/a", "--as-of", before, code=2))
        self.s3.put_object(Bucket=self.bucket, Key="data/cold", Body=b"cold", StorageClass="DEEP_ARCHIVE")
        time.sleep(0.05)
        then = datetime.now(timezone.utc).isoformat()
        self.s3.delete_object(Bucket=self.bucket, Key="data/cold")
        output = self.run_command(*command, "data/cold", "--as-of", then, "--yes", code=2)
        self.assertIn("aws s3api restore-object", output)


class PointInTime:
    """Before the emulator, which knows of backups but not of a table's past: stands for what DynamoDB keeps of it."""

    def __init__(self, client):
        self._client = client
        self._kept: list[tuple[float, str]] = []

    def keep(self, table: str) -> None:
        """Remembers the table as it is now."""
        backup = self._client.create_backup(TableName=table, BackupName=f"{table}.now")
        self._kept.append((time.time(), backup["BackupDetails"]["BackupArn"]))

    def applies(self, request: Request) -> bool:
        return request.operation in ("DeleteTable", "RestoreTableToPointInTime")

    def act(self, exchange: Exchange) -> Response:
        body = exchange.request.json
        if exchange.request.operation == "DeleteTable":
            self.keep(body["TableName"])
            return exchange.forward()
        arn = [arn for at, arn in self._kept if at <= body["RestoreDateTime"]][-1]
        request = {"TargetTableName": body["TargetTableName"], "BackupArn": arn}
        exchange.request.say("RestoreTableFromBackup", request)
        return exchange.forward()


class TablesTest(RestoreTest):
    def setUp(self):
        super().setUp()
        direct = boto3.client("dynamodb")
        self.past = PointInTime(direct)
        proxy = Proxy(int(account().rsplit(":", 1)[1]))
        self.addCleanup(proxy.close)
        faults = proxy.faults(Fault(self.past.applies, self.past.act))
        faults.__enter__()
        self.addCleanup(faults.__exit__, None, None, None)
        self.place.dynamodb = boto3.client("dynamodb", endpoint_url=proxy.url)
        self.tables = self.place.names["tables"]
        create_table(self.tables["job-state"], "job_name")
        create_table(self.tables["job-bookmarks"], "pk", "sk")
        for name in self.tables.values():
            direct.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
        for number in range(60):
            self.put("job-state", job_name=f"job-{number}", state="SUCCEEDED")
            self.put("job-bookmarks", pk="things#ingest", sk=f"batch-{number}", state="COMMITTED")
        self.before = {table: self.digest(table) for table in self.tables}

    def put(self, table: str, **item: str) -> None:
        typed = {name: {"S": value} for name, value in item.items()}
        self.place.dynamodb.put_item(TableName=self.tables[table], Item=typed)

    def digest(self, table: str) -> str:
        pages = self.place.dynamodb.get_paginator("scan").paginate(TableName=self.tables[table])
        items = sorted(repr(sorted(item.items())) for page in pages for item in page["Items"])
        return hashlib.sha256("\n".join(items).encode()).hexdigest()

    def test_a_table_that_was_dropped_comes_back(self):
        self.place.dynamodb.delete_table(TableName=self.tables["job-state"])
        command = ("restore-table", "--table", "job-state")
        self.assertIn("which is gone, comes back", self.run_command(*command, "--dry-run"))
        self.assertIn("is back", self.run_command(*command, "--yes"))
        self.assertEqual(self.digest("job-state"), self.before["job-state"])

    def test_a_table_is_put_back_to_a_time(self):
        self.past.keep(self.tables["job-bookmarks"])
        then = datetime.now(timezone.utc).isoformat()
        key = {"pk": {"S": "things#ingest"}, "sk": {"S": "batch-7"}}
        self.place.dynamodb.delete_item(TableName=self.tables["job-bookmarks"], Key=key)
        self.put("job-bookmarks", pk="things#ingest", sk="batch-8", state="DISCARDED")
        self.put("job-bookmarks", pk="things#ingest", sk="batch-99", state="COMMITTED")
        command = ("restore-table", "--table", "job-bookmarks", "--as-of", then)
        self.assertIn("2 item(s) put back, 1 deleted", self.run_command(*command, "--yes"))
        self.assertEqual(self.digest("job-bookmarks"), self.before["job-bookmarks"])
        self.assertEqual(len(self.place.dynamodb.list_tables()["TableNames"]), len(set(self.all_tables())))

    def all_tables(self) -> list[str]:
        return [name for name in self.place.dynamodb.list_tables()["TableNames"] if "-restored-" not in name]

    def test_not_under_a_run_that_is_at_work(self):
        lease = {"lease_owner": {"S": "jr_1"}, "lease_until": {"N": str(int(time.time()) + 60)}}
        item = {"pk": {"S": "things#ingest#open"}, "sk": {"S": "exclusive"}, **lease}
        self.place.dynamodb.put_item(TableName=self.tables["job-bookmarks"], Item=item)
        output = self.run_command("restore-table", "--table", "job-bookmarks", "--yes", code=2)
        self.assertIn("runs are at work: jr_1", output)
