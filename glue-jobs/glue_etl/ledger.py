"""What each stage has done and has still to do, in one DynamoDB table (keys `pk`, `sk`).

| pk                       | sk          | item                                                                      |
|--------------------------|-------------|---------------------------------------------------------------------------|
| `<dataset>#<stage>`      | batch id    | done: state, counts, committed_at, job_run_id, and what the stage adds    |
| `<dataset>#<stage>#open` | batch id    | still to be done: opened_at, and lease_owner, lease_until (epoch seconds) |
| `<dataset>#ingest#open`  | `exclusive` | the same for ingest, which opens batches itself, one at a time: batch_id, |
|                          |             | and of a database the range of the watermark that the batch takes in      |
| `<dataset>#ingest#state` | `watermark` | value: rows of a database up to here were ingested                        |
| `<dataset>#ingest#state` | `listed`    | at: all that had come was noted                                            |
| `<dataset>#ingest#state` | `unsettled` | batch_id, manifest: committed, but `#source` need not hold all of it yet  |
| `<dataset>#ingest#state` | `inputs`    | snapshots: what the last batch of a data product is computed from         |
| `<dataset>#pending`      | object key  | noticed_at: the object is to be ingested                                  |
| `<dataset>#source`       | object key  | etag and checksum of what was ingested last, with batch_id, at            |
| `#region`                | `active`    | region: where jobs may work, of an environment in two; see `regions`      |

A commit is one transaction: the record is put, the open entry deleted and the next stage's put, or nothing is. It holds
only if the lease is still the caller's, so of two runs that race one commits. An entry that an operator reopened has
`replay`, and so have those that follow from it; at ingest it has `record` too, what ingest had committed. An entry with
`remove` is of a batch that is forgotten: the stage removes its rows.

The state of a record is COMMITTED, or REJECTED: the batch waits for an operator, who makes it RELEASED or DISCARDED.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .dynamo import ConditionFailedError, Table, put, remove
from .errors import LeaseLostError

LEASE_SECONDS = 120
EXCLUSIVE = "exclusive"
NEXT_STAGE = {"ingest": "process", "process": "validate", "validate": "curate", "curate": None}
STAGES = tuple(NEXT_STAGE)
COMMITTED, REJECTED, RELEASED, DISCARDED = "COMMITTED", "REJECTED", "RELEASED", "DISCARDED"

ABSENT = "attribute_not_exists(pk)"
MINE = "lease_owner = :me"
_FREE = f"attribute_not_exists(lease_owner) OR {MINE} OR lease_until < :now"

_log = logging.getLogger(__name__)


def utc_now(days: float = 0) -> str:
    """Now, or so many days later, in ISO 8601, UTC, to the microsecond: sorts as text."""
    return iso(datetime.now(timezone.utc).timestamp() + days * 86400)


def iso(seconds: float) -> str:
    """A time since the epoch in the same form."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="microseconds")


