import unittest
import uuid
from dataclasses import replace
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


class TextTest(unittest.TestCase):
    def test_files_are_of_a_useful_size_whatever_the_text_and_the_cores(self):
        for size in (600, 1100, 5000, 100_000, 1_000_000):
            for cores in (2, 8, 80, 1000):
                each = size / layout.text_tasks(size * MB, cores)
                self.assertTrue(500 <= each <= 2048, (size, cores, each))
        self.assertEqual(layout.text_tasks(10, 80), 1)


class FilesTest(unittest.TestCase):
    """The real thing with kilobytes for a few megabytes: 0.8 MB of rows in files of 32 to 128 KB."""

    KB = 1024
    LEAST, MOST = 32 * KB, 96 * KB
    ROWS = 75_000

    def setUp(self):
        patch = mock.patch.multiple(layout, LEAST_BYTES=self.LEAST, MOST_BYTES=self.MOST)
        patch.start()
        self.addCleanup(patch.stop)

    def batch(self, partition: str, **changes) -> Batches:
        """A data set with one batch, partitioned by the value of an expression."""
        made = Batches(things(**{"partition_by": ("part",), **changes}))
        name = "concat('thing ', left(md5(string(id)), 12)) AS name"
        row = f"{name}, id % 1000 AS number, date_add(date'2026-01-01', id % 100) AS day"
        made.add(
            "b0",
            f"SELECT id, {partition} AS part, {row} FROM (SELECT cast(id AS int) FROM range(0, {self.ROWS}, 1, 8))",
            {
                "write.parquet.row-group-size-bytes": str(self.LEAST),
                "read.split.target-size": str(self.LEAST),
                "read.split.open-file-cost": str(self.KB),
            },
        )
        return made

    def curated(self, made: Batches, database: str = "curated") -> list[tuple]:
        """(bytes, rows) of each data file of the curated table."""
        made.curate("b0", database=database)
        table = f"glue_catalog.{database}.{made.of.name}.files"
        return spark().sql(f"SELECT file_size_in_bytes, record_count FROM {table} WHERE content = 0").collect()

    def check_sizes(self, files: list[tuple]) -> None:
        sizes = sorted(size for size, _ in files)
        self.assertGreater(sum(sizes), 8 * self.LEAST, sizes)
        self.assertTrue(sizes[0] >= self.LEAST and sizes[-1] <= 4 * self.LEAST, sizes)
        self.assertEqual(sum(rows for _, rows in files), self.ROWS)

    def test_not_partitioned(self):
        made = self.batch("0", partition_by=())
        for write_mode in ("append", "merge", "replace"):
            with self.subTest(write_mode):
                made.of = replace(made.of, write_mode=write_mode)
                self.check_sizes(self.curated(made, database=write_mode))

    def test_all_rows_in_one_partition(self):
        self.check_sizes(self.curated(self.batch("id * 0")))

    def test_partitions_of_different_sizes(self):
        self.check_sizes(self.curated(self.batch("floor(log2(1 + id % 15))")))

    def test_a_quarter_of_days(self):
        files = self.curated(self.batch("date_add(date'2026-01-01', id % 90)"))
        self.assertEqual(len(files), 90)


def things(**changes) -> DataSet:
    columns = [Column("id", "int"), Column("part", "int"), Column("name", "string"), Column("number", "bigint")]
    defaults = {"primary_key": ("id",), "write_mode": "append"}
    return dataset([*columns, Column("day", "date")], name=f"things_{uuid.uuid4().hex[:8]}", **{**defaults, **changes})
