"""A lake of a few objects in two Regions, of which one has been replicated in part: what a move has to decide on.

Tables have as many fields as a move reads; the game day has those that engines write.
"""

from __future__ import annotations

import io
import json
import uuid
from typing import Any

import fastavro
from tests.faults.datasets import EVENTS, ORDERS

from glue_etl.ledger import COMMITTED, EXCLUSIVE, STAGES, Ledger, iso, utc_now
from glue_etl.source_ledger import SourceLedger

from .regions import Site

STOCK = {
    **ORDERS.definition,
    "name": "stock",
    "source": {
        **{"type": "postgresql", "host": "h", "port": 5432, "database": "d", "schema": None, "table": "t"},
        **{"secret": "s", "watermark": "at", "watermarkDelaySeconds": 0, "parallelReads": 1},
    },
}
REVENUE = {**EVENTS.definition, "name": "revenue", "source": {"type": "query", "sql": "SELECT 1", "inputs": ["orders"]}}
DEFINITIONS = [ORDERS.definition, STOCK, REVENUE]

_FIRST, _SECOND = 1_000_000_000_000, 1_000_000_001_000
_LIST = {
    "type": "record",
    "name": "manifest_file",
    "fields": [{"name": "manifest_path", "type": "string"}, {"name": "manifest_length", "type": "long"}],
}
_FILE = {
    "type": "record",
    "name": "r2",
    "fields": [{"name": "content", "type": "int"}, {"name": "file_path", "type": "string"}],
}
_MANIFEST = {
    "type": "record",
    "name": "manifest_entry",
    "fields": [{"name": "status", "type": "int"}, {"name": "data_file", "type": _FILE}],
}


