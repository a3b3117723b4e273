"""Iceberg tables as they were: which snapshot, and what the ledger must then say of the batches that came later."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from console import UsageError

from glue_etl.dynamo import Item
from glue_etl.ledger import COMMITTED, Ledger, iso
from glue_etl.operations import Batch, Operations

from . import iceberg
from .catalog import Catalog, read
from .iceberg import Lake
from .place import Place


@dataclass(frozen=True)
class State:
    """A snapshot that was the table's current one from `time` on."""

    id: int
    time: datetime
    summary: dict[str, str]

    def __str__(self) -> str:
        kinds = ("added-records", "deleted-records", "total-records")
        counts = ", ".join(f"{kind} {self.summary[kind]}" for kind in kinds if kind in self.summary)
        return f"{self.id}  {self.time:%Y-%m-%d %H:%M:%S.%f}"[:-3] + f"  {self.summary['operation']:<9}  {counts}"


class Rollback:
    """Puts a curated table, and the one of its deletions, back to a snapshot; batches that came later are done again.

    Of those, the batches in `discard` are not: they go no further.
    """

    def __init__(self, place: Place, dataset: str, discard: list[str], user: str):
        self._place, self._dataset, self._discard = place, dataset, discard
        self._operations = Operations(Ledger(place.dynamodb, place.ledger, dataset, user))
        self._targets: dict[str, int | None] = {}
        bucket = place.bucket("curated")
        self._lake = Lake(place.s3, bucket, bucket)
        self._catalog = Catalog(place.glue, place.database("curated"))

    def states(self) -> list[State]:
        """Those that the curated table can go back to, the newest first. Raises UsageError if there is no table."""
        found = self._history(self._dataset)
        if found is None:
            known = ", ".join(sorted(self._place.datasets())) or "none"
            raise UsageError(f"there is no curated table of {self._dataset}; data sets that are deployed are: {known}")
        return found

    def plan(self, snapshot: int | None, as_of: datetime | None) -> list[str]:
        """What it will do. Raises UsageError where it cannot."""
        states = self.states()
        chosen = [state for state in states if state.id == snapshot or (as_of and state.time <= as_of)]
        if not chosen:
            raise UsageError(f"{self._dataset} has no such snapshot any more; without one, its snapshots are listed")
        self._time, self._kept = chosen[0].time, {state.id for state in states[states.index(chosen[0]) :]}
        self._targets = {self._dataset: chosen[0].id}
        deletions = self._history(f"{self._dataset}_deletions")
        if deletions is not None:
            earlier = [state for state in deletions if state.time <= self._time]
            self._targets[f"{self._dataset}_deletions"] = earlier[0].id if earlier else None
        later = self._later()
        unknown = set(self._discard) - {batch.id for batch in later}
        if unknown:
            raise UsageError(f"not among the batches that came later: {', '.join(sorted(unknown))}")
        for batch in later:
            self._operations.check_replay(batch, "curate")
        return [
            *(
                f"{table} goes back to {f'snapshot {id}' if id else 'when it was empty'}"
                for table, id in self._targets.items()
            ),
            *(f"batch {batch.id} {self._fate(batch)}" for batch in later),
        ]

    def run(self) -> str:
        """Does it; answers what was done. Done again after an interruption, it goes on."""
        # Before the table goes back: should this end in between, batches are done again, and none is missing. And after
        # it, for those that a run has committed meanwhile.
        count = self._reopen()
        for table, id in self._targets.items():
            self._go_back(table, id)
        count += self._reopen()
        return f"{self._dataset} is as it was at {self._time:%Y-%m-%d %H:%M:%S %Z}; {count} batch(es) were taken out"

    def _go_back(self, table: str, id: int | None) -> None:
        """A commit like those of engines: another metadata file, and the catalog pointed to it."""
        uri = self._catalog.pointer(table)
        metadata = iceberg.at(read(self._lake, uri), id, int(time.time() * 1000), uri)
        if metadata is not None:
            self._catalog.point(table, self._lake.add_metadata(uri, metadata), metadata)

    def _reopen(self) -> int:
        later = self._later()
        for batch in later:
            self._operations.replay(batch, "curate")
        for batch in self._discard:
            found = self._operations.batch(batch)
            if found.state == "OPEN":
                self._operations.discard(found)
        return len(later)

    def _later(self) -> list[Batch]:
        """Batches whose rows are not, or need not be, in the table as it will be."""
        moment = iso(self._time.timestamp())

        def is_later(record: Item) -> bool:
            is_kept = record.get("snapshot_id") in self._kept or record["committed_at"] <= moment
            return record["state"] == COMMITTED and not is_kept

        batches = self._operations.batches()
        return [batch for batch in batches if "curate" in batch.records and is_later(batch.records["curate"])]

    def _fate(self, batch: Batch) -> str:
        return "is discarded" if batch.id in self._discard else "is published again in the next run"

    def _history(self, table: str) -> list[State] | None:
        uri = self._catalog.pointer(table)
        return uri and lineage(read(self._lake, uri))


def lineage(metadata: dict[str, Any]) -> list[State]:
    """The snapshots that led to what the table is now, the newest first. Source: Iceberg's table specification."""
    by_id = {snapshot["snapshot-id"]: snapshot for snapshot in metadata.get("snapshots", [])}
    states, id = [], metadata.get("current-snapshot-id")
    while id in by_id:
        snapshot = by_id[id]
        time = datetime.fromtimestamp(snapshot["timestamp-ms"] / 1000, timezone.utc)
        states.append(State(id, time, snapshot["summary"]))
        id = snapshot.get("parent-snapshot-id")
    return states
