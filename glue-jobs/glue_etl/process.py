"""Process: raw files of a batch into typed rows, the bad ones into quarantine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pyspark.sql import Column as SparkColumn
from pyspark.sql import Observation
from pyspark.sql import functions as F

from . import csv_files, lake, rows
from .job import Outcome, Run

_PARALLEL_READS = 8


def run(run: Run) -> None:
    """Processes every open batch."""
    run.each_open_batch(process_batch)


def process_batch(run: Run, batch: str) -> Outcome:
    """Replaces what the processed and the quarantine table hold of the batch; the same files give the same rows."""
    headers = _headers(run, batch)
    new = {name for file, names in headers.items() for name in csv_files.check_header(run.dataset, file, names)}
    evolved = sorted(new) if run.dataset.on_new_column == "evolve" else []
    _ensure_tables(run, evolved)

    read, quarantined, duplicates = _write(run, batch, headers, evolved) if headers else (0, 0, 0)
    if not headers:
        lake.clear_batch(run.spark, run.processed_table, batch)
    if not quarantined:
        lake.clear_batch(run.spark, run.quarantine_table, batch)
    # What stands in the tables, not what was meant to: a write that lost or doubled rows shows.
    return Outcome(
        {
            "read": read,
            "good": lake.count_batch(run.spark, run.processed_table, batch),
            "quarantined": lake.count_batch(run.spark, run.quarantine_table, batch),
            "duplicates": duplicates,
        }
    )


def _write(run: Run, batch: str, headers: Mapping[str, Sequence[str]], evolved: Sequence[str]) -> tuple[int, int, int]:
    """Writes good and bad rows; answers how many were read, bad, and duplicates."""
    columns = [*(column.name for column in run.dataset.columns), *evolved]
    texts = csv_files.read(run.spark, run.dataset.source.csv, headers, columns)
    parsed = Observation("parsed")
    counted = rows.checked(texts, run.dataset).observe(
        parsed, F.count(F.lit(1)).alias("read"), F.count(F.when(F.col(rows.BAD), 1)).alias("bad")
    )
    good = rows.good(counted, run.dataset, evolved)
    if run.dataset.primary_key:
        ranked = Observation("ranked")
        good = rows.ranked(good, run.dataset).observe(
            ranked, F.count(F.when(F.col(rows.RANK) > 1, 1)).alias("duplicates")
        )
        good = good.where(F.col(rows.RANK) == 1)
    stamped = good.withColumn(lake.INGESTED_AT, _ingested_at(run, batch))
    lake.replace_batch(stamped, run.spark, run.processed_table, batch)
    quarantined = parsed.get["bad"]
    if quarantined:
        bad = rows.bad(rows.checked(texts, run.dataset), run.dataset)
        lake.replace_batch(bad, run.spark, run.quarantine_table, batch)
    return parsed.get["read"], quarantined, ranked.get["duplicates"] if run.dataset.primary_key else 0


def _ensure_tables(run: Run, evolved: Sequence[str]) -> None:
    table = lake.processed(run.processed_table, run.dataset)
    new = [lake.TableColumn(name, "string", "New in the source, not in the contract") for name in evolved]
    lake.ensure(run.spark, replace(table, columns=(*table.columns, *new)))
    lake.ensure(run.spark, lake.quarantine(run.quarantine_table, run.dataset))


def _headers(run: Run, batch: str) -> dict[str, list[str]]:
    """{path: column names} of the batch's files; an empty file has no rows and is journaled."""
    manifest = run.ledger.committed("ingest", batch)["manifest"]
    body = run.s3.get_object(Bucket=run.options.raw_bucket, Key=manifest)["Body"].read()
    keys = [file["key"] for file in json.loads(body)["files"]]
    with ThreadPoolExecutor(_PARALLEL_READS) as pool:
        headers = dict(zip(keys, pool.map(lambda key: _header(run, key), keys), strict=True))
    empty = [key for key, names in headers.items() if names is None]
    if empty:
        run.journal.event("files-empty", batch=batch, files=empty)
    return {f"s3://{run.options.raw_bucket}/{key}": names for key, names in headers.items() if names is not None}


def _header(run: Run, key: str) -> list[str] | None:
    options = run.dataset.source.csv
    with run.s3.get_object(Bucket=run.options.raw_bucket, Key=key)["Body"] as body:
        start = body.read(csv_files.HEADER_BYTES)
    if options.header or not start:
        return csv_files.header(start, options, key)
    return [column.name for column in run.dataset.columns]


def _ingested_at(run: Run, batch: str) -> SparkColumn:
    return F.lit(run.ledger.committed("ingest", batch)["committed_at"]).cast("timestamp")