class SmallLake:
    """Batches of every fate, in the ledger of both Regions; in the second one what has arrived of their files."""

    def __init__(self, account: Any, first: Site, second: Site):
        self._account, self._first, self._second = account, first, second

    def fill(self) -> None:
        """Puts it all there."""
        self._table("processed", arrived=(1, 2))
        self._table("curated", arrived=(1,))
        self._have("orders", "published", *STAGES, snapshot=1)
        self._have("orders", "unpublished", *STAGES, snapshot=2)
        self._have("orders", "unprocessed", "ingest", "process", snapshot=3)
        self._have("orders", "uncopied", "ingest", "process", snapshot=3, arrived=False)
        self._have("orders", "unread", "ingest", "process", snapshot=3, arrived=False)
        self._have("stock", "read", "ingest", watermark={"up_to": "1"})
        self._have("stock", "unread", "ingest", watermark={"up_to": "2"}, arrived=False)
        self._have("revenue", "computed", *STAGES, snapshot=3)
        state = [
            ("orders", "unsettled", {"batch_id": "uncopied", "manifest": "m"}),
            ("orders", "listed", {"at": iso(_FIRST / 1000)}),
            ("stock", "watermark", {"value": "2"}),
            ("revenue", "inputs", {"snapshots": {"orders": 3}}),
        ]
        for dataset, name, item in state:
            self._put(dataset, {"pk": self._ledger(dataset).state, "sk": name, **item})
        self._put("orders", {"pk": self._ledger("orders").open("ingest"), "sk": EXCLUSIVE, "batch_id": "next"})

    def go_on(self) -> None:
        """A batch comes in where the second Region is active, and is not replicated."""
        self._raw(self._second, "orders", "own")
        record = {"committed_at": utc_now(), "state": COMMITTED, "manifest": "manifests/orders/own.json"}
        ledger = self._ledger("orders")
        self._put("orders", {"pk": ledger.done("ingest"), "sk": "own", **record})
        self._put("orders", {"pk": ledger.open("process"), "sk": "own", "opened_at": record["committed_at"]})

    def _ledger(self, dataset: str) -> Ledger:
        return Ledger(self._account.client("dynamodb", self._first.region), self._first.place.ledger, dataset, "test")

    def _put(self, dataset: str, item: dict[str, Any]) -> None:
        self._ledger(dataset).table.put_many([item])

    def _have(self, dataset: str, batch: str, *stages: str, snapshot: int = 0, arrived: bool = True, **record) -> None:
        ledger, manifest = self._ledger(dataset), f"manifests/{dataset}/{batch}.json"
        at = iso((_FIRST if snapshot == 1 else _SECOND) / 1000 + snapshot)
        common = {"sk": batch, "committed_at": at, "state": COMMITTED, "manifest": manifest, **record}
        for stage in stages:
            written = {"snapshot_id": snapshot} if stage in ("process", "curate") else {}
            self._put(dataset, {"pk": ledger.done(stage), **common, **written})
        if stages != STAGES:
            following = STAGES[len(stages)]
            self._put(dataset, {"pk": ledger.open(following), "sk": batch, "opened_at": at})
        SourceLedger(ledger).set_known({"etag": "e", "checksum": None, "source": f"{batch}.csv"}, batch, at)
        for site in (self._first, self._second)[: 1 + arrived]:
            self._raw(site, dataset, batch)

    def _raw(self, site: Site, dataset: str, batch: str) -> None:
        file = f"data/{dataset}/batch_id={batch}/1.csv"
        manifest = {"files": [{"key": file, "size": 5, "source": f"{batch}.csv"}]}
        self._write(site, "raw", file, b"12345")
        self._write(site, "raw", f"manifests/{dataset}/{batch}.json", json.dumps(manifest).encode())

    def _table(self, zone: str, arrived: tuple[int, ...]) -> None:
        """A table of two snapshots, of which these have arrived."""
        uri = f"s3://{self._first.place.bucket(zone)}/"
        sites = (self._first, self._second)
        manifests = {number: f"orders/metadata/m{number}.avro" for number in (1, 2)}
        for number in (1, 2):
            file = f"orders/data/{number}.parquet"
            data_file = {"content": 0, "file_path": uri + file}
            names = [{"manifest_path": uri + manifests[each], "manifest_length": 1} for each in range(1, number + 1)]
            for site in sites[: 1 + (number in arrived)]:
                self._write(site, zone, file, b"rows")
            for site in sites:
                self._write(site, zone, manifests[number], _avro(_MANIFEST, [{"status": 1, "data_file": data_file}]))
                self._write(site, zone, f"orders/metadata/l{number}.avro", _avro(_LIST, names))
        snapshots = [
            {"snapshot-id": number, "timestamp-ms": at, "manifest-list": f"{uri}orders/metadata/l{number}.avro"}
            for number, at in ((1, _FIRST), (2, _SECOND))
        ]
        snapshots[1]["parent-snapshot-id"] = 1
        metadata = {
            **{"location": f"{uri}orders", "last-updated-ms": _SECOND, "current-snapshot-id": 2},
            **{"snapshots": snapshots, "snapshot-log": [], "metadata-log": [], "properties": {}},
            **{"schemas": [{"schema-id": 0, "fields": []}], "current-schema-id": 0},
        }
        key = f"orders/metadata/00002-{uuid.UUID(int=2)}.metadata.json"
        for site in sites:
            self._write(site, zone, key, json.dumps(metadata).encode())
        parameters = {"table_type": "ICEBERG", "metadata_location": uri + key}
        self._account.client("glue", self._first.region).create_table(
            DatabaseName=self._first.place.database(zone), TableInput={"Name": "orders", "Parameters": parameters}
        )

    def _write(self, site: Site, zone: str, key: str, body: bytes) -> None:
        self._account.client("s3", site.region).put_object(Bucket=site.place.bucket(zone), Key=key, Body=body)


def _avro(schema: dict[str, Any], records: list[dict[str, Any]]) -> bytes:
    body = io.BytesIO()
    fastavro.writer(body, schema, records)
    return body.getvalue()
