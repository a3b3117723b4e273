import unittest
import uuid
from collections.abc import Sequence
from itertools import permutations, product
from unittest import mock

import pytest

from glue_etl import commits, lake, layout
from glue_etl.definition import Column, DataSet, DeleteMarker
from glue_etl.errors import TableSchemaError
from glue_etl.ledger import Ledger

from .batches import Batches
from .support import IS_SPARK_33, dataset, spark

COLUMNS = [
    Column("id", "int", "The thing's key"),
    Column("name", "string"),
    Column("at", "int"),
    Column("op", "string"),
]


def things(**changes) -> DataSet:
    """A data set of its own for each test: merged by id, the greatest `at` wins, op D deletes."""
    defaults = {
        "primary_key": ("id",),
        "order_by": "at",
        "write_mode": "merge",
        "delete_marker": DeleteMarker("op", "D"),
    }
    return dataset(COLUMNS, name=f"things_{uuid.uuid4().hex[:8]}", **{**defaults, **changes})


def plain(write_mode: str, **changes) -> DataSet:
    """A data set without a key."""
    return things(write_mode=write_mode, primary_key=(), order_by=None, delete_marker=None, **changes)


def values(*rows: str) -> str:
    """A query of things: `id, name, at, op` each."""
    return f"SELECT * FROM VALUES {', '.join(f'({row})' for row in rows)} AS t (id, name, at, op)"


NOTHING = values("0, '', 0, ''") + " WHERE false"


@pytest.mark.engine
class AnyOrderTest(unittest.TestCase):
    """Every fate that a key can have in a few batches, each by a key of its own, in every order of the batches."""

    FATES = (None, *product("UD", (1, 2, None)))

    def check(self, of: DataSet, batches: int) -> None:
        keys = list(product(self.FATES, repeat=batches))
        made, ids = Batches(of), [f"b{number}" for number in range(batches)]
        for number, id in enumerate(ids):
            rows = [(key, fates[number]) for key, fates in enumerate(keys) if fates[number]]
            made.add(id, values(*(f"{key}, '{id}', {at or 'NULL'}, '{op}'" for key, (op, at) in rows)))
        expected = oracle(keys, is_ordered=of.order_by is not None)
        for order in permutations(ids):
            database = "_".join(order)
            with self.subTest(order):
                made.curate(*order, database=database)
                self.assertEqual(made.rows(database), expected)
        with self.subTest("a batch of before again"):
            made.curate(ids[0], database=database)
            self.assertEqual(made.rows(database), expected)

    def test_by_the_order_of_the_contract(self):
        # A third batch has the engine do nothing that it did not for the second: what it proves is the jobs' own.
        self.check(things(partition_by=("name",)), batches=2 if IS_SPARK_33 else 3)

    def test_by_the_time_of_ingestion(self):
        self.check(things(order_by=None), batches=2)


def oracle(keys: Sequence[tuple], is_ordered: bool) -> list[tuple]:
    """The table in plain Python: of a key the newest version counts; it is a row, or there is none."""
    table = []
    for key, fates in enumerate(keys):
        versions = [(at or 0 if is_ordered else 0, number, op, at) for number, (op, at) in present(fates)]
        _, number, op, at = max(versions, default=(0, 0, "D", None))
        if op == "U":
            table.append((key, f"b{number}", at, op))
    return sorted(table, key=str)


def present(fates: tuple) -> list[tuple]:
    return [(number, fate) for number, fate in enumerate(fates) if fate]


