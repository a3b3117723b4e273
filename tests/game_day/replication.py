"""Stands in for what copies between two Regions: S3 replication and DynamoDB global tables.

The emulator does either at once, so that nothing would ever be on its way. Here each change arrives after a while, in
no order but that of one object or item, and what the test holds back stays away until it lets go. Of two changes of an
item the later one stays.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

LAG_SECONDS = 0.2
_POLL_SECONDS = 0.1

# Bucket and key of an object, or table and first key of an item.
Held = Callable[[str, str], bool]


class Replication:
    """Between the buckets in `pairs`, both ways, and the replicas of `tables`: Regions by name.

    `s3` are clients by bucket, `dynamodb` by Region. `held` says what is not to arrive for now; while `is_cut`, nothing
    does.
    """

    def __init__(
        self,
        s3: Mapping[str, Any],
        dynamodb: Mapping[str, Any],
        pairs: Mapping[str, str],
        tables: Mapping[str, list[str]],
    ):
        self._s3, self._dynamodb = s3, dynamodb
        self._buckets = {**pairs, **{there: here for here, there in pairs.items()}}
        self._tables = tables
        self._known: set[tuple[str, str, str]] = set()
        self._items: dict[tuple[str, str], dict[Any, Any]] = {}
        self._written: dict[tuple[str, str, Any], float] = {}
        self._pending: list[tuple[float, tuple[str, str], Callable[[], None]]] = []
        self.held: Held = lambda place, key: False
        self.is_cut = False
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends."""
        self._ended.set()
        self._thread.join()

    def drain(self) -> None:
        """Waits until all has arrived that is not held back."""
        while self._look() or any(not self.held(*what) for _, what, _ in self._pending):
            time.sleep(_POLL_SECONDS)

    def pending(self) -> list[str]:
        """What is on its way."""
        return [f"{place}/{key}" for _, (place, key), _ in self._pending]

    def _run(self) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            self._look()

    def _look(self) -> bool:
        """Notes what is new, and has arrive what is due; answers whether there was anything."""
        with self._lock:
            before = len(self._pending)
            for bucket in self._buckets:
                self._note_objects(bucket)
            for name in self._tables:
                for region in self._tables[name]:
                    self._note_items(name, region)
            is_new = len(self._pending) > before
            return self._deliver() or is_new

    def _deliver(self) -> bool:
        now, kept, delivered = time.monotonic(), [], False
        waiting: set[tuple[str, str]] = set()
        for due, what, deliver in self._pending:
            if self.is_cut or due > now or what in waiting or self.held(*what):
                kept.append((due, what, deliver))
                waiting.add(what)
            else:
                deliver()
                delivered = True
        self._pending = kept
        return delivered

    def _note_objects(self, bucket: str) -> None:
        for page in self._s3[bucket].get_paginator("list_object_versions").paginate(Bucket=bucket):
            versions = [(False, each) for each in page.get("Versions", [])]
            markers = [(True, each) for each in page.get("DeleteMarkers", [])]
            for is_marker, version in reversed(versions + markers):
                id = (bucket, version["Key"], version["VersionId"])
                if id not in self._known:
                    self._known.add(id)
                    self._add((bucket, version["Key"]), lambda id=id, is_marker=is_marker: self._copy(*id, is_marker))

    def _copy(self, bucket: str, key: str, version: str, is_marker: bool) -> None:
        target = self._buckets[bucket]
        if is_marker:
            copied = self._s3[target].delete_object(Bucket=target, Key=key)
        else:
            source = self._s3[bucket].get_object(Bucket=bucket, Key=key, VersionId=version)
            copied = self._s3[target].put_object(
                Bucket=target,
                Key=key,
                Body=source["Body"].read(),
                Metadata=source["Metadata"],
            )
        # What replication has brought, it does not bring back.
        self._known.add((target, key, copied["VersionId"]))

    def _note_items(self, table: str, region: str) -> None:
        client = self._dynamodb[region]
        pages = client.get_paginator("scan").paginate(TableName=table)
        now = {_key(item): item for page in pages for item in page["Items"]}
        before = self._items.get((table, region), {})
        for key in {*now, *before}:
            if now.get(key) != before.get(key):
                at, item = time.monotonic(), now.get(key)
                self._written[table, region, key] = at
                change = (table, region, key, item, at)
                self._add((table, key[0]), lambda change=change: self._write(*change))
        self._items[table, region] = now

    def _write(self, table: str, region: str, key: Any, item: Any, at: float) -> None:
        for other in self._tables[table]:
            if other == region or self._written.get((table, other, key), 0.0) > at:
                continue
            if item is None:
                names = ("pk", "sk") if len(key) == 2 else ("job_name",)
                typed = {name: {"S": value} for name, value in zip(names, key, strict=True)}
                self._dynamodb[other].delete_item(TableName=table, Key=typed)
                self._items[table, other].pop(key, None)
            else:
                self._dynamodb[other].put_item(TableName=table, Item=item)
                self._items[table, other][key] = item
            self._written[table, other, key] = at

    def _add(self, what: tuple[str, str], deliver: Callable[[], None]) -> None:
        self._pending.append((time.monotonic() + LAG_SECONDS, what, deliver))


def _key(item: dict[str, Any]) -> tuple[str, ...]:
    return (item["job_name"]["S"],) if "job_name" in item else (item["pk"]["S"], item["sk"]["S"])
