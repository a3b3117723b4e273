import unittest
import uuid
from unittest import mock

from glue_etl import lake
from glue_etl.errors import TableSchemaError
from glue_etl.lake import Table, TableColumn

from .support import spark


class WidestTest(unittest.TestCase):
    def test_of_two_types_the_one_that_holds_both(self):
        for one, other, widest in (
            ("int", "int", "int"),
            ("int", "bigint", "bigint"),
            ("bigint", "int", "bigint"),
            ("float", "double", "double"),
            ("decimal(9,2)", "decimal(12,2)", "decimal(12,2)"),
            ("decimal(12,2)", "decimal(9,2)", "decimal(12,2)"),
            ("decimal(12,2)", "decimal(12,3)", None),
            ("int", "decimal(12,0)", None),
            ("int", "float", None),
            ("date", "timestamp", None),
            ("string", "int", None),
        ):
            with self.subTest(one=one, other=other):
                self.assertEqual(lake.widest(one, other), widest)


class EnsureTest(unittest.TestCase):
    def setUp(self):
        self.name = f"glue_catalog.lake.t_{uuid.uuid4().hex[:8]}"

    def ensure(self, *columns: tuple[str, str], **properties: str) -> dict[str, str]:
        """Ensures a table; answers its columns with their types."""
        wanted = [TableColumn(name, type, f"it's {name}") for name, type in columns]
        lake.ensure(spark(), Table(self.name, "it's a \\ table", wanted, properties=properties))
        return {column.name: column.type for column in lake.columns_of(spark(), self.name)}

    def test_a_table_catches_up_with_what_it_is_to_be(self):
        self.assertEqual(
            self.ensure(("a", "int"), ("b", "float"), ("c", "decimal(5,2)")),
            {"a": "int", "b": "float", "c": "decimal(5,2)"},
        )
        spark().sql(f"INSERT INTO {self.name} VALUES (1, 0.5, 2.25)")
        found = self.ensure(
            ("a", "bigint"), ("b", "double"), ("c", "decimal(7,2)"), ("d e", "string"), **{"write.wap.enabled": "true"}
        )
        self.assertEqual(found, {"a": "bigint", "b": "double", "c": "decimal(7,2)", "d e": "string"})
        self.assertEqual(
            [tuple(map(str, row)) for row in spark().table(self.name).collect()], [("1", "0.5", "2.25", "None")]
        )
        shown = {row.key: row.value for row in spark().sql(f"SHOW TBLPROPERTIES {self.name}").collect()}
        self.assertEqual(shown["write.wap.enabled"], "true")

    def test_comments_follow_what_the_table_is_to_be(self):
        def described(comment: str, *columns: TableColumn) -> tuple[str, list[TableColumn]]:
            lake.ensure(spark(), Table(self.name, comment, columns))
            return lake.properties(spark(), self.name)["comment"], lake.columns_of(spark(), self.name)

        first, other = TableColumn("a", "int", "it's first"), TableColumn("b c", "string")
        self.assertEqual(described("it's a table", first, other), ("it's a table", [first, other]))
        changed = TableColumn("a", "bigint", "it was first"), TableColumn("b c", "string", "second")
        self.assertEqual(described("", *changed), ("", list(changed)))

    def test_what_is_as_it_is_to_be_is_not_written_again(self):
        self.ensure(("a", "int"), **{"write.wap.enabled": "true"})
        with mock.patch.object(spark(), "sql", side_effect=AssertionError) as sql:
            lake.ensure(
                spark(),
                Table(
                    self.name,
                    "it's a \\ table",
                    [TableColumn("a", "int", "it's a")],
                    properties={"write.wap.enabled": "true"},
                ),
            )
        sql.assert_not_called()

    def test_columns_that_are_not_asked_for_stay(self):
        self.ensure(("a", "int"), ("b", "int"))
        self.assertEqual(self.ensure(("b", "int")), {"a": "int", "b": "int"})

    def test_what_cannot_be_widened_is_refused_and_nothing_is_changed(self):
        before = self.ensure(("a", "bigint"), ("b", "int"))
        for type in ("int", "string"):
            with self.subTest(type), self.assertRaises(TableSchemaError) as raised:
                self.ensure(("b", "bigint"), ("a", type), ("c", "int"))
            self.assertIn(f"{self.name}: column a is bigint and is to be {type}", str(raised.exception))
            self.assertIn("Write bigint into the contract", str(raised.exception))
        self.assertEqual({column.name: column.type for column in lake.columns_of(spark(), self.name)}, before)

    def test_not_narrower_keeps_the_width_that_a_table_has(self):
        self.ensure(("a", "bigint"), ("b", "int"))
        wanted = [TableColumn("a", "int"), TableColumn("b", "bigint"), TableColumn("c", "int")]
        kept = lake.not_narrower(wanted, spark(), self.name)
        self.assertEqual([column.type for column in kept], ["bigint", "bigint", "int"])
        self.assertEqual(lake.not_narrower(wanted, spark(), "glue_catalog.lake.none"), wanted)


class HistoryTest(unittest.TestCase):
    def test_the_last_snapshot_comes_first_and_says_what_it_changed(self):
        name = f"glue_catalog.lake.t_{uuid.uuid4().hex[:8]}"
        lake.ensure(spark(), Table(name, "", [TableColumn("a", "int")]))
        self.assertIsNone(lake.current_snapshot(spark(), name))
        spark().sql(f"INSERT INTO {name} VALUES (1), (2)")
        spark().sql(f"DELETE FROM {name}")
        deleted, added = lake.history(spark(), name)
        self.assertEqual((added.operation, added.count("added-records"), added.parent), ("append", 2, None))
        self.assertEqual((deleted.operation, deleted.count("added-records"), deleted.parent), ("delete", 0, added.id))
        self.assertEqual(lake.current_snapshot(spark(), name), deleted)
        self.assertEqual((added.is_empty, deleted.is_empty), (False, True))

    def test_a_table_that_does_not_say_how_many_rows_it_holds_is_not_taken_for_empty(self):
        self.assertFalse(lake.Snapshot(1, None, "append", {}).is_empty)


class AlignedTest(unittest.TestCase):
    def test_rows_get_the_columns_of_the_table(self):
        name = f"glue_catalog.lake.t_{uuid.uuid4().hex[:8]}"
        lake.ensure(spark(), Table(name, "", [TableColumn("a", "bigint"), TableColumn("b", "string")]))
        frame = lake.aligned(spark().sql("SELECT 'dropped' AS c, 1 AS a"), spark(), name)
        self.assertEqual(frame.dtypes, [("a", "bigint"), ("b", "string")])
        self.assertEqual([tuple(row) for row in frame.collect()], [(1, None)])
