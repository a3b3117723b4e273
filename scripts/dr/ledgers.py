"""Makes the ledger of a Region that takes over true of what has been replicated to it.

DynamoDB replicates items one by one within a second or so, S3 objects within minutes; neither waits for the other. So
the ledger may know batches whose data is not here, and of one commit only a part. Of each batch it is decided how far
it has come here; one of which nothing usable has arrived is forgotten, so that its source, if that has, is new again.
A batch that is done again gives the same rows. So in doubt it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from glue_etl.definition import DatabaseSource, DataSet, FileSource, QuerySource
from glue_etl.dynamo import put, remove
from glue_etl.ledger import COMMITTED, DISCARDED, EXCLUSIVE, NEXT_STAGE, RELEASED, STAGES, Ledger, utc_now
from glue_etl.operations import Batch, Operations

from .iceberg import State

KEPT, REDONE, LOST = "kept", "redone", "lost"


@dataclass(frozen=True)
class Fate:
    """What becomes of a batch: `stage` is the one that is to do it next, None if none is."""

    batch: Batch
    kind: str
    stage: str | None = None


@dataclass(frozen=True)
class Decision:
    """What a move that began at `since` has decided of batches, by their ids; some of those kept are done `again`."""

    since: str
    kept: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Raw:
    """The raw bucket of a Region: which batches are there whole."""

    def __init__(self, s3: Any, bucket: str):
        self._s3, self._bucket = s3, bucket

    def has(self, dataset: str, batch: str, record: Mapping[str, Any]) -> bool:
        """Whether the manifest that ingest's record names is there, and all files that it names."""
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=record["manifest"])["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return False
        present = dict(self._listed(f"data/{dataset}/batch_id={batch}/"))
        return all(present.get(file["key"]) == file["size"] for file in json.loads(body)["files"])

    def _listed(self, prefix: str) -> Iterator[tuple[str, int]]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            yield from ((found["Key"], found["Size"]) for found in page.get("Contents", []))


class Reconciliation:
    """Of one data set. `tables` says how far its tables have come here, by the stage that writes them.

    `last` is what an earlier move has decided: when the Region that was lost comes back, DynamoDB brings batches of
    before that were given up. They are lost all the same. `own` is what this move has decided before it was
    interrupted, which holds: the ledger may have forgotten a part of it.
    """

    def __init__(
        self,
        ledger: Ledger,
        dataset: DataSet,
        raw: Raw,
        tables: Mapping[str, State],
        last: Decision | None = None,
        own: Decision | None = None,
    ):
        self._ledger, self._dataset, self._raw = ledger, dataset, raw
        self._tables = tables
        self._last, self._own = last, own or Decision("")

    @cached_property
    def fates(self) -> list[Fate]:
        """Of all batches, in the order in which they were ingested."""
        return [self._fate(batch) for batch in Operations(self._ledger).batches(partial=True)]

    @property
    def decision(self) -> Decision:
        """What has been decided, by this attempt and by earlier ones."""
        ids = {kind: [fate.batch.id for fate in self.fates if fate.kind == kind] for kind in (KEPT, REDONE, LOST)}
        again, lost = (dict.fromkeys(ids) for ids in (self._own.again + ids[REDONE], self._own.lost + ids[LOST]))
        return Decision(self._own.since, ids[KEPT] + ids[REDONE], list(again), list(lost))

    def apply(self) -> None:
        """Writes what follows into the ledger. Done again, it changes nothing."""
        ledger = self._ledger
        # An ingest that was under way there does not go on here, and may be one that was committed.
        ledger.table.transact(remove(ledger.open("ingest"), EXCLUSIVE))
        # Before the ledger forgets which batches these are: whoever goes on after an interruption finds the rest.
        self._find_again({fate.batch.id for fate in self.fates if fate.kind == LOST})
        self._write(self.fates)

    def forget_late(self) -> None:
        """Of all that, what concerns batches that were given up and came later: runs may be at work on others."""
        late = [fate for fate in self.fates if self._is_late(fate.batch)]
        if late:
            self._find_again({fate.batch.id for fate in late})
        self._write(late)

    def _write(self, fates: list[Fate]) -> None:
        for fate in fates:
            writes = self._writes(fate)
            if writes:
                self._ledger.table.transact(*writes)

    def _find_again(self, lost: set[str]) -> None:
        """Has what the lost batches had brought in be new again."""
        ledger = self._ledger
        if isinstance(self._dataset.source, FileSource):
            self._forget_files(lost)
            # What is at the source and not known is found by listing it once.
            Operations(ledger).list_again()
        elif lost and isinstance(self._dataset.source, DatabaseSource):
            self._set_watermark_back()
        elif lost and isinstance(self._dataset.source, QuerySource):
            ledger.table.transact(remove(ledger.state, "inputs"))

    def _fate(self, batch: Batch) -> Fate:
        records = batch.records
        if _is_removed(batch):
            return Fate(batch, KEPT)
        if self._is_late(batch) or batch.id in self._own.lost:
            return Fate(batch, LOST)
        if "ingest" in batch.entries and "record" in batch.entries["ingest"] and "ingest" not in records:
            return Fate(batch, KEPT, "ingest")
        if "ingest" not in records:
            return Fate(batch, LOST)
        done = [stage for stage in STAGES if stage in records]
        last = records[done[-1]]
        if last["state"] == DISCARDED:
            return Fate(batch, KEPT)
        missing = [stage for stage, table in self._tables.items() if stage in done and not table.holds(records[stage])]
        is_published = "curate" in done and "curate" not in missing
        if not missing or is_published:
            return self._kept(batch, done[-1])
        if missing[0] == "curate":
            return Fate(batch, REDONE, "curate")
        return Fate(batch, REDONE, "process") if self._has_raw(batch) else Fate(batch, LOST)

    def _kept(self, batch: Batch, last: str) -> Fate:
        is_open = batch.records[last]["state"] in (COMMITTED, RELEASED)
        following = NEXT_STAGE[last] if is_open else None
        if following == "process" and not self._has_raw(batch):
            return Fate(batch, LOST)
        return Fate(batch, KEPT, following)

    def _has_raw(self, batch: Batch) -> bool:
        """A data product has no files: its batch is computed anew, from what its inputs are here."""
        if isinstance(self._dataset.source, QuerySource):
            return False
        return self._raw.has(self._dataset.name, batch.id, batch.records["ingest"])

    def _is_late(self, batch: Batch) -> bool:
        if self._last is None or batch.id in self._last.kept:
            return False
        times = [item["committed_at"] for item in batch.records.values()]
        times += [item["opened_at"] for item in batch.entries.values()]
        return min(times) < self._last.since

    def _writes(self, fate: Fate) -> list[dict[str, Any]]:
        ledger, id, entries = self._ledger, fate.batch.id, fate.batch.entries
        if _is_removed(fate.batch):
            return []
        first = {KEPT: None, REDONE: fate.stage, LOST: "ingest"}[fate.kind]
        gone = [stage for stage in fate.batch.records if first and STAGES.index(stage) >= STAGES.index(first)]
        writes = [remove(ledger.done(stage), id) for stage in gone]
        writes += [remove(ledger.open(stage), id) for stage in entries if stage != fate.stage]
        if fate.stage:
            before = entries.get(fate.stage, {"opened_at": utc_now()})
            entry = {name: value for name, value in before.items() if not name.startswith("lease_")}
            replay = {"replay": True} if fate.kind == REDONE else {}
            writes.append(put({**entry, **replay, "pk": ledger.open(fate.stage), "sk": id}))
        return writes

    def _forget_files(self, lost: set[str]) -> None:
        ledger = self._ledger
        if lost:
            for item in ledger.table.query(f"{ledger.dataset}#source"):
                if item["batch_id"] in lost:
                    ledger.table.delete(item["pk"], item["sk"], "batch_id = :batch", {":batch": item["batch_id"]})
        unsettled = ledger.table.get(ledger.state, "unsettled")
        if unsettled and unsettled["batch_id"] in lost:
            ledger.table.transact(remove(ledger.state, "unsettled"))

    def _set_watermark_back(self) -> None:
        """To where the last batch ends that is here."""
        kept = [
            fate.batch.records["ingest"] for fate in self.fates if fate.kind != LOST and "ingest" in fate.batch.records
        ]
        ends = [record["watermark"]["up_to"] for record in kept if "watermark" in record]
        state = {"pk": self._ledger.state, "sk": "watermark"}
        self._ledger.table.transact(put({**state, "value": ends[-1]}) if ends else remove(*state.values()))


def _is_removed(batch: Batch) -> bool:
    """Whether an operator has had it removed: what is open is the removal of its rows."""
    return any("remove" in entry for entry in batch.entries.values())
