import unittest
import uuid
from unittest import mock

from glue_etl import layout
from glue_etl.definition import Column, DataSet

from .batches import Batches
from .support import dataset, spark

MB, GB = 2**20, 2**30


class PlanTest(unittest.TestCase):
    def test_files_are_of_a_useful_size_whatever_the_batch_and_the_cores(self):
        for size in (100, 128, 200, 400, 1000, 10_001, 3_000_000):
            for cores in (1, 2, 8, 80, 1000):
                with self.subTest(size=size, cores=cores):
                    each = size / layout.plan(size * MB, cores).tasks
                    self.assertTrue(96 <= each <= 384, each)

    def test_all_cores_write_where_there_is_enough_for_them(self):
        self.assertEqual([layout.plan(GB, cores).tasks for cores in (2, 3, 8, 80)], [4, 3, 8, 8])
        self.assertEqual([layout.plan(size, 80).tasks for size in (0, 1, 100 * MB, 210 * MB)], [1, 1, 1, 2])

    def test_rows_are_shuffled_where_a_task_would_write_to_many_partitions(self):
        clustered = [layout.plan(GB, 2, partitions).clustered for partitions in (1, 2, 3, 365)]
        self.assertEqual(clustered, [False, False, True, True])


class FilesTest(unittest.TestCase):
    """The real thing with kilobytes for megabytes: 3 MB of rows in files of 128 to 512 KB."""

    KB = 1024
    ROWS = 300_000

    def setUp(self):
        patch = mock.patch.multiple(layout, LEAST_BYTES=128 * self.KB, MOST_BYTES=384 * self.KB)
        patch.start()
        self.addCleanup(patch.stop)

    def curated(self, partition: str, **changes) -> list[tuple]:
        """(bytes, rows) of each data file of a table with one batch, partitioned by the value of an expression."""
        of = things(**{"partition_by": ("part",), **changes})
        made = Batches(of)
        name = "concat('thing ', left(md5(string(id)), 12)) AS name"
        row = f"{name}, id % 1000 AS number, date_add(date'2026-01-01', id % 100) AS day"
        made.add(
            "b0",
            f"SELECT id, {partition} AS part, {row} FROM (SELECT cast(id AS int) FROM range(0, {self.ROWS}, 1, 8))",
            {
                "write.parquet.row-group-size-bytes": str(128 * self.KB),
                "read.split.target-size": str(128 * self.KB),
                "read.split.open-file-cost": str(4 * self.KB),
            },
        )
        made.curate("b0")
        return (
            spark()
            .sql(f"SELECT file_size_in_bytes, record_count FROM glue_catalog.curated.{of.name}.files WHERE content = 0")
            .collect()
        )

    def check_sizes(self, files: list[tuple]) -> None:
        sizes = sorted(size // self.KB for size, _ in files)
        self.assertGreater(sum(sizes), 1024, sizes)
        self.assertTrue(sizes[0] >= 128 and sizes[-1] <= 512, sizes)
        self.assertEqual(sum(rows for _, rows in files), self.ROWS)

    def test_not_partitioned(self):
        for write_mode in ("append", "merge", "replace"):
            with self.subTest(write_mode):
                self.check_sizes(self.curated("0", partition_by=(), write_mode=write_mode))

    def test_all_rows_in_one_partition(self):
        self.check_sizes(self.curated("id * 0"))

    def test_partitions_of_different_sizes(self):
        self.check_sizes(self.curated("floor(log2(1 + id % 15))"))

    def test_a_year_of_days(self):
        files = self.curated("date_add(date'2026-01-01', id % 365)")
        self.assertEqual(len(files), 365)


def things(**changes) -> DataSet:
    columns = [Column("id", "int"), Column("part", "int"), Column("name", "string"), Column("number", "bigint")]
    defaults = {"primary_key": ("id",), "write_mode": "append"}
    return dataset([*columns, Column("day", "date")], name=f"things_{uuid.uuid4().hex[:8]}", **{**defaults, **changes})
