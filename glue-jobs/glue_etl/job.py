"""Runs one stage of one data set: the entry of the four job scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import boto3
from pyspark.sql import SparkSession

from . import definition, regions
from .definition import DataSet
from .errors import AccountingError, LeaseLostError
from .journal import Journal, first_line
from .ledger import COMMITTED, Ledger
from .options import Options
from .runtime import GlueRuntime


@dataclass(frozen=True)
class Outcome:
    """What a stage did with a batch: row counts by fate, the verdict, and what else the record is to keep.

    `also` are further writes of the transaction that commits it (see `dynamo`).
    """

    counts: Mapping[str, int]
    state: str = COMMITTED
    details: Mapping[str, Any] = field(default_factory=dict)
    also: Sequence[dict[str, Any]] = ()


class Run:
    """One run of one stage, with all that its work needs."""

    def __init__(self, stage: str, runtime: GlueRuntime, journal: Journal):
        self.stage, self.runtime, self.journal = stage, runtime, journal
        self.options: Options = runtime.options
        self.s3 = boto3.client("s3")
        self.dataset: DataSet = definition.load(self.s3, self.options.definition)
        self.ledger = Ledger(
            boto3.client("dynamodb"), self.options.job_bookmarks_table, self.dataset.name, self.options.owner
        )

    @property
    def spark(self) -> SparkSession:
        """The Spark session; started at first use."""
        return self.runtime.spark

    @property
    def processed_table(self) -> str:
        """Good rows, by batch."""
        return f"glue_catalog.{self.options.processed_database}.{self.dataset.name}"

    @property
    def quarantine_table(self) -> str:
        """Rejected rows, by batch."""
        return f"{self.processed_table}_quarantine"

    @property
    def curated_table(self) -> str:
        """What people query."""
        return f"glue_catalog.{self.options.curated_database}.{self.dataset.name}"

    def commit(self, batch: str, outcome: Outcome, key: str | None = None) -> None:
        """Checks the books and commits; raises AccountingError or LeaseLostError, and then nothing is committed."""
        check_counts(self.dataset.name, batch, outcome.counts)
        record = {
            "state": outcome.state,
            "counts": dict(outcome.counts),
            "job_run_id": self.options.job_run_id,
            **outcome.details,
        }
        self.ledger.commit(self.stage, batch, record, key, outcome.also)
        self.journal.committed(batch, outcome.state, dict(outcome.counts))

    def each_open_batch(
        self, work: Callable[[Run, str], Outcome], remove: Callable[[Run, str], None] | None = None
    ) -> None:
        """Does `work` on every batch that is open for the stage, the oldest first, each under its lease.

        `remove` is done instead on a batch that an operator removes: of the stages that write tables.

        A batch that fails stays open and does not stop the others. Raises what the first one failed with, once all have
        had their turn.
        """
        failures: list[Exception] = []
        for batch in self.ledger.open_batches(self.stage):
            try:
                self._do(batch, work, remove)
            except Exception as error:
                self.journal.event("batch-failed", batch=batch, error=first_line(error))
                failures.append(error)
        if failures:
            raise failures[0]

    def _do(self, batch: str, work: Callable[[Run, str], Outcome], remove: Callable[[Run, str], None] | None) -> None:
        if not self.ledger.take(self.stage, batch):
            self.journal.event("batch-skipped", batch=batch, reason="another run holds its lease")
            return
        self.journal.event("batch-started", batch=batch)
        try:
            with self.ledger.kept(self.stage, batch):
                if remove and self.ledger.is_removal(self.stage, batch):
                    remove(self, batch)
                    self.ledger.removed(self.stage, batch)
                    self.journal.event("batch-removed", batch=batch)
                else:
                    self.commit(batch, work(self, batch))
        except LeaseLostError as error:
            self.journal.event("batch-skipped", batch=batch, reason=str(error))


def check_counts(dataset: str, batch: str, counts: Mapping[str, int]) -> None:
    """Raises AccountingError unless every row read has exactly one fate. Ingest counts files, and has none to check."""
    if "read" not in counts:
        return
    accounted = counts["good"] + counts["quarantined"] + counts["duplicates"]
    if counts["read"] != accounted:
        raise AccountingError(
            f"{dataset}: batch {batch} read {counts['read']} rows but accounts for {accounted} "
            f"({dict(counts)}); nothing was committed, run the job again"
        )


def main(stage: str, work: Callable[[Run], None], argv: Sequence[str]) -> None:
    """Runs `work`, journals it, and lets its error out: Glue then says FAILED and shows it."""
    runtime = GlueRuntime(argv)
    journal = Journal(stage, runtime.options)
    journal.started()
    try:
        run = Run(stage, runtime, journal)
        regions.check(run.ledger.table)
        work(run)
        runtime.commit()
    except Exception as error:
        with suppress(Exception):  # the run's own error is the one to be seen
            journal.failed(error)
        raise
    journal.succeeded()
