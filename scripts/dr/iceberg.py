"""Iceberg tables in files: which states are whole, and the same state under the name of another bucket.

Metadata name every file by bucket and key. `Table.moved` writes those that make up a state anew, from the bottom up,
since each records the size of what it names: files of deleted rows, manifests, lists of manifests, the metadata file.
They get keys of their own, so nothing that is there is changed; data files stay as they are, and ids of snapshots too.

Iceberg's `rewrite_table_path` does not serve: it reads the bucket that is gone, and up to 1.10 it records wrong sizes.
Source: Iceberg's table specification.
"""

from __future__ import annotations

import io
import json
import re
import uuid
from collections.abc import Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from glue_etl.ledger import iso

PARALLEL = 16
# How many of a table's metadata files, the last ones by number, are looked at for the newest.
_CANDIDATES = 20
_DELETED, _POSITION_DELETES = 2, 1
_MOVED = re.compile(r"^\d{8}T\d{12}Z-")
# Columns in which Iceberg says of a file of deleted rows which data files it is about: their bounds are paths.
_PATH_COLUMN = 2147483546


class Lake:
    """A bucket of tables, each in a folder of its name; `origin` is the bucket that their metadata name."""

    def __init__(self, s3: Any, bucket: str, origin: str):
        self.s3, self.bucket, self.origin = s3, bucket, origin

    def tables(self) -> list[str]:
        """Names of all tables that there are metadata of."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Delimiter="/")
        folders = [found["Prefix"][:-1] for page in pages for found in page.get("CommonPrefixes", [])]
        return [folder for folder in folders if any(map(_is_metadata, self.keys(f"{folder}/metadata/")))]

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys of the objects under the prefix."""
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
            yield from (found["Key"] for found in page.get("Contents", []))

    def read(self, key: str) -> bytes:
        """An object."""
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def write(self, key: str, body: bytes) -> int:
        """Writes an object; answers its size."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return len(body)

    def add_metadata(self, uri: str, metadata: dict[str, Any]) -> str:
        """Writes the metadata file that follows the one at `uri`; answers its URI."""
        folder, key = uri.rsplit("/", 1)[0], _key(uri)
        following = f"{folder}/{_number(key) + 1:05}-{uuid.uuid4()}.metadata.json"
        self.write(_key(following), json.dumps(metadata).encode())
        return following

    def newest(self, table: str) -> str | None:
        """Key of the table's newest metadata file; None if there is none of the origin."""
        found = sorted(filter(_is_metadata, self.keys(f"{table}/metadata/")), key=_number)[-_CANDIDATES:]
        read = [(json.loads(self.read(key)), key) for key in found]
        own = [
            (document["last-updated-ms"], _number(key), key)
            for document, key in read
            if document["location"].startswith(f"s3://{self.origin}/")
        ]
        return max(own)[2] if own else None


def at(metadata: dict[str, Any], snapshot: int | None, now: int, uri: str) -> dict[str, Any] | None:
    """The metadata at `uri` with another current snapshot from `now` (milliseconds) on; None if they have it already.

    Without a snapshot, the table is empty.
    """
    id = -1 if snapshot is None else snapshot
    if metadata["current-snapshot-id"] == id:
        return None
    branches = {name: ref for name, ref in metadata["refs"].items() if name != "main"}
    entry = {"timestamp-ms": now, "snapshot-id": id}
    before = {"timestamp-ms": metadata["last-updated-ms"], "metadata-file": uri}
    return {
        **metadata,
        "last-updated-ms": now,
        "current-snapshot-id": id,
        "refs": branches if snapshot is None else {**branches, "main": {"snapshot-id": id, "type": "branch"}},
        "snapshot-log": [] if snapshot is None else [*metadata["snapshot-log"], entry],
        "metadata-log": [*metadata["metadata-log"], before],
    }


@dataclass(frozen=True)
class State:
    """What a table is: its metadata file, and how many snapshots were left out of it for want of files."""

    metadata: dict[str, Any]
    left_out: int

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Whether what a stage has committed to the ledger is in it: by the snapshot it names, or by its time."""
        ids = {snapshot["snapshot-id"] for snapshot in self.metadata["snapshots"]}
        return record.get("snapshot_id") in ids or record["committed_at"] <= self.at

    @property
    def at(self) -> str:
        """When its last change was committed, in the form of the ledger's times; "" if it has none."""
        id = self.metadata["current-snapshot-id"]
        found = [each["timestamp-ms"] for each in self.metadata["snapshots"] if each["snapshot-id"] == id]
        return iso(found[0] / 1000) if found else ""


