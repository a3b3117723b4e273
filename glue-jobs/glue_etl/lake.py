"""Iceberg tables in the Glue Data Catalog: their definition, and the few operations that the stages need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.utils import AnalysisException

from .definition import DataSet

BATCH_ID = "_batch_id"
INGESTED_AT = "_ingested_at"


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


# One batch per write: neither a shuffle nor a sort by partition would change a file.
_WRITE_AS_READ = {"write.distribution-mode": "none", "write.spark.fanout.enabled": "true"}
_BATCH_COLUMNS = (
    TableColumn(BATCH_ID, "string", "The batch that the row came with"),
    TableColumn(INGESTED_AT, "timestamp", "When that batch was ingested; of rows equal by the order, the latest wins"),
)


def processed(name: str, dataset: DataSet) -> Table:
    """The table of good rows, one partition per batch."""
    columns = (*_data_columns(dataset), *_BATCH_COLUMNS)
    return Table(name, dataset.description, columns, partition_by=(BATCH_ID,), properties=_WRITE_AS_READ)


def quarantine(name: str, dataset: DataSet) -> Table:
    """The table of rejected rows, one partition per batch."""
    columns = (
        TableColumn(BATCH_ID, "string", "The batch that the row came with"),
        TableColumn("file", "string", "The raw object that holds the row"),
        TableColumn("reasons", "array<string>", "Every rule that the row breaks, as `column: rule`"),
        TableColumn("raw", "string", "The row as text"),
    )
    comment = f"Rows of {dataset.name} that its contract does not allow"
    return Table(name, comment, columns, partition_by=(BATCH_ID,), properties=_WRITE_AS_READ)


def curated(name: str, dataset: DataSet) -> Table:
    """The table that people query, partitioned as the contract says and sorted by key within a file."""
    columns = (*_data_columns(dataset), *_BATCH_COLUMNS)
    return Table(name, dataset.description, columns, dataset.partition_by, sort_by=dataset.primary_key)


def ensure(spark: SparkSession, table: Table) -> None:
    """Creates the table, or adds what columns it lacks."""
    if not _exists(spark, table.name):
        _create(spark, table)
    known = set(spark.table(table.name).columns)
    missing = [_ddl(column) for column in table.columns if column.name not in known]
    if missing:
        spark.sql(f"ALTER TABLE {table.name} ADD COLUMNS ({', '.join(missing)})")


def columns_of(spark: SparkSession, name: str) -> list[TableColumn]:
    """The table's columns as they are now, which may be more than the contract's."""
    return [TableColumn(column.name, column.dataType.simpleString()) for column in spark.table(name).schema]


def aligned(frame: DataFrame, spark: SparkSession, name: str) -> DataFrame:
    """The frame with the table's columns in their order; null where the frame lacks one."""
    present = set(frame.columns)
    return frame.select(
        *(
            F.col(quoted(column.name)) if column.name in present else F.lit(None).cast(column.type).alias(column.name)
            for column in columns_of(spark, name)
        )
    )


def of_batch(batch: str) -> SparkColumn:
    """Condition: the row came with this batch."""
    return F.col(BATCH_ID) == F.lit(batch)


def count_batch(spark: SparkSession, name: str, batch: str) -> int:
    """How many rows of the batch stand in the table."""
    return spark.table(name).where(of_batch(batch)).count()


def replace_batch(frame: DataFrame, spark: SparkSession, name: str, batch: str) -> None:
    """Puts the frame in place of the batch's rows, in one commit; of a table that is partitioned by batch.

    A static overwrite, for it also empties the partition if the frame is empty. In SQL, because PySpark 3.3 cannot
    pass a condition to `DataFrameWriterV2.overwrite`.
    """
    aligned(frame, spark, name).drop(BATCH_ID).createOrReplaceTempView("replacement")
    spark.sql(f"INSERT OVERWRITE {name} PARTITION ({BATCH_ID} = {literal(batch)}) SELECT * FROM replacement")


def replace_all(frame: DataFrame, spark: SparkSession, name: str) -> None:
    """Puts the frame in place of all rows of the table, in one commit."""
    aligned(frame, spark, name).createOrReplaceTempView("replacement")
    spark.sql(f"INSERT OVERWRITE {name} SELECT * FROM replacement")


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


def _exists(spark: SparkSession, name: str) -> bool:
    try:
        spark.table(name)
    except AnalysisException:  # `catalog.tableExists` takes a name with its catalog from Spark 3.4 on only
        return False
    return True


def _data_columns(dataset: DataSet) -> list[TableColumn]:
    return [TableColumn(column.name, column.type, column.description) for column in dataset.columns]


def _create(spark: SparkSession, table: Table) -> None:
    properties = {"format-version": "2", "write.parquet.compression-codec": "zstd", **table.properties}
    partitions = ", ".join(map(quoted, table.partition_by))
    spark.sql(
        f"CREATE TABLE IF NOT EXISTS {table.name} ({', '.join(map(_ddl, table.columns))}) USING iceberg"
        + (f" PARTITIONED BY ({partitions})" if partitions else "")
        + f" COMMENT {literal(table.comment)}"
        + f" TBLPROPERTIES ({', '.join(f'{literal(key)} = {literal(value)}' for key, value in properties.items())})"
    )
    if table.sort_by:
        # Clustered by partition, for files of a useful size; sorted by key, for merges that read few of them.
        distribution = "DISTRIBUTED BY PARTITION " if partitions else ""
        order = ", ".join(map(quoted, table.sort_by))
        spark.sql(f"ALTER TABLE {table.name} WRITE {distribution}LOCALLY ORDERED BY {order}")


def _ddl(column: TableColumn) -> str:
    return f"{quoted(column.name)} {column.type} COMMENT {literal(column.comment)}"