class MergeTest(unittest.TestCase):
    @pytest.mark.engine
    def test_counts(self):
        made = Batches(things())
        made.add("b0", values("1, 'a', 5, 'U'", "2, 'a', 1, 'U'"))
        made.add("b1", values("1, 'older', 4, 'U'", "2, 'newer', 2, 'U'", "3, 'new', 1, 'U'", "9, 'gone', 1, 'D'"))
        made.add("b2", values("2, 'gone', 3, 'D'"))
        made.add("b3", NOTHING)
        counts = made.curate("b0", "b1", "b2", "b3")
        self.assertEqual(
            [(c["good"], c["published"], c["deleted"]) for c in counts], [(2, 2, 0), (4, 2, 1), (1, 0, 1), (0, 0, 0)]
        )
        self.assertEqual(made.rows(suffix="_deletions"), [(2, 3), (9, 1)])

    @pytest.mark.engine
    def test_keys_of_every_type_are_looked_up_by_their_bounds(self):
        types = ["decimal(9,2)", "date", "timestamp", "string", "boolean"]
        of = things(primary_key=("k0", "k1", "k2", "k3", "k4"), delete_marker=None, order_by=None)
        made = Batches(of)
        keys = [
            "1.50", "date'2026-02-03'", "timestamp'2026-02-03 04:05:06.789012'", "'it''s \\\\ ü'", "true"
        ]  # fmt: skip
        typed = ", ".join(
            f"CAST({key} AS {type}) AS k{n}" for n, (key, type) in enumerate(zip(keys, types, strict=True))
        )
        made.add("b0", f"SELECT {typed}, 'old' AS name")
        made.add("b1", f"SELECT {typed}, 'new' AS name")
        made.curate("b0", "b1")
        self.assertEqual([row[-1] for row in made.rows()], ["new"])

    @pytest.mark.engine
    def test_a_replay_takes_back_what_the_batch_does_not_bring_any_more(self):
        made = Batches(things())
        made.add("b0", values("1, 'kept', 1, 'U'", "2, 'gone', 1, 'U'", "3, 'lowered', 9, 'U'", "4, 'x', 5, 'D'"))
        made.add("b1", values("1, 'other', 0, 'U'", "5, 'other', 1, 'U'"))
        made.curate("b0", "b1")
        made.add("b0", values("1, 'kept', 1, 'U'", "3, 'lowered', 2, 'U'", "4, 'back', 1, 'U'"))
        made.curate("b0", replayed=True)
        self.assertEqual(
            made.rows(), [(1, "kept", 1, "U"), (3, "lowered", 2, "U"), (4, "back", 1, "U"), (5, "other", 1, "U")]
        )
        self.assertEqual(made.rows(suffix="_deletions"), [])
        made.add("b0", NOTHING)
        made.curate("b0", replayed=True)
        self.assertEqual(made.rows(), [(5, "other", 1, "U")])

    def test_a_deletion_that_another_run_records_meanwhile_is_heeded(self):
        made = Batches(things())
        made.add("b0", values("8, 'a', 1, 'U'", "9, 'gone', 1, 'D'"))
        made.add("b1", values("1, 'late', 1, 'U'"))
        made.curate("b0")
        name = f"glue_catalog.curated.{made.of.name}_deletions"
        pending = [f"INSERT INTO {name} SELECT 1, 2, 'b9', now()"]
        columns = ", ".join(lake.quoted(column.name) for column in lake.columns_of(spark(), name))
        self.assertEqual(columns, "`id`, `at`, `_batch_id`, `_ingested_at`")

        def counted(*arguments):
            while pending:
                spark().sql(pending.pop())
            return added_since(*arguments)

        added_since = commits.added_since
        with mock.patch.object(commits, "added_since", counted):
            made.curate("b1")
        self.assertEqual(made.rows(), [(8, "a", 1, "U")])

    @pytest.mark.engine
    def test_a_commit_of_another_run_meanwhile_is_not_lost(self):
        made = Batches(things(delete_marker=None))
        made.add("b0", values("1, 'first', 1, 'U'"))
        made.add("b1", values("1, 'second', 2, 'U'"))
        pending = ["b1"]

        def arranged(*arguments):
            while pending:
                made.curate(pending.pop())
            return arrange(*arguments)

        arrange = layout.arranged
        with mock.patch.object(layout, "arranged", arranged):
            made.curate("b0")
        self.assertEqual(made.rows(), [(1, "second", 2, "U")])


