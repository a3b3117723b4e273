"""Commits to Iceberg tables that stay right if another run, which has lost its lease and does not know, commits too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from . import lake
from .lake import BATCH_ID, Snapshot, literal, quoted

T = TypeVar("T")

# Of a table whose appends are staged, and published by name.
STAGED_APPENDS = {"write.wap.enabled": "true"}
_ATTEMPTS = 5


def append(frame: DataFrame, spark: SparkSession, name: str, batch: str) -> int:
    """Adds the rows under the batch's name, which Iceberg takes once; answers how many stand under it.

    An attempt that died before it published left its rows staged: they are published now. The table needs the
    properties STAGED_APPENDS.
    """
    staged = _staged(spark, name, batch)
    if staged is None:
        spark.conf.set("spark.wap.id", batch)
        try:
            lake.aligned(frame, spark, name).writeTo(name).append()
        finally:
            spark.conf.unset("spark.wap.id")
        staged = _staged(spark, name, batch)
    _publish(spark, name, staged)
    return staged.count("added-records")


def replace_all(
    frame: DataFrame, spark: SparkSession, name: str, since: Snapshot | None, notes: Mapping[str, str] | None = None
) -> None:
    """Puts the rows in place of all that the snapshot `since` held, in one commit, with `notes` in its summary.

    Iceberg refuses it (see `undisturbed`) if rows were added after that snapshot.
    """
    writer = lake.aligned(frame, spark, name).writeTo(name).option("isolation-level", "serializable")
    if since:
        writer = writer.option("validate-from-snapshot-id", str(since.id))
    for key, value in (notes or {}).items():
        writer = writer.option(f"snapshot-property.{key}", value)
    lake.overwrite(writer, F.lit(True))


def exchange_batch(frame: DataFrame, spark: SparkSession, name: str, batch: str) -> None:
    """Puts the rows in place of those that came with the batch, in one commit, whichever files these are in.

    A merge with one row that finds the old ones, by their batch, and others that find none.
    """
    rows = lake.aligned(frame, spark, name)
    # New rows get a text that no batch has, and not null, or one task would have them all.
    new = rows.select(
        "*", F.concat(F.lit(" "), F.xxhash64(*map(quoted, rows.columns)).cast("string")).alias("_replaces")
    )
    old = spark.sql(f"SELECT {literal(batch)} AS _replaces")
    new.unionByName(old, allowMissingColumns=True).createOrReplaceTempView("exchange")
    spark.sql(
        f"MERGE INTO {name} AS old USING exchange AS new "
        f"ON old.{BATCH_ID} = new._replaces AND old.{BATCH_ID} = {literal(batch)} "
        f"WHEN MATCHED THEN DELETE WHEN NOT MATCHED AND new.{BATCH_ID} IS NOT NULL THEN {insert_of(rows.columns)}"
    )


def insert_of(columns: Sequence[str]) -> str:
    """The clause of a merge that inserts these columns of `new`. Its `*` takes a dot in a name for a path."""
    return f"INSERT ({', '.join(map(quoted, columns))}) VALUES ({', '.join(f'new.{quoted(name)}' for name in columns)})"


def undisturbed(work: Callable[[], T]) -> T:
    """Does `work` again where another commit came between what it read and what it wrote, a few times."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return work()
        except Py4JJavaError as error:
            if not _is_conflict(error.java_exception):
                raise
    return work()


def added_since(spark: SparkSession, name: str, since: Snapshot | None) -> int:
    """How many rows this session's last commit to the table wrote; 0 if it has made none since that snapshot."""
    own = spark.sparkContext.applicationId
    for snapshot in lake.history(spark, name):
        if since and snapshot.id == since.id:
            break
        if snapshot.summary.get("spark.app.id") == own:
            return snapshot.count("added-records")
    return 0


def _staged(spark: SparkSession, name: str, batch: str) -> Snapshot | None:
    row = spark.sql(
        f"SELECT snapshot_id, parent_id, operation, summary FROM {name}.snapshots "
        f"WHERE summary['wap.id'] = {literal(batch)} ORDER BY committed_at LIMIT 1"
    ).first()
    return row and Snapshot(*row)


def _publish(spark: SparkSession, name: str, staged: Snapshot) -> None:
    catalog, table = name.split(".", 1)
    try:
        spark.sql(f"CALL {catalog}.system.cherrypick_snapshot({literal(table)}, {staged.id})")
    except Py4JJavaError as error:
        if "DuplicateWAPCommitException" not in error.java_exception.toString():
            raise


def _is_conflict(error: object) -> bool:
    """Spark 3.3 wraps what Iceberg says."""
    while error is not None:
        if error.getClass().getSimpleName() == "ValidationException":
            return True
        error = error.getCause()
    return False
