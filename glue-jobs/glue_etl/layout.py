"""Files of a useful size, about 128 to 512 MB, whatever the batch's size, the number of workers and the partitioning.

How many tasks write a batch follows from its bytes; the cores only say how many within these bounds. Spark's own
defaults cut the work by the cores alone, and so the files too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil

from pyspark.sql import DataFrame, SparkSession

from .lake import quoted

# What a task is given to write, in bytes of Parquet. Where tasks are uneven, no file is above 512 MB: that is Iceberg's
# default for `write.target-file-size-bytes`.
LEAST_BYTES, MOST_BYTES = 128 * 2**20, 384 * 2**20
# The same rows take so many times as much in a shuffle (LZ4) and as text as they do in Parquet (zstd). 4.8 and 3.6 were
# measured on TPC-H line items.
SHUFFLE_RATIO, TEXT_RATIO = 4, 4
# A task that writes to so many partitions still writes files of a useful size.
FEW_PARTITIONS = 2
# A task's share comes in so many pieces, which Spark puts together: of a shuffle, and of files, whose sizes differ.
_GRAINS = 8
# So much text, as rows, is sorted in memory.
_SORTED_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Layout:
    """How a batch is written: by how many tasks of what size in Parquet, and whether it is shuffled by partition."""

    tasks: int
    task_bytes: int
    clustered: bool


def plan(size: int, cores: int, partitions: int = 1) -> Layout:
    """The layout of a batch of `size` bytes in Parquet whose rows fall into so many partitions of the table."""
    tasks = tasks_of(size, cores)
    return Layout(tasks, max(LEAST_BYTES, size // tasks), clustered=partitions > FEW_PARTITIONS)


def tasks_of(size: float, cores: int) -> int:
    """How many tasks are to write `size` bytes of Parquet: full waves of the cores, within the bounds."""
    waves = ceil(size / (cores * MOST_BYTES))
    return max(1, min(cores * waves, round(size / LEAST_BYTES)))


def text_tasks(size: int, cores: int) -> int:
    """How many tasks are to read a batch of `size` bytes of text."""
    return tasks_of(size / TEXT_RATIO, cores)


def arranged(frame: DataFrame, spark: SparkSession, layout: Layout, partition_by: Sequence[str]) -> DataFrame:
    """The same rows, in tasks as the layout says.

    Rows of one partition go to one task, and Spark divides a task that becomes too large: by the pieces that the tasks
    before it wrote, so those must not be larger than a file.
    """
    if not (layout.clustered and partition_by):
        return frame.coalesce(layout.tasks)
    frame.createOrReplaceTempView("unarranged")
    return spark.sql(f"SELECT /*+ REBALANCE({', '.join(map(quoted, partition_by))}) */ * FROM unarranged")


def prepare(spark: SparkSession, layout: Layout, table_bytes: int) -> None:
    """Sets what makes the tasks of a shuffle as large as those without one, be it of a join with the table."""
    partitions = layout.tasks * _GRAINS + table_bytes // MOST_BYTES
    spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
    spark.conf.set("spark.sql.adaptive.advisoryPartitionSizeInBytes", str(layout.task_bytes * SHUFFLE_RATIO))
    spark.conf.set("spark.sql.adaptive.coalescePartitions.parallelismFirst", "false")


@contextmanager
def for_text(spark: SparkSession, size: int) -> Iterator[tuple[int, int]]:
    """While it lasts, `size` bytes of text are read in small pieces, and shuffled in pieces that memory can sort.

    Gives the number of tasks that are to write them, and the number of pieces of a shuffle.
    """
    tasks = text_tasks(size, spark.sparkContext.defaultParallelism)
    pieces = tasks * min(_GRAINS, ceil(size / tasks / _SORTED_BYTES) or 1)
    settings = {
        "spark.sql.files.maxPartitionBytes": str(max(2**20, ceil(size / tasks / _GRAINS))),
        "spark.sql.files.minPartitionNum": "1",
        "spark.sql.shuffle.partitions": str(pieces),
        "spark.sql.adaptive.coalescePartitions.enabled": "false",
    }
    before = {name: spark.conf.get(name, None) for name in settings}
    for name, value in settings.items():
        spark.conf.set(name, value)
    try:
        yield tasks, pieces
    finally:
        for name, value in before.items():
            spark.conf.unset(name) if value is None else spark.conf.set(name, value)
