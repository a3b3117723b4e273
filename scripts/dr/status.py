"""How far the Region on standby is behind: what a failover would find, and what would be lost now.

A Region that does not answer is asked once: what the other one knows is said all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from console import UsageError

from glue_etl import regions
from glue_etl.dynamo import Item, Table
from glue_etl.ledger import Ledger, iso
from glue_etl.operations import Batch, Operations

from . import lag
from .ledgers import Raw
from .place import NO_ANSWER, Place

# Batches that are older have been replicated, or an alarm has told of it long since.
CHECKED = timedelta(days=1)


def lines(first: Place, second: Place) -> Iterator[str]:
    """For an operator. Raises UsageError if neither Region answers."""
    first, second = first.impatient(), second.impatient()
    notes, silent = _asked(first, second)
    active, standby = (second, first) if notes["region"] == second.region else (first, second)
    if notes["region"] == regions.NONE:
        yield f"Active: none, a move to {notes['to']} is under way since {notes['since']}; it goes on if begun again."
    else:
        yield f"Active: {active.region} ({active.environment}). On standby: {standby.region} ({standby.environment})."
    if active.region in silent:
        yield f"{active.region} does not answer: what follows is what {standby.region} knows of."
    if standby.region in silent:
        yield f"{standby.region} does not answer: what has arrived there is not known."
    else:
        try:
            yield from _batches(standby if active.region in silent else active, standby)
        except NO_ANSWER as error:
            yield f"The rest of it is not known, for a service does not answer: {error}"
    yield from lag.lines(active, standby, silent)


def _asked(first: Place, second: Place) -> tuple[Item, set[str]]:
    """What the last move has noted, and the Regions that do not answer."""
    found: list[Item] = [{"region": first.region, "since": ""}]
    silent = set()
    for place in (first, second):
        try:
            notes = regions.active(Table(place.dynamodb, place.ledger))
            found += [notes] if notes else []
        except NO_ANSWER as error:
            silent.add(place.region)
            why = error
    if len(silent) == 2:
        raise UsageError(f"neither {first.region} nor {second.region} answers: {why}")
    return max(found, key=lambda notes: notes["since"]), silent


def _batches(knowing: Place, standby: Place) -> Iterator[str]:
    """Of every data set, by the ledger of one Region, what is on standby."""
    now = datetime.now(timezone.utc)
    raw = Raw(standby.s3, standby.bucket("raw"))
    for name in sorted(standby.datasets()):
        ledgers = [Ledger(place.dynamodb, place.ledger, name, "status") for place in (knowing, standby)]
        batches = Operations(ledgers[0]).batches()
        there = {batch.id for batch in Operations(ledgers[1]).batches()}
        missing = [
            batch for batch in _checked(batches, now) if batch.id not in there or not _is_there(raw, name, batch)
        ]
        whole = [batch for batch in batches if batch not in missing]
        last = f"{whole[-1].id} of {_time(whole[-1])}" if whole else "none"
        behind = f", {_age(now, missing[0])} behind" if missing else ""
        yield f"{name}: {len(batches)} batch(es); the last one that is on standby too: {last}{behind}"
        yield from (f"  would be lost now: {batch.id} of {_time(batch)}" for batch in missing)


def _checked(batches: list[Batch], now: datetime) -> list[Batch]:
    return [batch for batch in batches if batch.ingested_at > iso((now - CHECKED).timestamp())]


def _is_there(raw: Raw, dataset: str, batch: Batch) -> bool:
    return raw.has(dataset, batch.id, batch.records.get("ingest") or batch.entries["ingest"]["record"])


def _time(batch: Batch) -> str:
    return f"{datetime.fromisoformat(batch.ingested_at):%Y-%m-%d %H:%M:%S}"


def _age(now: datetime, batch: Batch) -> str:
    return str(now - datetime.fromisoformat(batch.ingested_at)).split(".")[0]
