"""Batches as the stage `process` leaves them, from rows in SQL: for tests of what comes after it."""

from collections.abc import Mapping
from dataclasses import replace
from unittest import mock

from glue_etl import curate, lake, processed, validate
from glue_etl.definition import DataSet
from glue_etl.job import Run

from . import support

STAGES = {"validate": validate, "curate": curate}


class Batches:
    """Processed batches of one data set, each with its own time of ingestion: the order in which they are added."""

    def __init__(self, of: DataSet):
        self.of = of
        self.table = f"glue_catalog.processed.{of.name}"
        self._rows: dict[str, str] = {}

    def add(self, id: str, rows: str, properties: Mapping[str, str] | None = None) -> None:
        """Adds a batch with the rows of a query, or gives it other ones; `properties` are those of the table."""
        minutes = list({**self._rows, id: rows}).index(id)
        ingested_at = f"2026-01-01T{minutes // 60:02}:{minutes % 60:02}:00.000000+00:00"
        self._rows[id] = rows
        frame = support.spark().sql(
            f"SELECT *, '{id}' AS {lake.BATCH_ID}, timestamp'{ingested_at}' AS {lake.INGESTED_AT} FROM ({rows})"
        )
        columns = [lake.TableColumn(name, type) for name, type in frame.dtypes]
        lake.ensure(support.spark(), lake.Table(self.table, "", columns, (lake.BATCH_ID,), properties=properties or {}))
        lake.replace_batch(lake.aligned(frame, support.spark(), self.table), self.table, id)
        good = frame.count()
        counts = {"read": good, "good": good, "quarantined": 0, "duplicates": 0}
        items = [
            {"pk": self._ledger.done("ingest"), "sk": id, "committed_at": ingested_at},
            {"pk": self._ledger.done("process"), "sk": id, "committed_at": ingested_at, "counts": counts},
        ]
        self._ledger.table.put_many(items)

    def read(self, spark, name: str, batch: str, snapshot_id: int | None):
        """Stands in for the reader of the processed table: a batch has the columns that it came with."""
        columns = map(lake.quoted, spark.sql(self._rows[batch]).columns)
        return spark.table(name).where(lake.of_batch(batch)).select(*columns, lake.BATCH_ID, lake.INGESTED_AT)

    def do(
        self,
        stage: str,
        *ids: str,
        database: str = "curated",
        replayed: bool = False,
        opened_at: str = "2999-01-01T00:00:00+00:00",
    ) -> list[dict]:
        """Has the stage do the batches, one run each; answers their records."""
        return [self._do(stage, id, database, replayed, opened_at) for id in ids]

    def curate(self, *ids: str, **options) -> list[dict]:
        """Has `curate` do the batches in this order; answers the counts of each."""
        return [record["counts"] for record in self.do("curate", *ids, **options)]

    def record(self, stage: str, id: str) -> dict | None:
        """What the stage has committed for the batch."""
        return self._ledger.committed(stage, id)

    def open(self, stage: str) -> list[str]:
        """Ids of the batches that the stage has still to do."""
        return self._ledger.open_batches(stage)

    def rows(self, database: str = "curated", suffix: str = "") -> list[tuple]:
        """Rows of the curated table, in the order of their text, without the batch's columns."""
        table = support.spark().table(f"glue_catalog.{database}.{self.of.name}{suffix}")
        columns = [lake.quoted(name) for name in table.columns if not name.startswith("_")]
        return sorted((tuple(row) for row in table.select(*columns).collect()), key=str)

    def _do(self, stage: str, id: str, database: str, replayed: bool, opened_at: str) -> dict:
        run = self._run(stage, id, database)
        entry = {
            "pk": run.ledger.open(stage),
            "sk": id,
            "opened_at": opened_at,
            **({"replay": True} if replayed else {}),
        }
        run.ledger.table.put_many([entry])
        run.ledger.table.delete(run.ledger.done(stage), id, "attribute_exists(pk)")
        with mock.patch.object(processed, "read", self.read):
            STAGES[stage].run(run)
        return run.ledger.committed(stage, id)

    def _run(self, stage: str, id: str, database: str = "curated") -> Run:
        run = support.run_of(stage, self.of, id)
        run.options = replace(run.options, curated_database=database)
        return run

    @property
    def _ledger(self):
        return support.run_of("process", self.of, "seed").ledger
