"""DynamoDB tables as they were: point-in-time recovery, put in place of what the table holds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from console import UsageError

from glue_etl.dynamo import chunks

_WRITE_LIMIT = 25
_SCAN = {"ConsistentRead": True}


class Restore:
    """Gives table `name` what it held at a time; without a time, what it held last.

    DynamoDB restores to a new table. A table that still exists is not replaced by that one: it keeps its settings, its
    replica and its place in Terraform's state, and only items that differ are written. Done again after an
    interruption, it goes on.
    """

    def __init__(self, client: Any, name: str, as_of: datetime | None):
        """Raises UsageError if it cannot be restored so."""
        self._client, self.name = client, name
        self.exists = self._status(name) is not None
        if self.exists:
            self.as_of = as_of or self._latest()
            self.scratch = f"{name}-restored-{self.as_of.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}"
        elif as_of:
            raise UsageError(f"{name} was deleted, and comes back as it was then only: leave --as-of out")
        else:
            self._backup = self._last_backup()

    def sentences(self) -> list[str]:
        """What it will do."""
        if not self.exists:
            return [f"{self.name}, which is gone, comes back from {self._backup['BackupName']}, made as it was deleted"]
        return [
            f"{self.scratch} is made: {self.name} as of {self.as_of:%Y-%m-%d %H:%M:%S %Z}",
            f"items of {self.name} that differ from it are put back, those that it lacks are deleted",
            f"{self.scratch} is deleted",
        ]

    def run(self) -> str:
        """Does it; answers what was done."""
        if not self.exists:
            arn = self._backup["BackupArn"]
            self._client.restore_table_from_backup(TargetTableName=self.name, BackupArn=arn)
            self._wait(self.name)
            return f"{self.name} is back; deploy, which gives it its replica, tags and protection again"
        if self._status(self.scratch) is None:
            self._client.restore_table_to_point_in_time(
                SourceTableName=self.name, TargetTableName=self.scratch, RestoreDateTime=self.as_of
            )
        self._wait(self.scratch)
        put, deleted = self._equalize()
        self._client.delete_table(TableName=self.scratch)
        return f"{self.name}: {put} item(s) put back, {deleted} deleted"

    def live_leases(self) -> list[str]:
        """Who is at work on a batch by what the table says now: it must not be changed under them."""
        if not self.exists:
            return []
        now = {":now": {"N": str(int(time.time()))}}
        held = self._scan(self.name, FilterExpression="lease_until >= :now", ExpressionAttributeValues=now)
        return sorted(item["lease_owner"]["S"] for item in held if "lease_owner" in item)

    def _equalize(self) -> tuple[int, int]:
        keys = [key["AttributeName"] for key in self._client.describe_table(TableName=self.name)["Table"]["KeySchema"]]

        def by_key(table: str) -> dict[tuple[str, ...], dict[str, Any]]:
            return {tuple(item[key]["S"] for key in keys): item for item in self._scan(table)}

        then, now = by_key(self.scratch), by_key(self.name)
        puts = [{"PutRequest": {"Item": item}} for key, item in then.items() if now.get(key) != item]
        extra = [item for key, item in now.items() if key not in then]
        deletes = [{"DeleteRequest": {"Key": {key: item[key] for key in keys}}} for item in extra]
        for chunk in chunks([*puts, *deletes], _WRITE_LIMIT):
            request = {self.name: chunk}
            while request:
                request = self._client.batch_write_item(RequestItems=request).get("UnprocessedItems")
        return len(puts), len(deletes)

    def _scan(self, table: str, **filter: Any) -> Iterator[dict[str, Any]]:
        for page in self._client.get_paginator("scan").paginate(TableName=table, **_SCAN, **filter):
            yield from page["Items"]

    def _status(self, table: str) -> str | None:
        try:
            return self._client.describe_table(TableName=table)["Table"]["TableStatus"]
        except self._client.exceptions.ResourceNotFoundException:
            return None

    def _wait(self, table: str) -> None:
        """A restore takes minutes, of a large table hours."""
        while self._status(table) != "ACTIVE":
            time.sleep(5)

    def _latest(self) -> datetime:
        described = self._client.describe_continuous_backups(TableName=self.name)["ContinuousBackupsDescription"]
        recovery = described["PointInTimeRecoveryDescription"]
        if recovery["PointInTimeRecoveryStatus"] != "ENABLED":
            raise UsageError(f"{self.name} has no point-in-time recovery")
        return recovery["LatestRestorableDateTime"]

    def _last_backup(self) -> dict[str, Any]:
        """DynamoDB keeps a table with point-in-time recovery for 35 days after its deletion."""
        found = self._client.list_backups(TableName=self.name, BackupType="SYSTEM")["BackupSummaries"]
        if not found:
            raise UsageError(f"there is neither a table {self.name} nor a backup that its deletion left")
        return max(found, key=lambda backup: backup["BackupCreationDateTime"])
