import tempfile
import unittest
from pathlib import Path

import pytest
from pyspark.sql import functions as F

from glue_etl import rows
from glue_etl.definition import Column, DataSet
from glue_etl.errors import FileError
from glue_etl.raw_files import FILE, dialect_of
from glue_etl.reading.fields import HEADER_BYTES
from glue_etl.schema import Schema
from glue_etl.text_files import stage
from glue_etl.text_tasks import look
from glue_etl.writing import plan_of

from .support import SCRATCH, dataset, spark

pytestmark = pytest.mark.engine

ID = Column("id", "int", required=True)
NAME = Column("name", "string")


def fates(of: DataSet, *texts: str) -> tuple[list[dict], list[tuple[list[str], str]]]:
    """Runs files with these texts through the checks: (good rows with their rank, (reasons, raw) of bad rows)."""
    folder = Path(tempfile.mkdtemp(dir=SCRATCH))
    schema, files = Schema(of, is_typed=False), []
    for number, text in enumerate(texts):
        path, content = folder / f"{number}.csv", text.encode()
        path.write_bytes(content)
        names = tuple(column.source_name for column in of.columns)
        file = look(f"file://{path}", len(content), content, dialect_of(of.source.csv), names)
        assert schema.admit(path.name, dict.fromkeys(file.names, "string")) is None
        files.append(file)
    staged = stage(spark(), plan_of(of, schema.columns([]), f"file://{folder}/staged"), files)
    good, bad = staged.good(), staged.bad()
    if good is not None and of.primary_key:
        good = rows.ranked(good.withColumn(rows.SALT, F.lit(None).cast("bigint")), of).drop(rows.SALT)
    kept = [row.asDict() for row in good.drop(FILE).collect()] if good is not None else []
    return sorted(kept, key=str), sorted((row.reasons, row.raw) for row in bad.collect()) if bad is not None else []


class ChecksTest(unittest.TestCase):
    def assert_bad(self, column: Column, *values: str, reason: str, others: tuple[str, ...] = ()):
        """Every one of `values` breaks the column for `reason`, none of `others` does."""
        text = "id,x\n" + "".join(f"{n},{value}\n" for n, value in enumerate((*values, *others)))
        good, bad = fates(dataset([ID, column]), text)
        self.assertEqual([reasons for reasons, _ in bad], [[reason]] * len(values), bad)
        self.assertEqual([row["id"] for row in good], list(range(len(values), len(values) + len(others))))

    def test_required(self):
        self.assert_bad(Column("x", "string", required=True), "", "NA", reason="x: required", others=("a", '""'))

    def test_int(self):
        others = ("", "NA", "-7", "7.0")
        self.assert_bad(Column("x", "int"), "a", "1.5", "3000000000", reason="x: not a int", others=others)

    def test_decimal(self):
        column = Column("x", "decimal(4,2)")
        self.assert_bad(column, "100", "one", reason="x: not a decimal(4,2)", others=("99.99", "-1", ".5"))
        fine = ("1.500", "12e-1", "1E1")
        self.assert_bad(column, "1.239", "1239e-3", reason="x: does not fit into decimal(4,2)", others=fine)

    def test_date(self):
        bad = ("2013-02-30", "2013-13-01", "yesterday", "2013")
        self.assert_bad(Column("x", "date"), *bad, reason="x: not a date", others=("2012-02-29",))

    def test_date_in_a_format(self):
        column = Column("x", "date", format="dd/MM/yyyy")
        reason = "x: not a date in the format dd/MM/yyyy"
        self.assert_bad(column, "31/02/2013", "2013-01-01", "1/1/2013", reason=reason, others=("28/02/2013",))

    def test_timestamp(self):
        self.assert_bad(
            Column("x", "timestamp"), "10:00", reason="x: not a timestamp", others=("2013-01-01T10:00:00Z",)
        )

    def test_pattern_matches_the_whole_value(self):
        column = Column("x", "string", pattern="[A-Z0-9]{2}")
        self.assert_bad(column, "UAX", "u", '"\nUA"', reason="x: does not match [A-Z0-9]{2}", others=("UA", "9E", ""))

    def test_length(self):
        self.assert_bad(Column("x", "string", max_length=2), "abc", reason="x: longer than 2", others=("ä€",))
        self.assert_bad(Column("x", "string", min_length=2), "a", reason="x: shorter than 2", others=("ab",))

    def test_range(self):
        self.assert_bad(Column("x", "int", minimum=1), "0", reason="x: less than 1", others=("1",))
        self.assert_bad(Column("x", "double", maximum=12), "12.5", "NaN", reason="x: greater than 12", others=("12",))

    def test_every_reason_is_given(self):
        _, bad = fates(dataset([ID, Column("x", "int")]), "id,x\n,z\n")
        self.assertEqual(bad, [(["id: required", "x: not a int"], ",z")])


