"""Files of a useful size, 128 to 512 MB, whatever the batch's size, the number of workers and the partitioning.

Derived from the batch's bytes alone: Spark's own defaults cut work by the number of cores, and so files too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil

from pyspark.sql import DataFrame, SparkSession

from .lake import quoted

# What a task is given to write; between 0.67 and 1.5 times as much where a batch is no multiple of it.
FILE_BYTES = 256 * 2**20
# Rows take this many times as much in a shuffle (LZ4) as in Parquet (zstd): 4.8 was measured on TPC-H line items; from
# 2 to 8, files stay within the bounds.
SHUFFLE_RATIO = 4
# A task that writes to this many partitions still writes files of a useful size.
FEW_PARTITIONS = 2
# A shuffle starts with so many partitions per file; Spark joins those that turn out small.
_GRAINS = 8

# Text takes this many times as much as the same rows in Parquet; 3.6 was measured on TPC-H line items.
TEXT_RATIO = 4
# Bounds to what one task reads of text: 128 and 512 MB in Parquet.
_LEAST_TEXT, _MOST_TEXT = (TEXT_RATIO * size * 2**20 for size in (128, 512))


@dataclass(frozen=True)
class Layout:
    """How a batch is written: by how many tasks, and whether its rows are brought together by partition first."""

    tasks: int
    clustered: bool
    shuffle_partitions: int


def plan(size: int, partitions: int = 1) -> Layout:
    """The layout of a batch of `size` bytes in Parquet whose rows fall into so many partitions of the table."""
    return Layout(
        tasks=max(1, round(size / FILE_BYTES)),
        clustered=partitions > FEW_PARTITIONS,
        shuffle_partitions=max(1, ceil(_GRAINS * size / FILE_BYTES)),
    )


def arranged(frame: DataFrame, spark: SparkSession, layout: Layout, partition_by: Sequence[str]) -> DataFrame:
    """The same rows, in tasks as the layout says.

    Rows of one partition go to one task, and Spark divides a task that becomes too large: by the pieces that the tasks
    before it wrote, so those must not be larger than a file.
    """
    if not (layout.clustered and partition_by):
        return frame.coalesce(layout.tasks)
    frame.createOrReplaceTempView("unarranged")
    return spark.sql(f"SELECT /*+ REBALANCE({', '.join(map(quoted, partition_by))}) */ * FROM unarranged")


def prepare(spark: SparkSession, layout: Layout) -> None:
    """Sets what makes the tasks of a shuffle as large as those without one."""
    spark.conf.set("spark.sql.shuffle.partitions", str(layout.shuffle_partitions))
    spark.conf.set("spark.sql.adaptive.advisoryPartitionSizeInBytes", str(FILE_BYTES * SHUFFLE_RATIO))
    spark.conf.set("spark.sql.adaptive.coalescePartitions.parallelismFirst", "false")


def text_tasks(size: int, cores: int) -> int:
    """How many tasks are to read a batch of `size` bytes of text: full waves of the cores, within the bounds."""
    waves = ceil(size / (cores * _MOST_TEXT))
    return max(1, min(cores * waves, size // _LEAST_TEXT))


@contextmanager
def for_text(spark: SparkSession, size: int) -> Iterator[None]:
    """While it lasts, `size` bytes of text are read, and shuffled, by tasks that write files of a useful size."""
    tasks = text_tasks(size, spark.sparkContext.defaultParallelism)
    settings = {
        "spark.sql.files.maxPartitionBytes": str(max(2**20, ceil(size / tasks))),
        "spark.sql.files.minPartitionNum": "1",
        "spark.sql.shuffle.partitions": str(tasks),
        "spark.sql.adaptive.coalescePartitions.enabled": "false",
    }
    before = {name: spark.conf.get(name, None) for name in settings}
    for name, value in settings.items():
        spark.conf.set(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            spark.conf.unset(name) if value is None else spark.conf.set(name, value)
