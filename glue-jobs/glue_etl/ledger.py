"""What each stage has done and has still to do, in one DynamoDB table (keys `pk`, `sk`).

| pk                       | sk          | item                                                                      |
|--------------------------|-------------|---------------------------------------------------------------------------|
| `<dataset>#<stage>`      | batch id    | committed: state, counts, committed_at, job_run_id                        |
| `<dataset>#<stage>#open` | batch id    | still to be done: opened_at, and lease_owner, lease_until (epoch seconds) |
| `<dataset>#ingest#open`  | `exclusive` | the same for ingest, which opens batches itself, one at a time: batch_id  |
| `<dataset>#source`       | object key  | etag of the ingested object, batch_id that it came in with                |

A commit is one transaction: the record is put, the open entry deleted and the next stage's put, or nothing is. It holds
only if the lease is still the caller's, so of two runs that race one commits.
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

from .dynamo import from_item, to_item
from .errors import LeaseLostError

LEASE_SECONDS = 120
EXCLUSIVE = "exclusive"
NEXT_STAGE = {"ingest": "process", "process": "validate", "validate": "curate", "curate": None}
COMMITTED, REJECTED = "COMMITTED", "REJECTED"
# What one BatchGetItem and one BatchWriteItem take.
_GET_LIMIT, _WRITE_LIMIT = 100, 25

_FREE = "attribute_not_exists(lease_owner) OR lease_owner = :me OR lease_until < :now"

_log = logging.getLogger(__name__)


def utc_now() -> str:
    """Now in ISO 8601, UTC, to the microsecond: sorts as text."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")


class Ledger:
    """The ledger of one data set, as seen by the run `owner`. `client` is a boto3 DynamoDB client."""

    def __init__(self, client: Any, table: str, dataset: str, owner: str, lease_seconds: float = LEASE_SECONDS):
        self._client, self._table, self._dataset, self._owner = client, table, dataset, owner
        self._lease_seconds = lease_seconds

    def open_batches(self, stage: str) -> list[str]:
        """Ids of the batches that `stage` has still to do, the oldest first. Costs what is open, not what was done."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=to_item({":pk": self._open(stage)}),
        )
        items = [from_item(item) for page in pages for item in page["Items"]]
        return [item["sk"] for item in sorted(items, key=lambda item: (item["opened_at"], item["sk"]))]

    def committed(self, stage: str, batch: str) -> dict[str, Any] | None:
        """The record that `stage` committed for the batch."""
        key = to_item({"pk": self._done(stage), "sk": batch})
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def take(self, stage: str, batch: str) -> bool:
        """Takes or renews the lease; False if another run holds a live one, or nothing is open any more."""
        condition = f"attribute_exists(pk) AND ({_FREE})"
        return self._lease(stage, batch, "SET lease_owner = :me, lease_until = :until", condition) is not None

    def take_ingest(self, proposed: str) -> str | None:
        """Takes the one lease of ingest and answers the batch to work on; None if another run holds it.

        An ingest that died left its batch id here, and objects under it: the batch is gone on with, not left behind.
        """
        update = "SET lease_owner = :me, lease_until = :until, batch_id = if_not_exists(batch_id, :batch)"
        taken = self._lease("ingest", EXCLUSIVE, update, _FREE, {":batch": proposed})
        return taken and taken["batch_id"]

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

    def commit(self, stage: str, batch: str, record: Mapping[str, Any], key: str | None = None) -> None:
        """Commits the batch and opens it for the next stage, unless `record` says REJECTED.

        `key` is that of the open entry where it is not the batch id. Raises LeaseLostError if another run has taken the
        batch over or committed it.
        """
        now = utc_now()
        done = {"pk": self._done(stage), "sk": batch, "committed_at": now, **record}
        condition = {
            "ConditionExpression": "lease_owner = :me",
            "ExpressionAttributeValues": to_item({":me": self._owner}),
        }
        writes = [
            self._write("Put", Item=to_item(done), ConditionExpression="attribute_not_exists(pk)"),
            self._write("Delete", Key=to_item({"pk": self._open(stage), "sk": key or batch}), **condition),
        ]
        following = NEXT_STAGE[stage]
        if following and record["state"] == COMMITTED:
            writes.append(
                self._write("Put", Item=to_item({"pk": self._open(following), "sk": batch, "opened_at": now}))
            )
        try:
            self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if "ConditionalCheckFailed" not in reasons:
                raise
            raise LeaseLostError(
                f"{self._dataset}: batch {batch} was taken over or committed by another run of {stage}; "
                "what that run commits stands, nothing is to be done"
            ) from error

    def discard_ingest(self) -> None:
        """Gives back the lease of an ingest that found nothing."""
        condition = {
            "ConditionExpression": "lease_owner = :me",
            "ExpressionAttributeValues": to_item({":me": self._owner}),
        }
        key = to_item({"pk": self._open("ingest"), "sk": EXCLUSIVE})
        try:
            self._client.delete_item(TableName=self._table, Key=key, **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            _log.info("the lease of ingest had already been taken over")

    def sources(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """For each of these object keys that is known: {etag, batch_id} of what was ingested last."""
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(keys), _GET_LIMIT):
            wanted = [to_item({"pk": self._source, "sk": key}) for key in keys[start : start + _GET_LIMIT]]
            request = {self._table: {"Keys": wanted, "ConsistentRead": True}}
            while request:
                answer = self._client.batch_get_item(RequestItems=request)
                found.update({item["sk"]: item for item in map(from_item, answer["Responses"][self._table])})
                request = answer.get("UnprocessedKeys")
        return found

    def add_sources(self, etags: Mapping[str, str], batch: str) -> None:
        """Notes what a batch brings in, {object key: etag}, ahead of its commit; until then it does not count."""
        items = [{"pk": self._source, "sk": key, "etag": etag, "batch_id": batch} for key, etag in etags.items()]
        for start in range(0, len(items), _WRITE_LIMIT):
            puts = [{"PutRequest": {"Item": to_item(source)}} for source in items[start : start + _WRITE_LIMIT]]
            request = {self._table: puts}
            while request:
                request = self._client.batch_write_item(RequestItems=request).get("UnprocessedItems")

    def _lease(
        self, stage: str, key: str, update: str, condition: str, values: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        now = int(time.time())
        lease = {":me": self._owner, ":now": now, ":until": int(now + self._lease_seconds)}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=to_item({"pk": self._open(stage), "sk": key}),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=to_item({**lease, **(values or {})}),
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return from_item(answer["Attributes"])

    def _release(self, stage: str, key: str) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=to_item({"pk": self._open(stage), "sk": key}),
                UpdateExpression="REMOVE lease_owner, lease_until",
                ConditionExpression="lease_owner = :me",
                ExpressionAttributeValues=to_item({":me": self._owner}),
            )
        except (ClientError, BotoCoreError) as error:
            # The error that ends the run matters more; the lease runs out by itself.
            _log.warning("lease of %s %s not given back: %s", stage, key, error)

    @staticmethod
    def _stop(done: threading.Event, thread: threading.Thread) -> None:
        done.set()
        thread.join()

    def _write(self, kind: str, **fields: Any) -> dict[str, Any]:
        return {kind: {"TableName": self._table, **fields}}

    def _done(self, stage: str) -> str:
        return f"{self._dataset}#{stage}"

    def _open(self, stage: str) -> str:
        return f"{self._dataset}#{stage}#open"

    @property
    def _source(self) -> str:
        return f"{self._dataset}#source"