class Ledger:
    """The ledger of one data set, as seen by the run `owner`. `client` is a boto3 DynamoDB client."""

    def __init__(self, client: Any, table: str, dataset: str, owner: str, lease_seconds: float = LEASE_SECONDS):
        self.table, self.dataset = Table(client, table), dataset
        self.owner, self._lease_seconds = owner, lease_seconds

    def open_batches(self, stage: str) -> list[str]:
        """Ids of the batches that `stage` has still to do, the oldest first. Costs what is open, not what was done.

        Of ingest, those that were reopened: it opens new ones itself.
        """
        items = [item for item in self.table.query(self.open(stage)) if item["sk"] != EXCLUSIVE]
        return [item["sk"] for item in sorted(items, key=lambda item: (item["opened_at"], item["sk"]))]

    def committed(self, stage: str, batch: str) -> dict[str, Any] | None:
        """The record that `stage` committed for the batch."""
        return self.table.get(self.done(stage), batch)

    def is_replay(self, stage: str, batch: str) -> bool:
        """Whether the open batch was reopened: what the stage writes may stand there from before."""
        return "replay" in (self.table.get(self.open(stage), batch) or {})

    def is_removal(self, stage: str, batch: str) -> bool:
        """Whether the stage has only to remove what it has written of the batch."""
        return "remove" in (self.table.get(self.open(stage), batch) or {})

    def removed(self, stage: str, batch: str) -> None:
        """Ends a removal, of which nothing is kept. Raises LeaseLostError if another run has taken it over."""
        if not self.table.delete(self.open(stage), batch, MINE, {":me": self.owner}):
            raise LeaseLostError(
                f"{self.dataset}: the removal of batch {batch} was taken over by another run of {stage}"
            )

    def reopened(self, batch: str) -> dict[str, Any]:
        """The record that ingest had committed before the batch was reopened at ingest."""
        return self.table.get(self.open("ingest"), batch)["record"]

    def take(self, stage: str, batch: str) -> bool:
        """Takes or renews the lease; False if another run holds a live one, or nothing is open any more."""
        condition = f"attribute_exists(pk) AND ({_FREE})"
        return self._lease(stage, batch, "SET lease_owner = :me, lease_until = :until", condition) is not None

    def take_ingest(self, proposed: str) -> tuple[str, bool] | None:
        """Takes the one lease of ingest; None if another run holds it.

        Answers the batch to work on, and whether it is fresh: an ingest that died left its batch id here, and objects
        under it. Such a batch is gone on with, not left behind.
        """
        update = (
            "SET lease_owner = :me, lease_until = :until, batch_id = if_not_exists(batch_id, :batch), "
            "attempts = if_not_exists(attempts, :none) + :one"
        )
        taken = self._lease("ingest", EXCLUSIVE, update, _FREE, {":batch": proposed, ":none": 0, ":one": 1})
        return taken and (taken["batch_id"], taken["attempts"] == 1)

    def discard_ingest(self) -> None:
        """Gives back the lease of an ingest that found nothing."""
        if not self.table.delete(self.open("ingest"), EXCLUSIVE, MINE, {":me": self.owner}):
            _log.info("the lease of ingest had already been taken over")

    @contextmanager
    def kept(self, stage: str, key: str) -> Iterator[None]:
        """Renews a taken lease until the block ends; an error gives it back, so that a re-run need not wait."""
        done = threading.Event()

        def renew() -> None:
            while not done.wait(self._lease_seconds / 4):
                try:
                    if not self.take(stage, key):
                        return  # the commit will find out
                except (ClientError, BotoCoreError) as error:
                    _log.warning("lease of %s %s not renewed, trying again: %s", stage, key, error)

        thread = threading.Thread(target=renew, name=f"lease-{stage}-{key}", daemon=True)
        thread.start()
        try:
            yield
        except BaseException:
            self._stop(done, thread)
            self._release(stage, key)
            raise
        finally:
            self._stop(done, thread)

    def commit(
        self,
        stage: str,
        batch: str,
        record: Mapping[str, Any],
        key: str | None = None,
        also: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Commits the batch and opens it for the next stage, unless `record` says REJECTED.

        `key` is that of the open entry where it is not the batch id, `also` are further writes of the transaction.
        Raises LeaseLostError if another run has taken the batch over or committed it.
        """
        now = utc_now()
        replay = {"replay": True} if self.is_replay(stage, key or batch) else {}
        writes = [
            put({"pk": self.done(stage), "sk": batch, "committed_at": now, **replay, **record}, ABSENT),
            remove(self.open(stage), key or batch, MINE, {":me": self.owner}),
        ]
        following = NEXT_STAGE[stage]
        if following and record["state"] == COMMITTED:
            writes.append(put({"pk": self.open(following), "sk": batch, "opened_at": now, **replay}))
        try:
            self.table.transact(*writes, *also)
        except ConditionFailedError as error:
            raise LeaseLostError(
                f"{self.dataset}: batch {batch} was taken over or committed by another run of {stage}; "
                "what that run commits stands, nothing is to be done"
            ) from error

    def done(self, stage: str) -> str:
        """Partition of what the stage has committed."""
        return f"{self.dataset}#{stage}"

    def open(self, stage: str) -> str:
        """Partition of what the stage has still to do."""
        return f"{self.dataset}#{stage}#open"

    @property
    def state(self) -> str:
        """Partition of what ingest has to remember from run to run."""
        return f"{self.dataset}#ingest#state"

    def _lease(
        self, stage: str, key: str, update: str, condition: str, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        now = int(time.time())
        lease = {":me": self.owner, ":now": now, ":until": int(now + self._lease_seconds)}
        return self.table.update(self.open(stage), key, update, condition, {**lease, **(values or {})})

    def _release(self, stage: str, key: str) -> None:
        try:
            self.table.update(self.open(stage), key, "REMOVE lease_owner, lease_until", MINE, {":me": self.owner})
        except (ClientError, BotoCoreError) as error:
            # The error that ends the run matters more; the lease runs out by itself.
            _log.warning("lease of %s %s not given back: %s", stage, key, error)

    @staticmethod
    def _stop(done: threading.Event, thread: threading.Thread) -> None:
        done.set()
        thread.join()
