"""The table of a data set's processed rows: one partition per batch, and within it one for rejected rows.

One pass over the source writes good and rejected rows alike. The rejected ones are then moved to the quarantine table,
and what the ledger records is the snapshot after that: it holds the good rows and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from . import lake
from .definition import DataSet
from .lake import BATCH_COLUMNS, BATCH_ID, Snapshot, Table, TableColumn, literal

REJECTED, REJECTION = "_rejected", "_rejection"
_REJECTION_TYPE = "struct<file:string,reasons:array<string>,raw:string>"


def table(name: str, dataset: DataSet, columns: Sequence[TableColumn]) -> Table:
    """The table with these data columns."""
    own = (
        TableColumn(REJECTED, "boolean", "False; true only while a batch is written"),
        TableColumn(REJECTION, _REJECTION_TYPE, "Null; why the row is rejected while a batch is written"),
    )
    partition_by = (BATCH_ID, REJECTED)
    return Table(
        name, dataset.description, (*columns, *BATCH_COLUMNS, *own), partition_by, properties=lake.WRITE_AS_READ
    )


def rejected(spark: SparkSession, name: str, batch: str) -> DataFrame:
    """The rejected rows of a batch that is being written: file (as S3 has it; Spark gives a URL), reasons, raw."""
    found = spark.table(name).where(lake.of_batch(batch) & F.col(REJECTED)).select(f"{REJECTION}.*")
    # `url_decode` exists from Spark 3.4 on only.
    file = F.expr("reflect('java.net.URLDecoder', 'decode', replace(file, '+', '%2B'), 'UTF-8')").alias("file")
    return found.select(file, "reasons", "raw")


def drop_rejected(spark: SparkSession, name: str, batch: str) -> None:
    """Removes the rejected rows of a batch: a whole partition, so that only metadata are written."""
    spark.sql(f"DELETE FROM {name} WHERE {BATCH_ID} = {literal(batch)} AND {REJECTED}")


def written(spark: SparkSession, name: str) -> Snapshot:
    """The last state of the table that this session has made."""
    own = spark.sparkContext.applicationId
    return next(state for state in lake.history(spark, name) if state.summary.get("spark.app.id") == own)


def read(spark: SparkSession, name: str, batch: str, snapshot_id: int | None) -> DataFrame:
    """The good rows of a batch as of a snapshot of the table, or as they are now where that has expired."""
    reader = spark.read
    if snapshot_id is not None and lake.has_snapshot(spark, name, snapshot_id):
        reader = reader.option("snapshot-id", str(snapshot_id))
    rows = reader.table(name).where(lake.of_batch(batch) & ~F.col(REJECTED))
    return rows.drop(REJECTED, REJECTION)
