"""A data product as a source: a query over curated tables, each as it was when the batch was made.

A batch brings in no files. Its manifest says which snapshot of each input it is computed from, so that a run again
gives the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame

from . import lake
from .dynamo import put
from .errors import SourceLostError
from .intake import Intake, Place
from .job import Run


class Product:
    """The source of a data product, during one run."""

    def __init__(self, run: Run):
        self._run = run

    def new(self, place: Place) -> Intake | None:
        """The inputs as they are now; None until all have published, or if none has since the last batch."""
        snapshots = new_inputs(self._run)
        if snapshots is None:
            return None
        state = put({"pk": self._run.ledger.state, "sk": "inputs", "snapshots": snapshots})
        return Intake([], extra={"inputs": snapshots}, also=[state])

    def again(self, place: Place, manifest: Mapping[str, Any]) -> Intake:
        """The inputs as they were."""
        return Intake([], extra={"inputs": manifest["inputs"]})


def new_inputs(run: Run) -> dict[str, int] | None:
    """The snapshot of each input's curated table, {input: id}; None if one is missing, or if none is new."""
    current = {name: _published(run, name) for name in run.dataset.source.inputs}
    if None in current.values():
        run.journal.event("inputs-missing", inputs=[name for name, id in current.items() if id is None])
        return None
    state = run.ledger.table.get(run.ledger.state, "inputs") or {"snapshots": {}}
    return None if state["snapshots"] == current else current


def read(run: Run, batch: str) -> DataFrame:
    """The rows of the query over the inputs as the batch's manifest says; their order is not given.

    Raises SourceLostError if an input's snapshot has expired.
    """
    manifest = run.ledger.committed("ingest", batch)["manifest"]
    body = run.s3.get_object(Bucket=run.options.raw_bucket, Key=manifest)["Body"].read()
    for name, snapshot in json.loads(body)["inputs"].items():
        table = _table(run, name)
        if not lake.has_snapshot(run.spark, table, snapshot):
            raise SourceLostError(
                f"{run.dataset.name}: batch {batch} is computed from snapshot {snapshot} of {table}, which has "
                "expired; discard the batch (npm run batches -- --help) and run the workflow, which computes it anew"
            )
        run.spark.read.option("snapshot-id", str(snapshot)).table(table).createOrReplaceTempView(name)
    return run.spark.sql(run.dataset.source.sql)


def _published(run: Run, name: str) -> int | None:
    """The last snapshot of the input that changed its rows, which compaction does not; None if there is none."""
    table = _table(run, name)
    if not lake.exists(run.spark, table):
        return None
    return next((found.id for found in lake.history(run.spark, table) if found.operation != "replace"), None)


def _table(run: Run, dataset: str) -> str:
    return f"glue_catalog.{run.options.curated_database}.{dataset}"
