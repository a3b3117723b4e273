"""Process: raw files of a batch, or the rows of a query, into typed rows; the bad ones into quarantine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from itertools import islice
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from . import lake, maintenance, processed, writing
from .definition import Column, QuerySource
from .errors import SourceSchemaError
from .job import Outcome, Run
from .lake import TableColumn, literal
from .ledger import COMMITTED, REJECTED
from .raw_files import Group, RawBucket, RawFile, RawFiles, typed_group
from .schema import Schema
from .writing import Written

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
    def is_text(self) -> bool:
        """Whether the records are found and read here, and not by Spark."""
        return self.raw is not None and self.raw.is_text

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
    with writing.written(run, batch, inputs, columns) as written:
        quarantined = _quarantine(run, batch, inputs, written)
    reasons = _reasons(run, batch) if quarantined else {}
    for reason, count in islice(reasons.items(), JOURNALED_REASONS):
        run.journal.event("rows-quarantined", batch=batch, reason=reason, rows=count)
    return Outcome(
        {
            "read": written.read + len(inputs.excluded),
            "good": written.good,
            "quarantined": quarantined,
            "duplicates": written.duplicates,
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


def _quarantine(run: Run, batch: str, inputs: Inputs, written: Written) -> int:
    """Puts the rejected rows of the batch, and notes of files that stay out, into the quarantine; answers how many."""
    spark, parts = run.spark, []
    if written.rejected is not None:
        parts.append(written.rejected)
    if inputs.excluded:
        parts.append(_notes(run, inputs.excluded))
    if not parts:
        lake.clear_batch(spark, run.quarantine_table, batch)
        return 0
    rejected = reduce(partial(DataFrame.unionByName, allowMissingColumns=True), parts)
    shaped = lake.aligned(rejected.withColumn(lake.BATCH_ID, F.lit(batch)), spark, run.quarantine_table)
    lake.replace_batch(shaped, run.quarantine_table, batch)
    if written.is_mixed:
        processed.drop_rejected(spark, run.processed_table, batch)
    return processed.written(spark, run.quarantine_table).count("added-records")


def _notes(run: Run, excluded: Mapping[str, str]) -> DataFrame:
    notes = ", ".join(f"({literal(file)}, array({literal(f'file: {why}')}))" for file, why in excluded.items())
    return run.spark.sql(f"SELECT * FROM VALUES {notes} AS (file, reasons)")


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
