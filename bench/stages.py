"""How long the stages take, each beside the pass that any engine has to make: CSV, typed, to Parquet."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import duckdb
from pyspark.sql import SparkSession
from tests.glue import support

from glue_etl import curate, ingest, process, validate
from glue_etl.definition import DataSet

from . import engine, line_items
from .figures import Cost, Figure, measured
from .line_items import LineItems

# What each figure may be. The baseline of `validate` is a plain aggregation, that of all others a bare pass.
TARGETS = {
    "ingest": None,
    "process": 1.3,
    "validate": 2.0,
    "curate, append": 0.7,
    "all four stages, append": 2.0,
    "process, one row per key": None,
    "validate, a unique key too": 2.0,
    "curate, merge into an empty table": 1.4,
    "all four stages, merge": 2.8,
    "curate, merge where every row matches": 1.8,
    "all four stages, every row matches": None,
    "DuckDB, the bare pass": None,
}
STAGES = {"ingest": ingest, "process": process, "validate": validate, "curate": curate}

Pair = tuple[str, Cost, Cost]


def measure(
    session: SparkSession, items: LineItems, scratch: Path, rounds: int, say: Callable[[str], None]
) -> list[Figure]:
    """Measures all of TARGETS, `rounds` times. The items are delivered already."""
    figures = {name: Figure(name, target) for name, target in TARGETS.items()}
    for number in range(1, rounds + 1):
        for name, cost, baseline in Round(session, items, scratch, f"r{number}").pairs():
            figures[name].add(cost, baseline)
            say(f"round {number} of {rounds}: {name}: {cost.seconds:.1f} s, baseline {baseline.seconds:.1f} s")
    return list(figures.values())


class Round:
    """Each figure once, on data sets of its own."""

    def __init__(self, session: SparkSession, items: LineItems, scratch: Path, name: str):
        self._session, self._items, self._scratch, self._name = session, items, scratch, name

    def pairs(self) -> Iterator[Pair]:
        """Answers (figure, what it took, what its baseline took), each when it is there."""
        append = self._items.appended(self._name)
        yield from self._flow(append, "b1", "process", "validate", "curate, append", "all four stages, append")
        self._remove(append)
        merge = self._items.merged(self._name)
        keyed = ("process, one row per key", "validate, a unique key too")
        yield from self._flow(merge, "b1", *keyed, "curate, merge into an empty table", "all four stages, merge")
        everything = "all four stages, every row matches"
        yield from self._flow(merge, "b2", *keyed, "curate, merge where every row matches", everything)
        self._remove(merge)
        yield "DuckDB, the bare pass", self._duckdb(), self._bare()

    def _flow(
        self, of: DataSet, batch: str, processing: str, validating: str, curating: str, everything: str
    ) -> Iterator[Pair]:
        """The four stages on a batch of all files, under the names of their figures."""
        self._items.deliver(of, batch)
        before, ingested, processed = self._bare(), self._stage("ingest", of, batch), self._stage("process", of, batch)
        self._check_books(of, batch)
        yield "ingest", ingested, before
        yield processing, processed, before
        plain = measured(self._session, lambda: self._aggregate(of, batch))
        validated = self._stage("validate", of, batch)
        yield validating, validated, plain
        after, curated = self._bare(), self._stage("curate", of, batch)
        yield curating, curated, after
        yield everything, ingested + processed + validated + curated, (before + after) / 2

    def _stage(self, stage: str, of: DataSet, batch: str) -> Cost:
        engine.renewed(self._session)
        run = support.run_of(stage, of, batch)
        return measured(self._session, lambda: STAGES[stage].run(run))

    def _bare(self) -> Cost:
        """CSV to Parquet by the same Spark: typed, and nothing checked."""
        frame = engine.renewed(self._session).read.csv(self._items.uri, line_items.SCHEMA, header=True)
        target = f"file://{self._scratch}/bare"
        return measured(self._session, lambda: frame.write.parquet(target, "overwrite", compression="zstd"))

    def _aggregate(self, of: DataSet, batch: str) -> None:
        """What the rules ask, in one statement of SQL."""
        asked = ", ".join(line_items.AGGREGATES[rule.dqdl] for rule in of.rules)
        engine.renewed(self._session).sql(
            f"SELECT {asked} FROM glue_catalog.processed.{of.name} WHERE _batch_id = '{batch}'"
        ).collect()

    def _duckdb(self) -> Cost:
        columns = {column.name: column.type for column in line_items.COLUMNS}
        files = [str(file) for file in self._items.files]
        started = time.perf_counter()
        with duckdb.connect(config={"threads": os.cpu_count()}) as connection:
            rows = connection.read_csv(files, columns=columns, header=True, ignore_errors=True)
            rows.write_parquet(f"{self._scratch}/duckdb.parquet", compression="zstd")
        return Cost(time.perf_counter() - started)

    def _check_books(self, of: DataSet, batch: str) -> None:
        """Speed counts only where every row has its fate. Raises AssertionError."""
        items, twice = self._items, self._items.twice if of.primary_key else 0
        good = items.rows - items.bad - twice
        expected = {"read": items.rows, "good": good, "quarantined": items.bad, "duplicates": twice}
        counts = support.run_of("process", of, batch).ledger.committed("process", batch)["counts"]
        found = {name: counts[name] for name in expected}
        if found != expected:
            raise AssertionError(f"{of.name}: process counted {found}, but the files hold {expected}")

    def _remove(self, of: DataSet) -> None:
        """Makes room: drops the tables, and the files, which the emulator holds in memory."""
        for table in (f"processed.{of.name}", f"processed.{of.name}_quarantine", f"curated.{of.name}"):
            self._session.sql(f"DROP TABLE IF EXISTS glue_catalog.{table} PURGE")
        for bucket, prefix in ((support.SOURCE, of.source.prefix), (support.RAW, f"data/{of.name}/")):
            boto3.resource("s3").Bucket(bucket).objects.filter(Prefix=prefix).delete()
