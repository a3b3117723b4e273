"""Merge by key, with deletes: the same table whatever the order in which batches are merged.

Of the rows with one key the newest stays: that with the greatest `orderBy`; where equal or without, that of the batch
ingested last. Versions are compared as structs, which is total: null is less than anything.

What was deleted is kept in a table of its own, of each key its newest deletion. A row that is no newer does not come
in, so a late one cannot bring a deleted row back.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from . import commits, lake, layout
from .definition import DataSet
from .lake import BATCH_ID, INGESTED_AT, Table, TableColumn, literal, quoted
from .survey import Survey, is_deletion

# A merge writes the rows that it changes, not the files that they are in: it costs what the batch is, not the table.
MERGE_ON_READ = {"write.merge.mode": "merge-on-read", "write.delete.mode": "merge-on-read"}
_DELETION = "_deletion"


def version_of(dataset: DataSet) -> tuple[str, ...]:
    """Columns that say which of two rows with one key is newer, the most important one first."""
    return (*([dataset.order_by] if dataset.order_by else []), INGESTED_AT, BATCH_ID)


def deletions_table(name: str, dataset: DataSet, columns: Sequence[TableColumn]) -> Table:
    """The table of what was deleted; `columns` are those of the data set's curated table."""
    kept = {*dataset.primary_key, *version_of(dataset)}
    return Table(
        name,
        f"Newest deletion of each key of {dataset.name}: rows that are no newer do not come in",
        [column for column in columns if column.name in kept],
        sort_by=dataset.primary_key,
        properties={"write.distribution-mode": "none", "write.merge.distribution-mode": "none", **MERGE_ON_READ},
    )


class Merge:
    """Merges the rows of one batch, one row per key, into table `name`.

    `deletions` names the table of what was deleted, for a data set with a delete marker.
    """

    def __init__(self, spark: SparkSession, dataset: DataSet, name: str, deletions: str | None, survey: Survey):
        self._spark, self._dataset, self._name, self._survey = spark, dataset, name, survey
        self._deletions = deletions
        self._version = version_of(dataset)

    def run(self, rows: DataFrame) -> int:
        """Answers how many of the rows the table took. A batch that was merged before may be merged again."""
        if self._survey.deletions:
            gone = rows.where(is_deletion(self._dataset))
            commits.undisturbed(partial(self._into, self._deletions, gone, partition_by=()))
        while True:
            known = self._known_deletions()
            live = self._with_deletion(rows)
            taken = commits.undisturbed(partial(self._into, self._name, live, self._dataset.partition_by))
            # Another run may have recorded a deletion meanwhile, and not found the row that it deletes.
            if self._known_deletions() == known:
                return taken

    def forget_deletions(self, rows: DataFrame, batch: str) -> None:
        """Before `run`: removes deletions that the batch had brought and does not bring any more."""
        if self._deletions:
            self._forget(self._deletions, rows.where(is_deletion(self._dataset)), batch)

    def forget_rows(self, rows: DataFrame, batch: str) -> None:
        """After `run`: removes rows that the batch had brought and does not bring any more."""
        self._forget(self._name, rows, batch)

    def _into(self, name: str, rows: DataFrame, partition_by: Sequence[str]) -> int:
        before = lake.current_snapshot(self._spark, name)
        if before is None or before.is_empty:
            new = rows.where(F.col(_DELETION).isNull()).drop(_DELETION) if _DELETION in rows.columns else rows
            arranged = layout.arranged(new, self._spark, self._survey.layout, partition_by)
            commits.replace_all(arranged, self._spark, name, since=before)
        else:
            rows.createOrReplaceTempView("merge_batch")
            self._spark.sql(self._statement(name, erasing=_DELETION in rows.columns))
        return commits.added_since(self._spark, name, before)

    def _with_deletion(self, rows: DataFrame) -> DataFrame:
        """The rows with the version of the deletion that keeps each from coming in, if there is one, as _DELETION."""
        if not self._deletions:
            return rows
        rows.createOrReplaceTempView("merge_rows")
        return self._spark.sql(
            f"SELECT new.*, CASE WHEN {self._versions('old')} >= {self._versions('new')} "
            f"THEN {self._versions('old')} END AS {_DELETION} "
            f"FROM merge_rows AS new LEFT JOIN {self._deletions} AS old ON {self._same_row}"
        )

    def _statement(self, name: str, erasing: bool) -> str:
        # What the batch has brought itself is older by definition: a replay may bring another version.
        own = f"old.{BATCH_ID} = new.{BATCH_ID}"
        live = f"new.{_DELETION} IS NULL" if erasing else "true"
        columns = [column.name for column in lake.columns_of(self._spark, name)]
        changes = ", ".join(f"{quoted(column)} = new.{quoted(column)}" for column in columns)
        delete = f"WHEN MATCHED AND NOT {live} AND ({own} OR new.{_DELETION} >= {self._versions('old')}) THEN DELETE "
        return (
            f"MERGE INTO {name} AS old USING merge_batch AS new ON {self._same_row} {delete if erasing else ''}"
            f"WHEN MATCHED AND {live} AND ({own} OR {self._versions('new')} >= {self._versions('old')}) "
            f"THEN UPDATE SET {changes} WHEN NOT MATCHED AND {live} THEN {commits.insert_of(columns)}"
        )

    def _forget(self, name: str, rows: DataFrame, batch: str) -> None:
        rows.createOrReplaceTempView("kept_rows")
        commits.undisturbed(
            lambda: self._spark.sql(
                f"DELETE FROM {name} AS old WHERE {BATCH_ID} = {literal(batch)} "
                f"AND NOT EXISTS (SELECT 1 FROM kept_rows AS new WHERE {self._same_key})"
            )
        )

    def _versions(self, side: str) -> str:
        return f"struct({', '.join(f'{side}.{quoted(name)}' for name in self._version)})"

    @property
    def _same_key(self) -> str:
        return " AND ".join(f"new.{quoted(name)} = old.{quoted(name)}" for name in self._dataset.primary_key)

    @property
    def _same_row(self) -> str:
        """The same key, within the bounds of the batch's keys: files that hold none of them are not read."""
        bounds = (
            f"old.{quoted(name)} BETWEEN {low} AND {high}" for name, (low, high) in self._survey.key_bounds.items()
        )
        return " AND ".join([self._same_key, *bounds])

    def _known_deletions(self) -> int | None:
        """The state of the table of deletions."""
        snapshot = lake.current_snapshot(self._spark, self._deletions) if self._deletions else None
        return snapshot and snapshot.id
