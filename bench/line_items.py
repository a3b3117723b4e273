"""Line items of TPC-H with defects, and their contract.

One line in 200 is bad, one in 200 comes twice; always the same lines.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from tests.glue import support

from glue_etl.definition import Column, DataSet, QualityRule

# Of TPC-H: 1.05 GB of CSV (a GB has 10^9 bytes), 8.4 million rows, in files as large as they should be.
_SCALE_FACTOR_PER_GB = 1.4
_FILES_PER_GB = 8
_EVERY = 200

_KEY = ("l_orderkey", "l_linenumber")
COLUMNS = (
    Column("l_orderkey", "bigint", required=True),
    Column("l_partkey", "bigint", required=True),
    Column("l_suppkey", "bigint", required=True),
    Column("l_linenumber", "int", required=True, minimum=1, maximum=7),
    Column("l_quantity", "decimal(15,2)", required=True, minimum=0),
    Column("l_extendedprice", "decimal(15,2)", required=True, minimum=0),
    Column("l_discount", "decimal(15,2)", required=True, minimum=0, maximum=1),
    Column("l_tax", "decimal(15,2)", required=True, minimum=0, maximum=1),
    Column("l_returnflag", "string", required=True, pattern="[ANR]"),
    Column("l_linestatus", "string", required=True, max_length=1),
    Column("l_shipdate", "date", required=True),
    Column("l_commitdate", "date", required=True),
    Column("l_receiptdate", "date", required=True),
    Column("l_shipinstruct", "string", max_length=25),
    Column("l_shipmode", "string", max_length=10),
    Column("l_comment", "string", max_length=44),
)
SCHEMA = ", ".join(f"{column.name} {column.type}" for column in COLUMNS)
_ORDER_BY = "l_receiptdate"

# What a bad line has in place of a field; None: the line ends before it.
_DEFECTS = (
    ("l_orderkey", ""),
    ("l_linenumber", "8"),
    ("l_quantity", "12x"),
    ("l_discount", "7.5"),
    ("l_returnflag", "X"),
    ("l_shipdate", "1996-02-30"),
    ("l_comment", None),
)

# Quality rules in DQDL, and what a plain aggregation computes for each.
AGGREGATES = {
    "RowCount > 0": "count(*)",
    'IsComplete "l_orderkey"': "count_if(l_orderkey IS NULL)",
    'Completeness "l_comment" > 0.9': "count(l_comment)",
    'ColumnValues "l_quantity" between 0 and 51': "count_if(NOT (l_quantity > 0 AND l_quantity < 51))",
    'ColumnValues "l_returnflag" in ["A", "N", "R"]': "count_if(l_returnflag NOT IN ('A', 'N', 'R'))",
    'ColumnLength "l_shipmode" <= 10': "count_if(length(l_shipmode) > 10)",
    'Mean "l_discount" between 0.0 and 0.1': "avg(l_discount)",
    'IsPrimaryKey "l_orderkey" "l_linenumber"': "count(DISTINCT l_orderkey, l_linenumber)",
}
*_RULES, _UNIQUE = AGGREGATES


@dataclass(frozen=True)
class LineItems:
    """CSV files with this many rows in all, of which some are bad, and some have a key that another row has."""

    files: list[Path]
    size: int
    rows: int
    bad: int
    twice: int

    @property
    def uri(self) -> str:
        """Where `upload` puts the files."""
        return f"s3://{support.SOURCE}/{self._folder}/"

    def upload(self) -> None:
        """Puts the files into the source bucket, under no data set's prefix."""
        s3 = boto3.client("s3")
        for file in self.files:
            s3.upload_file(str(file), support.SOURCE, f"{self._folder}/{file.name}")

    def deliver(self, of: DataSet, delivery: str) -> None:
        """Gives the uploaded files to a data set, under a name of their own for each delivery."""
        s3 = boto3.client("s3")
        for file in self.files:
            original = {"Bucket": support.SOURCE, "Key": f"{self._folder}/{file.name}"}
            s3.copy(original, support.SOURCE, f"{of.source.prefix}{delivery}/{file.name}")

    def appended(self, name: str) -> DataSet:
        """A data set of all of the rows, whatever their keys."""
        return self._data_set(f"line_items_append_{name}", "append", _RULES)

    def merged(self, name: str) -> DataSet:
        """A data set of one row per key."""
        rules = (*_RULES, _UNIQUE)
        return self._data_set(f"line_items_merge_{name}", "merge", rules, primary_key=_KEY, order_by=_ORDER_BY)

    def _data_set(self, name: str, write_mode: str, rules: Iterable[str], **changes: Any) -> DataSet:
        checks = tuple(QualityRule(rule, "error") for rule in rules)
        # Lines end where rows do, so that Spark may split files as it does for the bare pass.
        return support.dataset(list(COLUMNS), name, checks, write_mode=write_mode, multiline=False, **changes)

    @property
    def _folder(self) -> str:
        return self.files[0].parent.name


def generate(folder: Path, tools: Path, gigabytes: float) -> LineItems:
    """Writes so many GB to the folder; installs the generator to `tools` first if it is not there."""
    clean = folder / "clean"
    parts = max(2, round(_FILES_PER_GB * gigabytes))
    scale = f"{_SCALE_FACTOR_PER_GB * gigabytes:g}"
    arguments = ["csv", "--quiet", "-s", scale, "--tables=lineitem", f"--parts={parts}", f"--output-dir={clean}"]
    subprocess.run([_generator(tools), *arguments], check=True)
    files, rows, bad, twice = [], 0, 0, 0
    for file in sorted(clean.rglob("*.csv")):
        header, *lines = file.read_text().splitlines(keepends=True)
        restated = _restated(lines[::_EVERY])
        lines[_EVERY // 2 :: _EVERY] = _spoilt(lines[_EVERY // 2 :: _EVERY])
        files.append(folder / file.name)
        files[-1].write_text("".join((header, *lines, *restated)))
        file.unlink()
        rows += len(lines) + len(restated)
        bad += len(lines[_EVERY // 2 :: _EVERY])
        twice += len(restated)
    return LineItems(files, sum(file.stat().st_size for file in files), rows, bad, twice)


def _spoilt(lines: list[str]) -> list[str]:
    return [_with(line, *_DEFECTS[number % len(_DEFECTS)]) for number, line in enumerate(lines)]


def _restated(lines: list[str]) -> list[str]:
    """The same keys with another quantity."""
    return [_with(line, "l_quantity", "50") for line in lines]


def _with(line: str, column: str, value: str | None) -> str:
    place = next(place for place, known in enumerate(COLUMNS) if known.name == column)
    fields = line.split(",", len(COLUMNS) - 1)  # only the last one, the comment, is quoted
    if value is None:
        return ",".join(fields[:place]) + "\n"
    return ",".join((*fields[:place], value, *fields[place + 1 :]))


def _generator(tools: Path) -> Path:
    """Path of the generator; installs it if it is missing, or another version is asked for."""
    requirements = Path(__file__).with_name("requirements.txt")
    installed = tools / requirements.name
    if not installed.exists() or installed.read_text() != requirements.read_text():
        shutil.rmtree(tools, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--root-user-action=ignore"]
        subprocess.run([*pip, "--target", tools, "-r", requirements], check=True)
        shutil.copy(requirements, installed)
    return tools / "bin" / "tpchgen-cli"
