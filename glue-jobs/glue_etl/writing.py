"""Writes the rows of a batch: those of text by way of staged files, typed ones in one pass of Spark's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError
from py4j.protocol import Py4JJavaError
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from . import lake, layout, processed, rows, text_files
from .definition import Column, DataSet
from .job import Run
from .objects import Objects
from .raw_files import Group, dialect_of
from .reading.texts import Texts
from .text_tasks import Plan

if TYPE_CHECKING:
    from .process import Inputs


@dataclass(frozen=True)
class Written:
    """What a write has found: rows read, good ones that are duplicates, and good ones that stand in the table.

    `rejected` has the others as the quarantine takes them, or is None. Where `is_mixed` is true they still stand in the
    table, too.
    """

    read: int
    duplicates: int
    good: int
    rejected: DataFrame | None = None
    is_mixed: bool = False


@contextmanager
def written(run: Run, batch: str, inputs: Inputs, columns: Sequence[Column]) -> Iterator[Written]:
    """Replaces what the processed table holds of the batch. `rejected` can be read as long as the context lasts."""
    if not inputs.is_text:
        yield _write_typed(run, batch, inputs, columns)
        return
    plan = plan_of(run.dataset, columns, _staging(run, batch))
    staged = text_files.stage(run.spark, plan, [file.text for file in inputs.files])
    try:
        if staged.problems:
            inputs.excluded.update(staged.problems)
            run.journal.event("files-unreadable", batch=batch, files=staged.problems)
        yield _write_staged(run, batch, staged, columns)
    finally:
        # What cannot be deleted now expires with the temporary folder.
        with suppress(BotoCoreError, ClientError):
            Objects().delete(staged.files)


def plan_of(dataset: DataSet, columns: Sequence[Column], target: str) -> Plan:
    """How the files of a data set are read; staged files go to the folder `target`, a URI."""
    csv = dataset.source.csv
    nulls = (csv.null_value,) if csv and csv.null_value else ()
    return Plan(csv and dialect_of(csv), tuple(columns), Texts(null_texts=nulls), rows.FILE, target)


def _staging(run: Run, batch: str) -> str:
    """A folder for one attempt: none changes what another one reads."""
    return f"{run.options.tempdir.rstrip('/')}/staged/{batch}/{uuid4().hex}"


def _write_staged(run: Run, batch: str, staged: text_files.StagedRows, columns: Sequence[Column]) -> Written:
    good = staged.good()
    if good is None:
        _clear(run, batch)
        return Written(staged.records, 0, 0, staged.bad())
    values = {
        **{column.name: F.col(lake.quoted(column.name)) for column in columns},
        **_stamps(run, batch),
        processed.REJECTED: F.lit(False),
    }
    wanted = lake.shaped(values, run.spark, run.processed_table)
    of_a_key = (F.col(rows.FILE), F.lit(None).cast("bigint").alias(rows.SALT)) if run.dataset.primary_key else ()
    with layout.for_text(run.spark, staged.text_bytes) as (tasks, pieces):
        duplicates, added = _write_rows(run, batch, good.select(*wanted, *of_a_key).coalesce(pieces), tasks)
    return Written(staged.records, duplicates, added, staged.bad())


def _write_typed(run: Run, batch: str, inputs: Inputs, columns: Sequence[Column]) -> Written:
    """Writes good and rejected rows in one pass.

    A file that turns out to be broken in its midst stays out, and the rest is written again.
    """
    try:
        read, duplicates, added = _write_groups(run, batch, inputs, columns)
    except Py4JJavaError:
        if not inputs.exclude_unreadable():
            raise
        run.journal.event("files-unreadable", batch=batch, files=inputs.excluded)
        read, duplicates, added = _write_groups(run, batch, inputs, columns)
    rejected = processed.rejected(run.spark, run.processed_table, batch)
    bad = rejected.count()
    return Written(read, duplicates, added - bad, rejected if bad else None, is_mixed=bad > 0)


def _write_groups(run: Run, batch: str, inputs: Inputs, columns: Sequence[Column]) -> tuple[int, int, int]:
    """How many rows were read, were duplicates, and were written."""
    groups, counts = list(inputs.groups()), []
    if not groups:
        _clear(run, batch)
        return 0, 0, 0
    stamps = _stamps(run, batch)
    of_a_key = (rows.FILE, rows.SALT) if run.dataset.primary_key else ()

    def fates(group: Group) -> DataFrame:
        values = {**rows.checked(group, columns), **stamps}
        # Counted before anything is made of the rows.
        counts.append(Observation())
        counted = group.frame.observe(counts[-1], F.count(F.lit(1)).alias("read"))
        wanted = lake.shaped(values, run.spark, run.processed_table)
        return counted.select(*wanted, *(values[name].alias(name) for name in of_a_key))

    with layout.for_text(run.spark, inputs.size) as (tasks, pieces):
        checked = reduce(DataFrame.unionByName, map(fates, groups)).coalesce(pieces)
        duplicates, added = _write_rows(run, batch, checked, tasks)
    return sum(count.get["read"] for count in counts), duplicates, added


def _write_rows(run: Run, batch: str, checked: DataFrame, tasks: int) -> tuple[int, int]:
    kept, ranked = checked, Observation()
    if run.dataset.primary_key:
        is_duplicate = F.col(rows.RANK) > 1
        kept = rows.ranked(kept, run.dataset).observe(ranked, F.count(F.when(is_duplicate, 1)).alias("duplicates"))
        kept = kept.where(~is_duplicate).drop(rows.FILE, rows.SALT, rows.RANK)
    lake.replace_batch(kept.coalesce(tasks), run.processed_table, batch)
    added = processed.written(run.spark, run.processed_table).count("added-records")
    return ranked.get["duplicates"] if run.dataset.primary_key else 0, added


def _clear(run: Run, batch: str) -> None:
    lake.replace_batch(run.spark.table(run.processed_table).limit(0), run.processed_table, batch)


def _stamps(run: Run, batch: str) -> dict[str, SparkColumn]:
    ingested_at = F.lit(run.ledger.committed("ingest", batch)["committed_at"]).cast("timestamp")
    return {lake.BATCH_ID: F.lit(batch), lake.INGESTED_AT: ingested_at}
