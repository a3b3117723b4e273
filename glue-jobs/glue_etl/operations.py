"""What an operator does with batches: see where they stand, run them again, let one pass, drop one, remove one.

Each change is one transaction under the conditions on which it was decided: it happens whole, or not at all where a run
or another operator was quicker.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .dynamo import ConditionFailedError, Item, change, check, put, remove
from .errors import BatchStateError
from .ledger import ABSENT, COMMITTED, DISCARDED, EXCLUSIVE, NEXT_STAGE, REJECTED, RELEASED, STAGES, Ledger, utc_now

OPEN, RUNNING = "OPEN", "RUNNING"
# The stages that write tables.
_WRITERS = ("process", "curate")
_UNLEASED = "attribute_not_exists(lease_owner) OR lease_until < :now"


@dataclass(frozen=True)
class Batch:
    """Where a batch stands. `records` are what stages have committed, `entries` what is open, both by stage."""

    id: str
    records: Mapping[str, Item]
    entries: Mapping[str, Item]

    @property
    def stage(self) -> str:
        """The stage that has it to do, or the last one that did it."""
        return next(iter(self.entries), None) or [stage for stage in STAGES if stage in self.records][-1]

    @property
    def state(self) -> str:
        """OPEN, RUNNING, or that of the last record."""
        if self.stage not in self.entries:
            return self.records[self.stage]["state"]
        return RUNNING if self._is_leased(self.stage) else OPEN

    @property
    def ingested_at(self) -> str:
        """When ingest committed it, in ISO 8601; batches are in this order. "" if that is not known."""
        record = self.records.get("ingest") or self.entries.get("ingest", {}).get("record", {})
        return record.get("committed_at", "")

    @property
    def counts(self) -> dict[str, int]:
        """Those of the last stage that has any."""
        counted = [self.records[stage] for stage in STAGES if self.records.get(stage, {}).get("counts")]
        return counted[-1]["counts"] if counted else {}

    def leased(self, stages: tuple[str, ...]) -> str | None:
        """The first of these stages at which a run is working on the batch."""
        return next((stage for stage in stages if self._is_leased(stage)), None)

    def _is_leased(self, stage: str) -> bool:
        return self.entries.get(stage, {}).get("lease_until", 0) >= int(time.time())


class Operations:
    """Operations on the batches of one data set; the ledger's owner is who does them."""

    def __init__(self, ledger: Ledger):
        self._ledger = ledger

    def batches(self, partial: bool = False) -> list[Batch]:
        """All batches, in the order in which they were ingested. Reads all of the data set's history.

        With `partial`, also those that lack what ingest has committed, first: replication may not have brought it.
        """
        records: dict[str, dict[str, Item]] = {}
        entries: dict[str, dict[str, Item]] = {}
        for stage in STAGES:
            for item in self._ledger.table.query(self._ledger.done(stage)):
                records.setdefault(item["sk"], {})[stage] = item
            for item in self._ledger.table.query(self._ledger.open(stage)):
                if item["sk"] != EXCLUSIVE:
                    entries.setdefault(item["sk"], {})[stage] = item
        found = [Batch(id, records.get(id, {}), entries.get(id, {})) for id in {**records, **entries}]
        # One that was committed between two of these queries shows only in the later: it is for the next time.
        chosen = [batch for batch in found if partial or batch.ingested_at]
        return sorted(chosen, key=lambda batch: (batch.ingested_at, batch.id))

    def batch(self, id: str) -> Batch:
        """One batch. Raises BatchStateError if there is none of this id."""
        table, ledger = self._ledger.table, self._ledger
        records = {stage: table.get(ledger.done(stage), id) for stage in STAGES}
        entries = {stage: table.get(ledger.open(stage), id) for stage in STAGES}
        found = Batch(id, _present(records), _present(entries))
        if not found.records and not found.entries:
            raise BatchStateError(f"{ledger.dataset}: there is no batch {id}; `list` shows those that there are")
        return found

    def check_replay(self, batch: Batch, stage: str) -> None:
        """Raises BatchStateError if the batch cannot be reopened at the stage."""
        self._check_idle(batch, _from(stage))
        before = _before(stage)
        record = batch.records.get(before or "ingest")
        if record is None and not (before is None and "ingest" in batch.entries):
            raise self._error(batch, f"{before} has not done it yet; replay it from {batch.stage}")
        if before and record["state"] not in (COMMITTED, RELEASED):
            raise self._error(batch, f"{before} has {record['state']} it; release it, or replay it from {before}")

    def replay(self, batch: Batch, stage: str) -> None:
        """Forgets what this stage and the later ones have committed, and opens the batch at the stage.

        Raises BatchStateError if that cannot be done; see `check_replay`.
        """
        self.check_replay(batch, stage)
        ledger, before = self._ledger, _before(stage)
        entry = {"pk": ledger.open(stage), "sk": batch.id, "opened_at": utc_now(), "replay": True}
        if before is None:
            entry["record"] = batch.records.get("ingest") or batch.entries["ingest"]["record"]
        now = {":now": int(time.time())}
        writes = [put(entry, _UNLEASED, now)]
        if before:
            states = {":committed": COMMITTED, ":released": RELEASED}
            writes.append(check(ledger.done(before), batch.id, "#state IN (:committed, :released)", states))
        for later in _from(stage):
            writes.append(remove(ledger.done(later), batch.id))
            if later != stage:
                writes.append(remove(ledger.open(later), batch.id, _UNLEASED, now))
        self._transact(batch, *writes)

    def check_release(self, batch: Batch) -> None:
        """Raises BatchStateError unless the batch can be released."""
        if batch.state != REJECTED:
            raise self._error(batch, f"it is {batch.state} at {batch.stage}; only a REJECTED batch can be released")

    def release(self, batch: Batch) -> None:
        """Opens a rejected batch for the next stage. Raises BatchStateError if that cannot be done."""
        self.check_release(batch)
        following = NEXT_STAGE[batch.stage]
        replay = {"replay": True} if "replay" in batch.records[batch.stage] else {}
        entry = {"pk": self._ledger.open(following), "sk": batch.id, "opened_at": utc_now(), **replay}
        self._transact(batch, self._settle(batch, RELEASED), put(entry, ABSENT))

    def check_discard(self, batch: Batch) -> None:
        """Raises BatchStateError unless the batch can be discarded."""
        if batch.state not in (REJECTED, OPEN):
            reason = f"it is {batch.state} at {batch.stage}; only a REJECTED or OPEN batch can be discarded"
            raise self._error(batch, reason)

    def discard(self, batch: Batch) -> None:
        """Has a rejected or open batch go no further; what it has published stays.

        Raises BatchStateError if that cannot be done.
        """
        self.check_discard(batch)
        if batch.state == REJECTED:
            self._transact(batch, self._settle(batch, DISCARDED))
            return
        ledger, stage = self._ledger, batch.stage
        kept = batch.entries[stage].get("record", {"committed_at": utc_now()})
        record = {**kept, "pk": ledger.done(stage), "sk": batch.id, "state": DISCARDED, **self._signed(DISCARDED)}
        condition = f"attribute_exists(pk) AND ({_UNLEASED})"
        entry = remove(ledger.open(stage), batch.id, condition, {":now": int(time.time())})
        self._transact(batch, put(record, ABSENT), entry)

    def check_remove(self, batch: Batch) -> None:
        """Raises BatchStateError if a run is working on the batch."""
        self._check_idle(batch, STAGES)

    def remove(self, batch: Batch) -> None:
        """Forgets the batch, and has the next runs of process and curate remove its rows. May be done again.

        Raises BatchStateError if a run is working on it.
        """
        self.check_remove(batch)
        ledger, now = self._ledger, {":now": int(time.time())}
        writes = [remove(ledger.done(stage), batch.id) for stage in STAGES]
        for stage in STAGES:
            entry = {"pk": ledger.open(stage), "sk": batch.id, "opened_at": utc_now(), "remove": True}
            forget = remove(ledger.open(stage), batch.id, _UNLEASED, now)
            writes.append(put(entry, _UNLEASED, now) if stage in _WRITERS else forget)
        self._transact(batch, *writes)

    def list_again(self) -> None:
        """Has the next ingest of files list the source in full, as the first one did."""
        self._ledger.table.delete(self._ledger.state, "listed", "attribute_exists(pk)")

    def _check_idle(self, batch: Batch, stages: tuple[str, ...]) -> None:
        busy = batch.leased(stages)
        if busy:
            raise self._error(
                batch, f"a run of {busy} is working on it; wait until it ends, or for its lease to run out"
            )

    def _settle(self, batch: Batch, state: str) -> dict[str, Any]:
        """The rejected record gets this state, and who gave it."""
        signed = self._signed(state)
        update = "SET #state = :state, " + ", ".join(f"{name} = :{name}" for name in signed)
        values = {":state": state, ":rejected": REJECTED, **{f":{name}": value for name, value in signed.items()}}
        return change(self._ledger.done(batch.stage), batch.id, update, "#state = :rejected", values)

    def _signed(self, state: str) -> dict[str, str]:
        return {f"{state.lower()}_by": self._ledger.owner, f"{state.lower()}_at": utc_now()}

    def _transact(self, batch: Batch, *writes: dict[str, Any]) -> None:
        try:
            self._ledger.table.transact(*writes)
        except ConditionFailedError as error:
            raise self._error(
                batch, "a run or another operator has changed it meanwhile; look where it stands"
            ) from error

    def _error(self, batch: Batch, reason: str) -> BatchStateError:
        return BatchStateError(f"{self._ledger.dataset}: batch {batch.id} was left as it is: {reason}")


def _before(stage: str) -> str | None:
    return next((earlier for earlier, following in NEXT_STAGE.items() if following == stage), None)


def _from(stage: str) -> tuple[str, ...]:
    return STAGES[STAGES.index(stage) :]


def _present(items: Mapping[str, Item | None]) -> dict[str, Item]:
    return {stage: item for stage, item in items.items() if item is not None}