NOTHING = State({"current-snapshot-id": -1, "snapshots": []}, 0)


class Table:
    """A table whose metadata file is at `key` of the lake."""

    def __init__(self, lake: Lake, name: str, key: str):
        self._lake, self.name, self._key = lake, name, key
        self._manifests: dict[str, tuple[Any, list[dict[str, Any]]]] = {}

    def whole(self) -> State:
        """The newest state of which all files are here, with all snapshots of which that holds."""
        metadata = json.loads(self._lake.read(self._key))
        kept = [snapshot for snapshot in metadata.get("snapshots", []) if self._is_whole(snapshot)]
        ids = {snapshot["snapshot-id"] for snapshot in kept}
        parents = {each["snapshot-id"]: each.get("parent-snapshot-id") for each in metadata.get("snapshots", [])}
        current = metadata.get("current-snapshot-id")
        while current in parents and current not in ids:
            current = parents[current]
        current = current if current in ids else -1
        log = [entry for entry in metadata.get("snapshot-log", []) if entry["snapshot-id"] in ids]
        end = max((at for at, entry in enumerate(log, 1) if entry["snapshot-id"] == current), default=0)
        state = {
            **metadata,
            "current-snapshot-id": current,
            "snapshots": kept,
            "snapshot-log": log[:end],
            "refs": {"main": {"snapshot-id": current, "type": "branch"}} if current != -1 else {},
            # Files that no reader needs, and that need not be here.
            "metadata-log": [],
            "statistics": [],
            "partition-statistics": [],
        }
        return State(state, len(parents) - len(kept))

    def moved(self, state: State, bucket: str, id: str) -> str:
        """Writes a state of the table whose files are all in `bucket`, the lake's own; answers its metadata file's URI.

        `id` begins the names of what is written: done again under the same id, the same files are written again.
        """
        move = _Move(self._lake, self.name, bucket, id)
        snapshots = state.metadata["snapshots"]
        lists = {snapshot["manifest-list"]: self._list(snapshot["manifest-list"]) for snapshot in snapshots}
        distinct = {entry["manifest_path"]: entry for _, entries in lists.values() for entry in entries}
        with ThreadPoolExecutor(PARALLEL) as pool:
            files = {
                file["file_path"]: file
                for path in distinct
                for file in self._live(path)
                if file["content"] == _POSITION_DELETES
            }
            sizes = dict(zip(files, pool.map(move.deletes, files.values()), strict=True))
            manifests = {path: move.manifest(path, *self._manifest(path), sizes) for path in distinct}
        for path, (header, entries) in lists.items():
            move.list(path, header, entries, manifests)
        return move.metadata(state.metadata, _number(self._key) + 1)

    def _is_whole(self, snapshot: dict[str, Any]) -> bool:
        if not self._is_here(snapshot["manifest-list"]):
            return False
        paths = [entry["manifest_path"] for entry in self._list(snapshot["manifest-list"])[1]]
        return all(
            self._is_here(path) and all(self._is_here(file["file_path"]) for file in self._live(path)) for path in paths
        )

    def _is_here(self, uri: str) -> bool:
        return _key(uri) in self._present

    @cached_property
    def _present(self) -> Set[str]:
        return set(self._lake.keys(f"{self.name}/"))

    def _list(self, uri: str) -> tuple[Any, list[dict[str, Any]]]:
        return _from_avro(self._lake.read(_key(uri)))

    def _manifest(self, uri: str) -> tuple[Any, list[dict[str, Any]]]:
        if uri not in self._manifests:
            self._manifests[uri] = _from_avro(self._lake.read(_key(uri)))
        return self._manifests[uri]

    def _live(self, uri: str) -> list[dict[str, Any]]:
        return [entry["data_file"] for entry in self._manifest(uri)[1] if entry["status"] != _DELETED]


