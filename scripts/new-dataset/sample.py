"""Looks at a sample file with DuckDB, and prints what it found as JSON: `Sample` in sample.ts.

Exits with 1 and the reason where the file cannot be used.
"""

from __future__ import annotations

import codecs
import glob
import gzip
import itertools
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from kinds import Kind, describe, quoted

# What tools write where a value is missing.
NULL_VALUES = ("NA", "N/A", "n/a", "#N/A", "NULL", "null", "None", "NaN", "nan", "\\N", "?", "-")
MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Of columns in a key: by a measure nothing is told apart.
KEY_TYPES = ("string", "int", "bigint", "date", "timestamp")
MAX_KEYS = 3
# Pairs of more columns take long, and some are unique by chance.
MAX_PAIRED = 20


class SampleError(Exception):
    """The file cannot be a sample; the message says why."""


def look(file: Path, form: str, rows: int, encoding: str | None, key: Sequence[str]) -> dict[str, Any]:
    """What stands in the first rows of the file."""
    with file.open("rb") as source:
        is_gzip = source.read(2) == b"\x1f\x8b"
    if is_gzip != (file.suffix == ".gz"):
        raise SampleError(f"is {'' if is_gzip else 'not '}compressed with gzip, and its name must say so: .gz")
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as database:
        csv = None
        if form == "csv":
            encoding = encoding or encoding_of(file)
            text = file if encoding == "UTF-8" else in_utf8(file, encoding, Path(scratch) / "sample.csv")
            csv, columns = load_csv(database, glob.escape(str(text)), rows)
            csv["encoding"] = encoding
        else:
            load = load_parquet if form == "parquet" else load_json
            columns = load(database, glob.escape(str(file)), rows)
        count = database.sql("SELECT count(*) FROM sample").fetchone()[0]
        if count == 0:
            raise SampleError("holds no rows, so that there is nothing to tell types from")
        found = [describe(database, kind, source) for kind, source in columns]
        unknown = [name for name in key if name not in [kind.name for kind, _ in columns]]
        if unknown:
            known = ", ".join(kind.name for kind, _ in columns)
            raise SampleError(f"has no column {', '.join(unknown)} for a key; its columns are {known}")
        return {
            "csv": csv,
            "rows": count,
            "isWhole": count < rows,
            "columns": found,
            "keys": keys(database, found),
            "duplicates": duplicates(database, key) if key else 0,
        }


def encoding_of(file: Path) -> str:
    """UTF-8 or UTF-16, which can be told; else the one that most files have that are neither."""
    with opened(file) as source:
        if source.read(2) in MARKS:
            return "UTF-16"
    try:
        with opened(file) as source:
            for _ in codecs.iterdecode(iter(lambda: source.read(1 << 20), b""), "utf-8"):
                pass
    except UnicodeDecodeError:
        return "windows-1252"
    return "UTF-8"


def in_utf8(file: Path, encoding: str, target: Path) -> Path:
    """A copy of the file as DuckDB reads it. Raises SampleError if it is not in that encoding."""
    try:
        with opened(file) as source, target.open("w", encoding="utf-8", newline="") as copy:
            shutil.copyfileobj(codecs.getreader(encoding)(source), copy, 1 << 20)
    except UnicodeDecodeError as error:
        raise SampleError(f"is not in the encoding {encoding} ({error}); --encoding says in which") from None
    return target


def opened(file: Path) -> Any:
    """The bytes of the file, without its compression."""
    return gzip.open(file) if file.suffix == ".gz" else file.open("rb")


class CsvFile:
    """A CSV file in UTF-8, its dialect being what DuckDB found."""

    def __init__(self, database: duckdb.DuckDBPyConnection, path: str, rows: int):
        self._database, self._path, self._rows = database, path, rows
        self.dialect: dict[str, Any] = {}
        found = self.sniff()
        if found["SkipRows"] or found["Comment"] != "(empty)":
            raise SampleError(
                f"has lines that are no rows of one table: look at the first {found['SkipRows']}, and at line "
                f"{found['SkipRows'] + 1}; all must have the same number of fields, and titles and comments go"
            )
        options = {"delim": "Delimiter", "quote": "Quote", "escape": "Escape"}
        self.dialect = {name: found[key].replace("(empty)", "") for name, key in options.items()}
        self.dialect["header"] = found["HasHeader"]

    def sniff(self, nulls: Sequence[str] = ()) -> dict[str, Any]:
        """What DuckDB takes the file for where these texts stand for null."""
        given = {"sample_size": self._rows, "nullstr": ["", *nulls], **self.dialect}
        found = self._query("FROM sniff_csv", given)
        return dict(zip([column[0] for column in found.description], found.fetchone(), strict=True))

    def fill(self, nulls: Sequence[str] = ()) -> None:
        """Fills table `sample` with texts."""
        given = {"all_varchar": True, "nullstr": ["", *nulls], **self.dialect}
        self._query("CREATE OR REPLACE TABLE sample AS FROM read_csv", given, f"LIMIT {self._rows}")

    def header(self) -> list[str]:
        """The names as they stand in the file; DuckDB changes those that are empty or come twice."""
        given = {"all_varchar": True, **self.dialect, "header": False}
        return [name or "" for name in self._query("FROM read_csv", given, "LIMIT 1").fetchone()]

    def _query(self, function: str, given: dict[str, Any], end: str = "") -> duckdb.DuckDBPyConnection:
        options = "".join(f", {name} = ${name}" for name in given)
        return self._database.execute(f"{function}($path{options}) {end}", {"path": self._path, **given})