class AppendTest(unittest.TestCase):
    def setUp(self):
        self.made = Batches(plain("append"))
        self.made.add("b0", values("1, 'a', 1, ''"))
        self.made.add("b1", values("1, 'a', 1, ''", "1, 'a', 1, ''"))

    def test_a_run_that_died_is_gone_on_with(self):
        for place in ((commits, "_staged"), (lake, "aligned"), (Ledger, "commit")):
            with self.subTest(place[1]):
                database = f"died_in_{place[1].strip('_')}"
                with mock.patch.object(*place, side_effect=ConnectionError), self.assertRaises(ConnectionError):
                    self.made.curate("b1", database=database)
                self.assertEqual(self.made.curate("b1", database=database)[0]["published"], 2)
                self.assertEqual(self.made.rows(database), [(1, "a", 1, "")] * 2)

    @pytest.mark.engine
    def test_staged_rows_are_published_and_not_written_again(self):
        published = commits._publish
        with mock.patch.object(commits, "_publish", side_effect=ConnectionError), self.assertRaises(ConnectionError):
            self.made.curate("b0")
        self.assertEqual(self.made.rows(), [])
        self.made.curate("b0")
        self.assertEqual(files(self.made), 1)
        self.assertTrue(published)

    @pytest.mark.engine
    def test_of_two_runs_one_publishes(self):
        def other_first(*arguments):
            publish(*arguments)
            publish(*arguments)

        publish = commits._publish
        with mock.patch.object(commits, "_publish", other_first):
            self.assertEqual([c["published"] for c in self.made.curate("b0", "b1")], [1, 2])
        self.assertEqual(self.made.rows(), [(1, "a", 1, "")] * 3)

    def test_a_batch_that_was_published_so_long_ago_that_iceberg_forgot_is_not_added_again(self):
        with mock.patch.object(Ledger, "commit", side_effect=ConnectionError), self.assertRaises(ConnectionError):
            self.made.curate("b0")
        self.made.curate("b1")
        table = f"curated.{self.made.of.name}"
        arguments = f"table => '{table}', older_than => timestamp'2999-01-01', retain_last => 1"
        spark().sql(f"CALL glue_catalog.system.expire_snapshots({arguments})")
        [counts] = self.made.curate("b0", opened_at="2026-01-01T00:00:00+00:00")
        self.assertEqual(counts["published"], 1)
        self.assertEqual(self.made.rows(), [(1, "a", 1, "")] * 3)

    @pytest.mark.engine
    def test_a_replay_replaces_the_rows_of_the_batch_wherever_they_are(self):
        self.made.curate("b0", "b1")
        compact(self.made)
        self.assertEqual(files(self.made), 1)
        self.made.add("b1", values("3, 'c', 3, ''"))
        for _ in range(2):
            self.assertEqual(self.made.curate("b1", replayed=True)[0]["published"], 1)
            self.assertEqual(self.made.rows(), [(1, "a", 1, ""), (3, "c", 3, "")])
        self.made.add("b1", NOTHING)
        self.made.curate("b1", replayed=True)
        self.assertEqual(self.made.rows(), [(1, "a", 1, "")])

    def test_an_empty_batch_adds_nothing(self):
        self.made.add("b2", NOTHING)
        self.assertEqual(self.made.curate("b2")[0]["published"], 0)


@pytest.mark.engine
class ReplaceTest(unittest.TestCase):
    def test_the_batch_that_was_ingested_last_stands(self):
        made = Batches(plain("replace"))
        made.add("b0", values("1, 'a', 1, ''"))
        made.add("b1", values("2, 'b', 1, ''", "3, 'b', 1, ''"))
        made.add("b2", NOTHING)
        for order in permutations(("b0", "b1")):
            with self.subTest(order):
                database = "_".join(order)
                made.curate(*order, database=database)
                self.assertEqual(made.rows(database), [(2, "b", 1, ""), (3, "b", 1, "")])
                made.curate("b2", "b0", database=database)
                self.assertEqual(made.rows(database), [])


class EvolutionTest(unittest.TestCase):
    @pytest.mark.engine
    def test_new_columns_and_wider_types_reach_the_table_in_any_order(self):
        made = Batches(things(delete_marker=None))
        made.add("b0", "SELECT 1 AS id, 'a' AS name, 1 AS at, 'U' AS op")
        made.add("b1", "SELECT 2 AS id, 'b' AS name, 3000000000 AS at, 'U' AS op, 'e' AS `extra no. 1`")
        for order in permutations(("b0", "b1")):
            with self.subTest(order):
                database = "_".join(order)
                made.curate(*order, database=database)
                self.assertEqual(made.rows(database), [(1, "a", 1, "U", None), (2, "b", 3000000000, "U", "e")])
        described = spark().sql(f"DESCRIBE glue_catalog.{database}.{made.of.name}").collect()
        comments = {row.col_name: (row.data_type, row.comment) for row in described}
        self.assertEqual(comments["id"], ("int", "The thing's key"))
        self.assertEqual(comments["at"][0], "bigint")

    def test_another_type_is_refused(self):
        made = Batches(things(delete_marker=None))
        made.add("b0", "SELECT 1 AS id, 'a' AS name, 1 AS at, 'U' AS op")
        made.curate("b0")
        made.of = things()
        with self.assertRaisesRegex(TableSchemaError, "column at is int and is to be string"):
            lake.ensure(
                spark(),
                lake.Table(f"glue_catalog.curated.{made.table.split('.')[-1]}", "", [lake.TableColumn("at", "string")]),
            )


def compact(made: Batches) -> None:
    """As the table's own compaction does it: rows of several batches get into one file."""
    spark().sql(
        f"CALL glue_catalog.system.rewrite_data_files(table => 'curated.{made.of.name}', "
        "options => map('rewrite-all', 'true', 'min-input-files', '1'))"
    )


def files(made: Batches) -> int:
    return spark().table(f"glue_catalog.curated.{made.of.name}.files").where("content = 0").count()
