"""Iceberg tables in the Glue Data Catalog: their definition, and the few operations that the stages need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.readwriter import DataFrameWriterV2
from pyspark.sql.utils import AnalysisException

from .definition import DataSet
from .errors import TableSchemaError

BATCH_ID = "_batch_id"
INGESTED_AT = "_ingested_at"

_WIDER = {"int": "bigint", "float": "double"}
_DECIMAL = re.compile(r"decimal\((?P<precision>\d+),(?P<scale>\d+)\)")


@dataclass(frozen=True)
class TableColumn:
    """Name, Spark SQL type, comment."""

    name: str
    type: str
    comment: str = ""


@dataclass(frozen=True)
class Table:
    """What a table is to be like. `partition_by` and `sort_by` hold column names; partitions are by identity."""

    name: str
    comment: str
    columns: Sequence[TableColumn]
    partition_by: Sequence[str] = ()
    sort_by: Sequence[str] = ()
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """A state of a table. `summary` holds Iceberg's counts of what its commit changed, as texts.

    `operation` is append, overwrite or delete, or replace where other files hold the same rows.
    """

    id: int
    parent: int | None
    operation: str
    summary: Mapping[str, str]

    def count(self, name: str) -> int:
        """One of the summary's counts, such as `added-records`; Iceberg leaves out those that are 0."""
        return int(self.summary.get(name, 0))

    @property
    def is_empty(self) -> bool:
        """Whether the table is known to hold no rows; one that rows were deleted from need not say so."""
        return self.summary.get("total-records") == "0"


# One batch per write: neither a shuffle nor a sort by partition would change a file.
WRITE_AS_READ = {"write.distribution-mode": "none", "write.spark.fanout.enabled": "true"}
BATCH_COLUMNS = (
    TableColumn(BATCH_ID, "string", "The batch that the row came with"),
    TableColumn(INGESTED_AT, "timestamp", "When that batch was ingested; of rows equal by the order, the latest wins"),
)


def quarantine(name: str, dataset: DataSet) -> Table:
    """The table of rejected rows, one partition per batch."""
    columns = (
        TableColumn(BATCH_ID, "string", "The batch that the row came with"),
        TableColumn("file", "string", "The raw object that holds the row"),
        TableColumn("reasons", "array<string>", "Every rule that the row breaks, as `column: rule`"),
        TableColumn("raw", "string", "The row as text"),
        TableColumn("line", "bigint", "The line that the row begins in, from 1 on; of files of text"),
        TableColumn("byte", "bigint", "The offset of its first byte, from 0 on; of files of text"),
    )
    comment = f"Rows of {dataset.name} that its contract does not allow"
    return Table(name, comment, columns, partition_by=(BATCH_ID,), properties=WRITE_AS_READ)


def ensure(spark: SparkSession, table: Table) -> None:
    """Creates the table, or has it catch up: columns, wider types, comments, properties. No column is lost or narrowed.

    Raises TableSchemaError, before it changes anything, where a column's type is neither that of the table nor wider.
    """
    if not exists(spark, table.name):
        _create(spark, table)
    present = {column.name: column for column in columns_of(spark, table.name)}
    kept = [(present[column.name], column) for column in table.columns if column.name in present]
    changed = [(is_now, column) for is_now, column in kept if is_now.type != column.type]
    for is_now, column in changed:
        if widest(is_now.type, column.type) != column.type:
            raise TableSchemaError(
                f"{table.name}: column {column.name} is {is_now.type} and is to be {column.type}, but Iceberg "
                "widens int to bigint, float to double and decimals to more digits, and nothing else. Write "
                f"{is_now.type} into the contract, or give the column of the new type a new name"
            )
    missing = [_ddl(column) for column in table.columns if column.name not in present]
    if missing:
        spark.sql(f"ALTER TABLE {table.name} ADD COLUMNS ({', '.join(missing)})")
    for _, column in changed:
        spark.sql(f"ALTER TABLE {table.name} ALTER COLUMN {quoted(column.name)} TYPE {column.type}")
    for is_now, column in kept:
        if is_now.comment != column.comment:
            spark.sql(f"ALTER TABLE {table.name} ALTER COLUMN {quoted(column.name)} COMMENT {literal(column.comment)}")
    set_properties(spark, table.name, {"comment": table.comment, **table.properties})


def properties(spark: SparkSession, name: str) -> dict[str, str]:
    """The table's properties as they are now."""
    return dict(_loaded(spark, name).properties())


def location(spark: SparkSession, name: str) -> str:
    """URI of the folder that the table's files lie in."""
    return _loaded(spark, name).location()


def set_properties(spark: SparkSession, name: str, wanted: Mapping[str, str]) -> None:
    """Sets those of the properties that are not so yet."""
    present = properties(spark, name)
    different = {key: value for key, value in wanted.items() if present.get(key) != value}
    if different:
        spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ({_pairs(different)})")


def widest(one: str, other: str) -> str | None:
    """The one of two Spark SQL types that holds both, as far as Iceberg widens columns; None if neither does.

    Source: the table specification of Iceberg, "Schema Evolution".
    """
    if one == other or _WIDER.get(other) == one:
        return one
    if _WIDER.get(one) == other:
        return other
    decimals = _DECIMAL.fullmatch(one), _DECIMAL.fullmatch(other)
    if not all(decimals) or decimals[0]["scale"] != decimals[1]["scale"]:
        return None
    return max(decimals, key=lambda decimal: int(decimal["precision"]))[0]