class _Move:
    """Writes files of a table so that they name `bucket`."""

    def __init__(self, lake: Lake, table: str, bucket: str, id: str):
        self._lake, self._table, self._bucket, self._id = lake, table, bucket, id

    def path(self, uri: str) -> str:
        """The same key in the bucket."""
        return f"s3://{self._bucket}/{_key(uri)}"

    def anew(self, uri: str) -> str:
        """A key beside it, for a file that is written anew."""
        folder, name = _key(uri).rsplit("/", 1)
        return f"s3://{self._bucket}/{folder}/{self._id}-{_MOVED.sub('', name)}"

    def deletes(self, file: dict[str, Any]) -> int:
        """A file of deleted rows, which names data files; answers its size."""
        # Here and below and not at the top: status and restores do without these packages.
        import pyarrow
        import pyarrow.parquet

        rows = pyarrow.parquet.read_table(io.BytesIO(self._lake.read(_key(file["file_path"]))))
        at = rows.schema.get_field_index("file_path")
        paths = pyarrow.array([self.path(path) for path in rows["file_path"].to_pylist()], rows.schema.field(at).type)
        body = io.BytesIO()
        pyarrow.parquet.write_table(rows.set_column(at, rows.schema.field(at), paths), body, compression="zstd")
        return self._lake.write(_key(self.anew(file["file_path"])), body.getvalue())

    def manifest(self, uri: str, header: Any, entries: list[dict[str, Any]], sizes: dict[str, int]) -> tuple[str, int]:
        """A manifest, given the sizes of files of deleted rows; answers its URI and size."""
        moved = []
        for entry in entries:
            file = dict(entry["data_file"])
            if file["file_path"] in sizes:
                size = sizes[file["file_path"]]
                file.update(file_path=self.anew(file["file_path"]), file_size_in_bytes=size, **self._bounds(file))
            else:
                file["file_path"] = self.path(file["file_path"])
            if file.get("referenced_data_file"):
                file["referenced_data_file"] = self.path(file["referenced_data_file"])
            moved.append({**entry, "data_file": file})
        target = self.anew(uri)
        return target, self._lake.write(_key(target), _to_avro(header, moved))

    def list(self, uri: str, header: Any, entries: list[dict[str, Any]], manifests: dict[str, tuple[str, int]]) -> None:
        """A list of manifests, given where these are now and their sizes."""
        moved = []
        for entry in entries:
            path, size = manifests[entry["manifest_path"]]
            moved.append({**entry, "manifest_path": path, "manifest_length": size})
        self._lake.write(_key(self.anew(uri)), _to_avro(header, moved))

    def metadata(self, metadata: dict[str, Any], number: int) -> str:
        """The metadata file; answers its URI."""
        snapshots = [{**each, "manifest-list": self.anew(each["manifest-list"])} for each in metadata["snapshots"]]
        moved = {**metadata, "location": self.path(metadata["location"]), "snapshots": snapshots}
        name = f"{number:05}-{uuid.uuid5(uuid.NAMESPACE_URL, f'{self._id}/{self._table}')}.metadata.json"
        uri = f"s3://{self._bucket}/{self._table}/metadata/{name}"
        self._lake.write(_key(uri), json.dumps(moved).encode())
        return uri

    def _bounds(self, file: dict[str, Any]) -> dict[str, Any]:
        """Readers skip files of deleted rows by the bounds of the paths in them."""
        return {
            name: [
                {**bound, "value": self.path(bound["value"].decode()).encode()}
                if bound["key"] == _PATH_COLUMN
                else bound
                for bound in file[name]
            ]
            for name in ("lower_bounds", "upper_bounds")
            if file.get(name)
        }


def _from_avro(body: bytes) -> tuple[Any, list[dict[str, Any]]]:
    import fastavro

    reader = fastavro.reader(io.BytesIO(body))
    return reader, list(reader)


def _to_avro(header: Any, records: list[dict[str, Any]]) -> bytes:
    """With the schema and the properties of the file that they come from."""
    own = {name: value for name, value in header.metadata.items() if not name.startswith("avro.")}
    import fastavro

    body = io.BytesIO()
    fastavro.writer(body, header.writer_schema, records, codec=header.codec, metadata=own)
    return body.getvalue()


def _is_metadata(key: str) -> bool:
    return key.endswith(".metadata.json")


def _number(key: str) -> int:
    """Iceberg numbers metadata files: `<table>/metadata/00012-<uuid>.metadata.json`."""
    return int(key.rsplit("/", 1)[1].split("-", 1)[0])


def _key(uri: str) -> str:
    """The part of an S3 URI after the bucket."""
    return uri.split("/", 3)[3]
