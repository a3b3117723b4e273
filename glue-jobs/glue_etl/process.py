"""Process: raw files of a batch, or the rows of a query, into typed rows; the bad ones into quarantine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from . import lake, layout, maintenance, processed, rows
from .definition import Column, QuerySource
from .errors import SourceSchemaError
from .job import Outcome, Run
from .lake import TableColumn, literal
from .ledger import COMMITTED, REJECTED
from .raw_files import Group, RawBucket, RawFile, RawFiles, typed_group
from .schema import Schema

# Of reasons in a record; the quarantine table has all.
MOST_REASONS = 50
# Of reasons in the journal, an event for each.
JOURNALED_REASONS = 10


def run(run: Run) -> None:
    """Processes every open batch.

    Raises SourceSchemaError after the last one if a file broke what the contract says must not be: its batch is
    stopped, the others go on.
    """
    stopped: list[str] = []

    def work(run: Run, batch: str) -> Outcome:
        inputs = Inputs.of(run, batch)
        stopped.extend(f"batch {batch}: {reason}" for reason in inputs.schema.stopped)
        return process_batch(run, batch, inputs)

    run.each_open_batch(work, remove_batch)
    if stopped:
        raise SourceSchemaError(
            f"{run.dataset.name}: {len(stopped)} file(s) went to quarantine, and their batches are stopped: "
            f"{'; '.join(stopped)}. Then release or discard the batches (npm run batches -- --help)"
        )


@dataclass
class Inputs:
    """What a batch consists of: files to be read, or the rows of a query; and files that stay out, with the reason."""

    schema: Schema
    raw: RawFiles | None
    files: list[RawFile] = field(default_factory=list)
    query: Group | None = None
    excluded: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, batch: str) -> Inputs:
        """Looks at all files of the batch."""
        if isinstance(run.dataset.source, QuerySource):
            from . import products

            return cls.of_query(run, products.read(run, batch))
        return cls.of_files(run, batch, RawBucket(run.s3, run.options.raw_bucket), _manifest(run, batch)["files"])

    @classmethod
    def of_files(cls, run: Run, batch: str, bucket: RawBucket, files: Sequence[Mapping[str, Any]]) -> Inputs:
        """Looks at these files, entries of a manifest."""
        raw = RawFiles(run.spark, bucket, run.dataset)
        inputs = cls(Schema(run.dataset, raw.is_typed), raw)
        found = raw.survey(files)
        for file in found:
            problem = file.problem or inputs.schema.admit(file.path, file.columns)
            if problem:
                inputs.excluded[file.path] = problem
            else:
                inputs.files.append(file)
        empty = len(files) - len(found)
        if empty:
            run.journal.event("files-empty", batch=batch, files=empty)
        return inputs

    @classmethod
    def of_query(cls, run: Run, rows: DataFrame) -> Inputs:
        """Looks at what a query gives."""
        group = typed_group(rows, F.lit(f"query:{run.dataset.name}"))
        inputs = cls(Schema(run.dataset, True), None, query=group)
        problem = inputs.schema.admit("its query", group.types)
        if problem and not inputs.schema.stopped:
            inputs.schema.stopped.append(f"its query {problem}")
        if problem:
            inputs.query, inputs.excluded = None, {f"query:{run.dataset.name}": problem}
        return inputs

    @property
    def size(self) -> int:
        """Bytes of the files to be read."""
        return sum(file.size for file in self.files)

    def groups(self) -> Iterator[Group]:
        """The rows to be read, by layout."""
        if self.query:
            yield self.query
        elif self.files:
            yield from self.raw.groups(self.files)

    def exclude_unreadable(self) -> bool:
        """Has files stay out that cannot be read to their end; answers whether there are any."""
        broken = {file.path: str(file.problem) for file in self.raw.unreadable(self.files)} if self.raw else {}
        self.excluded.update(broken)
        self.files = [file for file in self.files if file.path not in broken]
        return bool(broken)


def process_batch(run: Run, batch: str, inputs: Inputs) -> Outcome:
    """Replaces what the processed and the quarantine table hold of the batch; the same files give the same rows."""
    columns = _ensure_tables(run, inputs.schema)
    read, duplicates, added = _write(run, batch, inputs, columns)
    quarantined = _quarantine(run, batch, inputs)
    good = added - (quarantined - len(inputs.excluded))
    reasons = _reasons(run, batch) if quarantined else {}
    for reason, count in islice(reasons.items(), JOURNALED_REASONS):
        run.journal.event("rows-quarantined", batch=batch, reason=reason, rows=count)
    return Outcome(
        {
            "read": read + len(inputs.excluded),
            "good": good,
            "quarantined": quarantined,
            "duplicates": duplicates,
            "files_quarantined": len(inputs.excluded),
        },
        REJECTED if inputs.schema.stopped else COMMITTED,
        {
            "snapshot_id": processed.written(run.spark, run.processed_table).id,
            "reasons": reasons,
        },
    )


def remove_batch(run: Run, batch: str) -> None:
    """Removes the rows of the batch, good and rejected."""
    for name in (run.processed_table, run.quarantine_table):
        if lake.exists(run.spark, name):
            lake.clear_batch(run.spark, name, batch)


def _ensure_tables(run: Run, schema: Schema) -> list[Column]:
    """Has the tables take what comes; answers the columns that rows are to have."""
    name = run.processed_table
    columns = schema.columns(lake.columns_of(run.spark, name) if lake.exists(run.spark, name) else [])
    wanted = [TableColumn(column.name, column.type, column.description) for column in columns]
    maintenance.ensure(run, processed.table(name, run.dataset, lake.not_narrower(wanted, run.spark, name)))
    maintenance.ensure(run, lake.quarantine(run.quarantine_table, run.dataset))
    return columns


def _write(run: Run, batch: str, inputs: Inputs, columns: Sequence[Column]) -> tuple[int, int, int]:
    """Writes good and rejected rows; answers how many were read, were duplicates, and were written.

    A file that turns out to be broken in its midst stays out, and the rest is written again.
    """
    try:
        return _write_once(run, batch, inputs, columns)
    except Py4JJavaError:
        if not inputs.exclude_unreadable():
            raise
    run.journal.event("files-unreadable", batch=batch, files=inputs.excluded)
    return _write_once(run, batch, inputs, columns)


def _write_once(run: Run, batch: str, inputs: Inputs, columns: Sequence[Column]) -> tuple[int, int, int]:
    groups, counts = list(inputs.groups()), []
    if not groups:
        lake.replace_batch(run.spark.table(run.processed_table).limit(0), run.processed_table, batch)
        return 0, 0, 0
    stamps = {lake.BATCH_ID: F.lit(batch), lake.INGESTED_AT: _ingested_at(run, batch)}
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


def _quarantine(run: Run, batch: str, inputs: Inputs) -> int:
    """Moves the rejected rows of the batch, and notes of files that stay out, to the quarantine; answers how many."""
    spark, name = run.spark, run.processed_table
    rejected = processed.rejected(spark, name, batch)
    if not inputs.excluded and rejected.isEmpty():
        lake.clear_batch(spark, run.quarantine_table, batch)
        return 0
    if inputs.excluded:
        rejected = rejected.unionByName(_notes(run, inputs.excluded))
    lake.replace_batch(rejected.withColumn(lake.BATCH_ID, F.lit(batch)), run.quarantine_table, batch)
    processed.drop_rejected(spark, name, batch)
    return processed.written(spark, run.quarantine_table).count("added-records")


def _notes(run: Run, excluded: Mapping[str, str]) -> DataFrame:
    notes = ", ".join(f"({literal(file)}, array({literal(f'file: {why}')}))" for file, why in excluded.items())
    return run.spark.sql(f"SELECT file, reasons, CAST(NULL AS string) AS raw FROM VALUES {notes} AS (file, reasons)")


def _reasons(run: Run, batch: str) -> dict[str, int]:
    """How many rows were rejected for each reason, the most frequent first; those past MOST_REASONS as `other`."""
    reason = run.spark.table(run.quarantine_table).where(lake.of_batch(batch)).select(F.explode("reasons").alias("why"))
    counted = reason.groupBy("why").count().orderBy(F.desc("count"), "why").limit(MOST_REASONS + 1).collect()
    reasons = {row["why"]: row["count"] for row in counted[:MOST_REASONS]}
    if len(counted) > MOST_REASONS:
        reasons["other"] = reason.count() - sum(reasons.values())
    return reasons


def _manifest(run: Run, batch: str) -> dict[str, Any]:
    key = run.ledger.committed("ingest", batch)["manifest"]
    return json.loads(run.s3.get_object(Bucket=run.options.raw_bucket, Key=key)["Body"].read())


def _ingested_at(run: Run, batch: str) -> SparkColumn:
    return F.lit(run.ledger.committed("ingest", batch)["committed_at"]).cast("timestamp")