def not_narrower(columns: Sequence[TableColumn], spark: SparkSession, name: str) -> list[TableColumn]:
    """The columns, each in the type that it has in the table already if that is wider."""
    present = {column.name: column.type for column in columns_of(spark, name)} if exists(spark, name) else {}
    return [
        replace(column, type=widest(column.type, present.get(column.name, column.type)) or column.type)
        for column in columns
    ]


def columns_of(spark: SparkSession, name: str) -> list[TableColumn]:
    """The table's columns as they are now, which may be more than the contract's."""
    return [
        TableColumn(column.name, column.dataType.simpleString(), column.metadata.get("comment", ""))
        for column in spark.table(name).schema
    ]


def aligned(frame: DataFrame, spark: SparkSession, name: str) -> DataFrame:
    """The frame with the table's columns, in their order and types; null where the frame lacks one."""
    return frame.select(*shaped({column: F.col(quoted(column)) for column in frame.columns}, spark, name))


def shaped(values: Mapping[str, SparkColumn], spark: SparkSession, name: str) -> list[SparkColumn]:
    """The table's columns, in their order and types, with these values by name; null where there is none."""
    return [
        values.get(column.name, F.lit(None)).cast(column.type).alias(column.name) for column in columns_of(spark, name)
    ]


def current_snapshot(spark: SparkSession, name: str) -> Snapshot | None:
    """The state of the table now; None if nothing was ever written to it."""
    return next(history(spark, name), None)


def history(spark: SparkSession, name: str) -> Iterator[Snapshot]:
    """The snapshots that led to what the table holds now, the last first, as far as they are still kept."""
    table = _loaded(spark, name)
    snapshot = table.currentSnapshot()
    while snapshot is not None:
        found = Snapshot(snapshot.snapshotId(), snapshot.parentId(), snapshot.operation(), dict(snapshot.summary()))
        yield found
        snapshot = None if found.parent is None else table.snapshot(found.parent)


def has_snapshot(spark: SparkSession, name: str, id: int) -> bool:
    """Whether this state of the table is still kept."""
    return _loaded(spark, name).snapshot(id) is not None


def of_batch(batch: str) -> SparkColumn:
    """Condition: the row came with this batch."""
    return F.col(BATCH_ID) == F.lit(batch)


def count_batch(spark: SparkSession, name: str, batch: str) -> int:
    """How many rows of the batch stand in the table."""
    return spark.table(name).where(of_batch(batch)).count()


def replace_batch(frame: DataFrame, name: str, batch: str) -> None:
    """Puts the frame, which has the table's columns, in place of all that the table has of the batch, in one commit.

    A static overwrite, for it also empties the partition if the frame is empty.
    """
    overwrite(frame.writeTo(name), of_batch(batch))


def overwrite(writer: DataFrameWriterV2, condition: SparkColumn) -> None:
    """Writes in place of the rows that the condition holds for. The method of PySpark 3.3 does not take one."""
    writer._jwriter.overwrite(condition._jc)


def clear_batch(spark: SparkSession, name: str, batch: str) -> None:
    """Removes what an earlier attempt left of the batch."""
    if not spark.table(name).where(of_batch(batch)).isEmpty():
        spark.sql(f"DELETE FROM {name} WHERE {BATCH_ID} = {literal(batch)}")


def quoted(name: str) -> str:
    """A column name for SQL."""
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """A string literal for SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def exists(spark: SparkSession, name: str) -> bool:
    """Whether the catalog has the table."""
    try:
        spark.table(name)
    except AnalysisException:  # `catalog.tableExists` takes a name with its catalog from Spark 3.4 on only
        return False
    return True


def _loaded(spark: SparkSession, name: str) -> Any:
    """Iceberg's own view of the table, as fresh as the catalog; metadata only, no job of Spark's."""
    table = spark._jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, name)
    table.refresh()
    return table


def _pairs(properties: Mapping[str, str]) -> str:
    return ", ".join(f"{literal(key)} = {literal(value)}" for key, value in properties.items())


def _create(spark: SparkSession, table: Table) -> None:
    all_properties = {
        "format-version": "2",
        "write.parquet.compression-codec": "zstd",
        # Of the metadata files that each commit replaces, the last hundred stay.
        "write.metadata.delete-after-commit.enabled": "true",
        **table.properties,
    }
    partitions = ", ".join(map(quoted, table.partition_by))
    spark.sql(
        f"CREATE TABLE IF NOT EXISTS {table.name} ({', '.join(map(_ddl, table.columns))}) USING iceberg"
        + (f" PARTITIONED BY ({partitions})" if partitions else "")
        + f" COMMENT {literal(table.comment)}"
        + f" TBLPROPERTIES ({_pairs(all_properties)})"
    )
    if table.sort_by:
        spark.sql(f"ALTER TABLE {table.name} WRITE LOCALLY ORDERED BY {', '.join(map(quoted, table.sort_by))}")


def _ddl(column: TableColumn) -> str:
    return f"{quoted(column.name)} {column.type} COMMENT {literal(column.comment)}"
