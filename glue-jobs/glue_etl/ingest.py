"""Ingest: new source objects into the raw zone, byte for byte, as one batch with a manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from .definition import Source
from .errors import LeaseLostError
from .job import Outcome, Run
from .ledger import EXCLUSIVE

# Copies run inside S3; this many are asked for at a time.
PARALLEL_COPIES = 8
_CHUNK = 1000


@dataclass(frozen=True)
class SourceObject:
    """An object of the source bucket as it was listed."""

    key: str
    size: int
    etag: str


def run(run: Run) -> None:
    """Copies what the ledger does not know; one ingest of a data set at a time."""
    batch = run.ledger.take_ingest(_new_batch_id(run))
    if batch is None:
        run.journal.event("ingest-skipped", reason="another run holds the lease of ingest")
        return
    try:
        with run.ledger.kept("ingest", EXCLUSIVE):
            _ingest(run, batch)
    except LeaseLostError as error:
        run.journal.event("batch-skipped", batch=batch, reason=str(error))


def list_source(s3: Any, source: Source) -> Iterator[SourceObject]:
    """The data set's objects in the source bucket, in the order of their keys; folder markers are none."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=source.bucket, Prefix=source.prefix):
        for listed in page.get("Contents", []):
            name = listed["Key"][len(source.prefix) :]
            if name and not name.endswith("/") and fnmatchcase(name, source.pattern):
                yield SourceObject(listed["Key"], listed["Size"], listed["ETag"])


def _new_batch_id(run: Run) -> str:
    """The workflow run's id, unless an earlier attempt has committed a batch under it already."""
    taken = run.ledger.committed("ingest", run.options.batch_id)
    return run.options.job_run_id if taken else run.options.batch_id


def _ingest(run: Run, batch: str) -> None:
    with ThreadPoolExecutor(PARALLEL_COPIES) as pool:
        copies = list(pool.map(lambda found: _copy(run, batch, found), list(_new_objects(run, batch))))
    files = [copy for copy in copies if copy]
    if not files:
        run.ledger.discard_ingest()
        return
    manifest = f"manifests/{run.dataset.name}/{batch}.json"
    run.s3.put_object(
        Bucket=run.options.raw_bucket,
        Key=manifest,
        Body=json.dumps({"dataset": run.dataset.name, "batch_id": batch, "files": files}, indent=1).encode(),
        ContentType="application/json",
    )
    run.ledger.add_sources({file["source"]: file["etag"] for file in files}, batch)
    counts = {"files": len(files), "bytes": sum(file["size"] for file in files)}
    run.commit(batch, Outcome(counts, details={"manifest": manifest}), EXCLUSIVE)


def _new_objects(run: Run, batch: str) -> Iterator[SourceObject]:
    """Listed objects whose content was not ingested yet. What this very batch noted was never committed."""
    listed = list_source(run.s3, run.dataset.source)
    while chunk := list(islice(listed, _CHUNK)):
        known = run.ledger.sources([found.key for found in chunk])
        for found in chunk:
            before = known.get(found.key)
            if not before or before["etag"] != found.etag or before["batch_id"] == batch:
                yield found


def _copy(run: Run, batch: str, found: SourceObject) -> dict[str, Any] | None:
    """Copies the content that was listed. An object replaced or deleted since is left to the next run."""
    source = run.dataset.source
    key = f"data/{run.dataset.name}/batch_id={batch}/{found.key[len(source.prefix) :]}"
    try:
        run.s3.copy(
            {"Bucket": source.bucket, "Key": found.key},
            run.options.raw_bucket,
            key,
            ExtraArgs={"CopySourceIfMatch": found.etag},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("412", "PreconditionFailed", "404", "NoSuchKey"):
            raise
        run.journal.event("source-changed", key=found.key, reason="replaced or deleted since it was listed")
        return None
    return {"key": key, "size": found.size, "etag": found.etag, "source": found.key}
