"""Files of text through tasks: the same rows whatever the ranges, and every byte accounted for."""

import gzip
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import pytest
from py4j.protocol import Py4JJavaError

from glue_etl import text_files
from glue_etl.definition import Column
from glue_etl.errors import AccountingError
from glue_etl.raw_files import FILE, dialect_of
from glue_etl.text_tasks import look
from glue_etl.writing import plan_of

from .support import SCRATCH, dataset, spark

COLUMNS = [Column("id", "int"), Column("note", "string")]
ROWS = [(n, f'line {n}\nwith "quotes", and\r\nbreaks' if n % 3 else "plain") for n in range(40)]


def text_of(rows: list[tuple[int, str]], end: str = "\n") -> str:
    quoted = ((n, note.replace('"', '""')) for n, note in rows)
    return f"id,note{end}" + "".join(f'{n},"{note}"{end}' for n, note in quoted)


class StageTest(unittest.TestCase):
    def staged(self, content: bytes, name: str = "a.csv", **csv) -> text_files.StagedRows:
        of = dataset(COLUMNS, **csv)
        folder = Path(tempfile.mkdtemp(dir=SCRATCH))
        path = folder / name
        path.write_bytes(content)
        file = look(f"file://{path}", len(content), content, dialect_of(of.source.csv), ("id", "note"))
        self.plan, self.file = plan_of(of, COLUMNS, f"file://{folder}/staged"), file
        return text_files.stage(spark(), self.plan, [file])

    def rows(self, staged: text_files.StagedRows) -> list[tuple]:
        return sorted(tuple(row) for row in staged.good().drop(FILE).collect())

    @pytest.mark.engine
    def test_rows_are_the_same_whatever_the_ranges(self):
        content = text_of(ROWS).encode() + b"x,bad\n"
        for size in (7, 50, 10_000):
            with self.subTest(size), mock.patch.object(text_files, "RANGE_BYTES", size):
                staged = self.staged(content)
                self.assertEqual(self.rows(staged), ROWS)
                bad = staged.bad().collect()
                self.assertEqual([(row.reasons, row.raw) for row in bad], [(["id: not a int"], "x,bad")])
                line = text_of(ROWS).replace("\r\n", "\n").count("\n") + 1
                self.assertEqual([(row.line, row.byte) for row in bad], [(line, len(content) - len(b"x,bad\n"))])
                self.assertEqual(staged.records, len(ROWS) + 1)

    def test_compressed_and_other_encodings_are_read_to_their_end(self):
        first, second = text_of(ROWS[:20]).encode(), text_of(ROWS[20:]).encode().partition(b"\n")[2]
        for name, content, csv in (
            ("a.csv.gz", gzip.compress(first) + gzip.compress(b"") + gzip.compress(second), {}),
            ("a.csv", gzip.compress(first + second), {}),
            ("a.csv", text_of(ROWS).encode("utf-16"), {"encoding": "UTF-16"}),
            ("a.csv", text_of(ROWS, "\r\n").encode(), {}),
        ):
            with self.subTest(name=name, **csv):
                self.assertEqual(self.rows(self.staged(content, name, **csv)), ROWS)

    def test_moments_of_all_years_are_kept(self):
        of = dataset([Column("id", "int"), Column("at", "timestamp"), Column("day", "date")])
        content = (
            b"id,at,day\n1,0001-01-01T00:00:00Z,0001-01-01\n2,1582-10-10 00:00,1582-10-10\n3,9999-12-31,9999-12-31\n"
        )
        folder = Path(tempfile.mkdtemp(dir=SCRATCH))
        (folder / "a.csv").write_bytes(content)
        file = look(f"file://{folder}/a.csv", len(content), content, dialect_of(of.source.csv), ())
        staged = text_files.stage(spark(), plan_of(of, of.columns, f"file://{folder}/staged"), [file])
        found = [tuple(row) for row in staged.good().selectExpr("string(at)", "string(day)").collect()]
        days = ["0001-01-01", "1582-10-10", "9999-12-31"]
        self.assertEqual(found, [(f"{day} 00:00:00", day) for day in days])

    def test_a_byte_that_no_task_read_fails_the_run(self):
        pieces_of = text_files.pieces_of

        def without_the_second(*args):
            return [piece for piece in pieces_of(*args) if piece.number != 1]

        with (
            mock.patch.object(text_files, "RANGE_BYTES", 100),
            mock.patch.object(text_files, "pieces_of", without_the_second),
            self.assertRaisesRegex(AccountingError, "were read by no task"),
        ):
            self.staged(text_of(ROWS).encode())

    def test_a_byte_that_two_tasks_read_fails_the_run(self):
        pieces_of = text_files.pieces_of

        def with_the_second_twice(*args):
            pieces = pieces_of(*args)
            return [*pieces, pieces[1]]

        with (
            mock.patch.object(text_files, "RANGE_BYTES", 100),
            mock.patch.object(text_files, "pieces_of", with_the_second_twice),
            self.assertRaises(AccountingError),
        ):
            self.staged(text_of(ROWS).encode())

    def test_an_object_that_cannot_be_had_is_no_fault_of_the_file(self):
        self.staged(text_of(ROWS).encode())
        Path(self.file.uri.removeprefix("file://")).unlink()
        with self.assertRaisesRegex(Py4JJavaError, "FileNotFoundError"):
            text_files.stage(spark(), self.plan, [self.file])

    def test_names_of_a_source_are_text_and_nothing_else(self):
        names = ["${env:HOME}", "a`b.c", '"; DROP TABLE x; --', "_corrupt_record"]
        of = dataset([Column("id", "int"), *(Column(name, "string") for name in names)])
        folder = Path(tempfile.mkdtemp(dir=SCRATCH))
        content = "id," + ",".join('"' + name.replace('"', '""') + '"' for name in names) + "\n1,a,b,c,d\n"
        (folder / "a.csv").write_text(content)
        file = look(f"file://{folder}/a.csv", len(content), content.encode(), dialect_of(of.source.csv), ())
        staged = text_files.stage(spark(), plan_of(of, of.columns, f"file://{folder}/staged"), [file])
        row = staged.good().drop(FILE).first()
        self.assertEqual(row.asDict(), {"id": 1, **dict(zip(names, "abcd", strict=True))})