def load_csv(
    database: duckdb.DuckDBPyConnection, path: str, rows: int
) -> tuple[dict[str, Any], list[tuple[Kind, str]]]:
    """Fills table `sample`; answers how the file is written, and its columns with their names in its header."""
    file = CsvFile(database, path, rows)
    file.fill()
    before, after = file.sniff()["Columns"], file.sniff(NULL_VALUES)["Columns"]
    # Columns that are text for nothing but what stands for null in them.
    gained = [
        one["name"] for one, other in zip(before, after, strict=True) if one["type"] == "VARCHAR" != other["type"]
    ]
    null_value = most_frequent(database, gained)
    nulls = [null_value] if null_value else []
    if nulls:
        file.fill(nulls)
    kinds = [Kind(each["name"], each["type"], True) for each in file.sniff(nulls)["Columns"]]
    csv = {
        "header": file.dialect["header"],
        "delimiter": file.dialect["delim"],
        "quote": file.dialect["quote"] or '"',
        "escape": file.dialect["escape"] or '"',
        "nullValue": null_value,
    }
    names = file.header() if csv["header"] else [kind.name for kind in kinds]
    return csv, list(zip(kinds, names, strict=True))


def most_frequent(database: duckdb.DuckDBPyConnection, names: Sequence[str]) -> str:
    """Which of NULL_VALUES stands most often in these columns; empty if none does."""
    counts = dict.fromkeys(NULL_VALUES, 0)
    for name in names:
        query = f"SELECT {quoted(name)}, count(*) FROM sample WHERE {quoted(name)} IN ? GROUP BY 1"
        for value, count in database.execute(query, [list(NULL_VALUES)]).fetchall():
            counts[value] += count
    best = max(counts, key=lambda value: counts[value])
    return best if counts[best] else ""


def load_json(database: duckdb.DuckDBPyConnection, path: str, rows: int) -> list[tuple[Kind, str]]:
    """Fills table `sample` with texts; answers its columns."""
    lines = "read_json($path, format = 'newline_delimited'"
    query = f"DESCRIBE FROM {lines}, sample_size = $rows)"
    found = database.execute(query, {"path": path, "rows": rows}).fetchall()
    if [name for name, *_ in found] == ["json"]:
        raise SampleError("is not JSON with one object per line; of an array, `jq -c '.[]'` makes that")
    texts = {name: "VARCHAR" for name, *_ in found}
    query = f"CREATE TABLE sample AS FROM {lines}, columns = $texts) LIMIT {rows}"
    database.execute(query, {"path": path, "texts": texts})
    return [(Kind(name, kind, True), name) for name, kind, *_ in found]


def load_parquet(database: duckdb.DuckDBPyConnection, path: str, rows: int) -> list[tuple[Kind, str]]:
    """Fills table `sample`; answers its columns."""
    database.execute(f"CREATE TABLE sample AS FROM read_parquet($path) LIMIT {rows}", {"path": path})
    found = database.sql("DESCRIBE sample").fetchall()
    return [(Kind(name, kind, False), name) for name, kind, *_ in found]


def keys(database: duckdb.DuckDBPyConnection, found: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Columns, else pairs of columns, by which each row of the sample can be told from all others."""
    usable = [column["name"] for column in found if column["nulls"] == 0 and column["type"] in KEY_TYPES]
    single = [[name] for name in usable if duplicates(database, [name]) == 0]
    if single or len(usable) > MAX_PAIRED:
        return single[:MAX_KEYS]
    pairs = (list(pair) for pair in itertools.combinations(usable, 2))
    return list(itertools.islice((pair for pair in pairs if duplicates(database, pair) == 0), MAX_KEYS))


def duplicates(database: duckdb.DuckDBPyConnection, names: Sequence[str]) -> int:
    """How many rows have a key that an earlier one has."""
    columns = ", ".join(quoted(name) for name in names)
    query = f"SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT {columns} FROM sample)) FROM sample"
    return database.sql(query).fetchone()[0]


def main(question: str) -> int:
    """Prints the answer to a question in JSON; answers the exit code."""
    asked = json.loads(question)
    # DuckDB imports it, if it is there, to see whether a parameter is of its types: most of the time of a small file.
    sys.modules["pandas"] = None
    try:
        print(json.dumps(look(Path(asked.pop("file")), asked.pop("format"), **asked)))
    except (SampleError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except duckdb.Error as error:
        print(f"cannot be read as {json.loads(question)['format']}: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
