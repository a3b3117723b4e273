"""How far the Region on standby is behind: what a failover would find, and what would be lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from botocore.exceptions import BotoCoreError, ClientError

from glue_etl import regions
from glue_etl.dynamo import Table
from glue_etl.ledger import Ledger, iso
from glue_etl.operations import Batch, Operations

from .ledgers import Raw
from .place import Place

# Batches that are older have been replicated, or an alarm has told of it long since.
CHECKED = timedelta(days=1)


def lines(first: Place, second: Place) -> Iterator[str]:
    """For an operator. Raises botocore's errors if the active Region does not answer."""
    active, standby = _sides(first, second)
    yield f"Active: {active.region} ({active.environment}). On standby: {standby.region} ({standby.environment})."
    now = datetime.now(timezone.utc)
    for name in sorted(active.datasets()):
        ledgers = [Ledger(place.dynamodb, place.ledger, name, "status") for place in (active, standby)]
        batches = Operations(ledgers[0]).batches()
        there = {batch.id for batch in Operations(ledgers[1]).batches()}
        raw = Raw(standby.s3, standby.bucket("raw"))
        missing = [
            batch for batch in _checked(batches, now) if batch.id not in there or not _is_there(raw, name, batch)
        ]
        whole = [batch for batch in batches if batch not in missing]
        last = f"{whole[-1].id} of {_time(whole[-1])}" if whole else "none"
        lag = f", {_age(now, missing[0])} behind" if missing else ""
        yield f"{name}: {len(batches)} batch(es); the last one that is on standby too: {last}{lag}"
        yield from (f"  would be lost now: {batch.id} of {_time(batch)}" for batch in missing)


def _sides(first: Place, second: Place) -> tuple[Place, Place]:
    """Active and standby. The first Region may not answer; then the second one says who is active."""
    try:
        found = regions.active(Table(first.dynamodb, first.ledger))
    except (BotoCoreError, ClientError):
        found = regions.active(Table(second.dynamodb, second.ledger))
    return (second, first) if found and found["region"] == second.region else (first, second)


def _checked(batches: list[Batch], now: datetime) -> list[Batch]:
    return [batch for batch in batches if batch.ingested_at > iso((now - CHECKED).timestamp())]


def _is_there(raw: Raw, dataset: str, batch: Batch) -> bool:
    return raw.has(dataset, batch.id, batch.records.get("ingest") or batch.entries["ingest"]["record"])


def _time(batch: Batch) -> str:
    return f"{datetime.fromisoformat(batch.ingested_at):%Y-%m-%d %H:%M:%S}"


def _age(now: datetime, batch: Batch) -> str:
    return str(now - datetime.fromisoformat(batch.ingested_at)).split(".")[0]