class FilesTest(unittest.TestCase):
    def test_ragged_rows_are_bad_as_they_stand(self):
        good, bad = fates(dataset([ID, NAME]), "id,name\n1\n2,b,c\n3,d\n")
        self.assertEqual(good, [{"id": 3, "name": "d"}])
        reason = ["row: more or fewer fields than the header"]
        self.assertEqual(bad, [(reason, "1"), (reason, "2,b,c")])

    def test_quoted_fields_hold_line_breaks_quotes_and_delimiters(self):
        good, bad = fates(dataset([ID, NAME]), 'id,name\r\n1,"a\r\nb"\r\n2,"say ""hi"", now"\r\n')
        self.assertEqual([row["name"] for row in good], ["a\r\nb", 'say "hi", now'])
        self.assertEqual(bad, [])

    def test_columns_match_by_name_in_every_file(self):
        good, _ = fates(dataset([ID, NAME]), "id,name\n1,a\n", "\ufeffname,id\nb,2\n")
        self.assertEqual(good, [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])

    def test_a_missing_column_is_null(self):
        good, _ = fates(dataset([ID, NAME], on_missing_column="null"), "id\n1\n")
        self.assertEqual(good, [{"id": 1, "name": None}])

    def test_a_new_column_is_ignored_or_kept(self):
        good, bad = fates(dataset([ID], on_new_column="ignore"), "id,x\n1,a\n2\n")
        self.assertEqual((good, len(bad)), ([{"id": 1}], 1))
        good, _ = fates(dataset([ID], on_new_column="evolve"), "id,x\n1,a\n", "id\n2\n")
        self.assertEqual(good, [{"id": 1, "x": "a"}, {"id": 2, "x": None}])

    def test_a_header_without_an_end_or_a_name_is_an_error(self):
        dialect = dialect_of(dataset([ID]).source.csv)
        for text, reason in (("id,,x\n", "no name for column 2"), ("id" * 40_000, "no end of the header")):
            with self.assertRaisesRegex(FileError, reason):
                look("file:///x.csv", len(text), text.encode()[:HEADER_BYTES], dialect, ())


class DuplicatesTest(unittest.TestCase):
    def kept(self, order_by: str | None, *texts: str) -> list[tuple]:
        of = dataset([ID, NAME, Column("at", "int")], primary_key=("id",), order_by=order_by)
        good, _ = fates(of, *texts)
        return [(row["id"], row["name"], row["at"]) for row in good if row[rows.RANK] == 1]

    def test_latest_wins(self):
        self.assertEqual(
            self.kept("at", "id,name,at\n1,new,9\n1,old,3\n1,none,\n2,b,1\n"), [(1, "new", 9), (2, "b", 1)]
        )

    def test_equal_order_is_decided_by_file_then_by_row(self):
        self.assertEqual(self.kept("at", "id,name,at\n1,z,3\n", "id,name,at\n1,a,3\n1,b,3\n"), [(1, "b", 3)])
