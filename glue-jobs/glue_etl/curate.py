"""Curate: validated batches into the table that people query."""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from . import lake
from .job import Outcome, Run
from .lake import BATCH_ID, INGESTED_AT, quoted


def run(run: Run) -> None:
    """Curates every open batch."""
    run.each_open_batch(curate_batch)


def curate_batch(run: Run, batch: str) -> Outcome:
    """Writes one batch the way the contract says; again gives the same table, and so does another order of batches.

    `published` counts the batch's rows that stand in the curated table now: fewer than were read if newer rows of
    other batches keep their place.
    """
    table = lake.curated(run.curated_table, run.dataset)
    contract = {column.name for column in table.columns}
    evolved = [column for column in lake.columns_of(run.spark, run.processed_table) if column.name not in contract]
    lake.ensure(run.spark, replace(table, columns=(*table.columns, *evolved)))

    rows = run.spark.table(run.processed_table).where(lake.of_batch(batch))
    {"merge": _merge, "append": _append, "replace": _replace}[run.dataset.write_mode](
        run, batch, lake.aligned(rows, run.spark, run.curated_table)
    )
    read = lake.count_batch(run.spark, run.processed_table, batch)
    published = lake.count_batch(run.spark, run.curated_table, batch)
    return Outcome({"read": read, "good": read, "quarantined": 0, "duplicates": 0, "published": published})


def _merge(run: Run, batch: str, rows: DataFrame) -> None:
    """One row per key: that of the greatest `order_by`; where equal, that of the batch ingested last.

    The comparison is one of structs: total, and null is less than anything, so the order of batches cannot matter.
    """
    order = [*([run.dataset.order_by] if run.dataset.order_by else []), INGESTED_AT, BATCH_ID]
    newer = " >= ".join(f"struct({', '.join(f'{side}.{quoted(name)}' for name in order)})" for side in ("new", "old"))
    same_key = " AND ".join(f"new.{quoted(name)} = old.{quoted(name)}" for name in run.dataset.primary_key)
    rows.createOrReplaceTempView("curate_batch")
    run.spark.sql(
        f"MERGE INTO {run.curated_table} AS old USING curate_batch AS new ON {same_key} "
        f"WHEN MATCHED AND {newer} THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )


def _append(run: Run, batch: str, rows: DataFrame) -> None:
    """Adds the rows, unless an attempt that died before its commit did: an append to Iceberg is there whole or not.

    Not an overwrite by batch: once compaction has put batches into one file, Iceberg refuses to replace part of it.
    """
    if lake.count_batch(run.spark, run.curated_table, batch) == 0:
        rows.writeTo(run.curated_table).append()


def _replace(run: Run, batch: str, rows: DataFrame) -> None:
    """Puts the batch in place of everything, unless the table holds one that was ingested later."""
    later = run.spark.table(run.curated_table).where(_age(F.col(INGESTED_AT), F.col(BATCH_ID)) > _age_of(run, batch))
    if later.isEmpty():
        lake.replace_all(rows, run.spark, run.curated_table)


def _age_of(run: Run, batch: str) -> SparkColumn:
    committed_at = run.ledger.committed("ingest", batch)["committed_at"]
    return _age(F.lit(committed_at).cast("timestamp"), F.lit(batch))


def _age(ingested_at: SparkColumn, batch: SparkColumn) -> SparkColumn:
    return F.struct(ingested_at.alias(INGESTED_AT), batch.alias(BATCH_ID))
