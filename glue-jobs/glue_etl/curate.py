"""Curate: validated batches into the table that people query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from . import commits, lake, layout, maintenance, processed
from .errors import AccountingError
from .job import Outcome, Run
from .lake import BATCH_COLUMNS, BATCH_ID, Table, TableColumn
from .merge import MERGE_ON_READ, Merge, deletions_table
from .survey import Survey, survey

# The shortest time for which Glue's table optimizer keeps snapshots.
_SNAPSHOTS_KEPT = timedelta(days=1)
# In a snapshot's summary: which batch replaced the table, by its age.
_AGE = "batch-age"


@dataclass(frozen=True)
class Batch:
    """A batch to be published: its good rows in the curated table's columns, and how many they are.

    One that has waited for days may have been published by a run that died then, and the trace of it have expired.
    """

    id: str
    rows: DataFrame
    good: int
    is_replay: bool
    has_waited: bool
    survey: Survey


def run(run: Run) -> None:
    """Curates every open batch."""
    run.each_open_batch(curate_batch, remove_batch)


def curate_batch(run: Run, id: str) -> Outcome:
    """Writes one batch the way the contract says; again gives the same table, and so does another order of batches.

    `published` counts the batch's rows that the curated table took: fewer than were read if newer rows of other batches
    keep their place. `deleted` counts those that delete, of a data set with a delete marker.
    """
    record = run.ledger.committed("process", id)
    good = record["counts"]["good"]
    read = processed.read(run.spark, run.processed_table, id, record.get("snapshot_id"))
    found = survey(read, run.dataset, _size(run, id), run.spark.sparkContext.defaultParallelism)
    table = curated(run, read, found)
    maintenance.ensure(run, table)
    before = lake.current_snapshot(run.spark, table.name)
    layout.prepare(run.spark, found.layout, before.count("total-files-size") if before else 0)
    rows = lake.aligned(read, run.spark, table.name)
    batch = Batch(id, rows, good, run.ledger.is_replay("curate", id), _has_waited(run, id), found)
    published = _MODES[run.dataset.write_mode](run, table, batch)
    deleted = {"deleted": found.deletions} if run.dataset.delete_marker else {}
    # By it a Region that takes over knows whether the table that was replicated to it holds the batch.
    state = lake.current_snapshot(run.spark, table.name)
    return Outcome(
        {"read": good, "good": good, "quarantined": 0, "duplicates": 0, "published": published, **deleted},
        details={"snapshot_id": state and state.id},
    )


def remove_batch(run: Run, id: str) -> None:
    """Removes the rows that came with the batch. Those in whose place they came do not come back by that."""
    for name in (run.curated_table, f"{run.curated_table}_deletions"):
        if lake.exists(run.spark, name):
            commits.undisturbed(partial(lake.clear_batch, run.spark, name, id))


def curated(run: Run, read: DataFrame, survey: Survey) -> Table:
    """The table that people query: the contract's columns, those that the source has brought since, and the batch's.

    Partitioned as the contract says, and sorted by key within a file.
    """
    comments = {column.name: column.description for column in run.dataset.columns}
    columns = [
        TableColumn(field.name, field.dataType.simpleString(), comments.get(field.name, "Not in the contract"))
        for field in read.schema
        if field.name not in {column.name for column in BATCH_COLUMNS}
    ]
    properties = {
        # How rows come together is up to `layout`, but for the rows that a merge changes.
        "write.distribution-mode": "none",
        "write.merge.distribution-mode": "hash" if survey.layout.clustered else "none",
        **(commits.STAGED_APPENDS if run.dataset.write_mode == "append" else {}),
        **MERGE_ON_READ,
    }
    return Table(
        run.curated_table,
        run.dataset.description,
        lake.not_narrower([*columns, *BATCH_COLUMNS], run.spark, run.curated_table),
        partition_by=run.dataset.partition_by,
        sort_by=run.dataset.primary_key,
        properties=properties,
    )


def _has_waited(run: Run, batch: str) -> bool:
    """Whether the batch was opened longer ago than snapshots are sure to be kept.

    No longer open, it has just been committed by a run that took it over: this one's commit will find out.
    """
    item = run.ledger.table.get(run.ledger.open("curate"), batch)
    return item is not None and datetime.fromisoformat(item["opened_at"]) < datetime.now(timezone.utc) - _SNAPSHOTS_KEPT


def _size(run: Run, batch: str) -> int:
    """Bytes of the batch's files in the processed table."""
    files = run.spark.table(f"{run.processed_table}.files").where(F.col(f"partition.{BATCH_ID}") == F.lit(batch))
    return files.agg(F.sum("file_size_in_bytes")).first()[0] or 0


def _merge(run: Run, table: Table, batch: Batch) -> int:
    """One row per key, the newest; see `merge`."""
    deletions = f"{table.name}_deletions" if run.dataset.delete_marker else None
    if deletions:
        maintenance.ensure(run, deletions_table(deletions, run.dataset, lake.columns_of(run.spark, table.name)))
    merge = Merge(run.spark, run.dataset, table.name, deletions, batch.survey)
    if batch.is_replay:
        merge.forget_deletions(batch.rows, batch.id)
    published = merge.run(batch.rows) if batch.good else 0
    if batch.is_replay:
        merge.forget_rows(batch.rows, batch.id)
    return published


def _append(run: Run, table: Table, batch: Batch) -> int:
    """Adds the rows once, or puts them in place of those that the batch brought when it was published before."""
    if batch.is_replay:
        before = lake.current_snapshot(run.spark, table.name)
        commits.undisturbed(lambda: commits.exchange_batch(batch.rows, run.spark, table.name, batch.id))
        return _complete(run, batch, commits.added_since(run.spark, table.name, before))
    if not batch.good:
        return 0
    if batch.has_waited and (published := lake.count_batch(run.spark, table.name, batch.id)):
        return _complete(run, batch, published)
    rows = layout.arranged(batch.rows, run.spark, batch.survey.layout, table.partition_by)
    return _complete(run, batch, commits.append(rows, run.spark, table.name, batch.id))


def _replace(run: Run, table: Table, batch: Batch) -> int:
    """Puts the batch in place of everything, unless the table holds one that was ingested later."""
    age = f"{run.ledger.committed('ingest', batch.id)['committed_at']} {batch.id}"
    rows = layout.arranged(batch.rows, run.spark, batch.survey.layout, table.partition_by)

    def replace() -> int:
        since = lake.current_snapshot(run.spark, table.name)
        history = lake.history(run.spark, table.name)
        published = next((found.summary[_AGE] for found in history if _AGE in found.summary), "")
        if published > age:
            return 0
        commits.replace_all(rows, run.spark, table.name, since, {_AGE: age})
        return _complete(run, batch, commits.added_since(run.spark, table.name, since))

    return commits.undisturbed(replace)


def _complete(run: Run, batch: Batch, published: int) -> int:
    """Raises AccountingError unless every row of the batch was published."""
    if published != batch.good:
        raise AccountingError(
            f"{run.dataset.name}: batch {batch.id} has {batch.good} good rows, but {published} reached "
            f"{run.curated_table}; nothing was committed to the ledger, run the job again"
        )
    return published


_MODES: Mapping[str, Callable[[Run, Table, Batch], int]] = {"merge": _merge, "append": _append, "replace": _replace}
