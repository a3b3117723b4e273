"""Which objects of a source of files are new: noted in the ledger as they are announced, or listed.

EventBridge's "Object Created" messages come to the queue of the data set. They become notes before they are deleted, so
that no crash loses one. A note holds no more than the key: events come more than once and in any order, so what the
object is by now, S3 is asked when it is copied. The source is listed on the first run, for what was there before, where
there is no queue, and where the queue was not emptied for so long that it may have lost messages.

A message that is not understood stays on the queue, whose redrive policy moves it to the dead letters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from typing import Any

import boto3

from .definition import FileSource
from .dynamo import chunks
from .job import Run
from .ledger import utc_now
from .source_ledger import SourceLedger

# Messages of one `note`. More stay on the queue until the next.
LIMIT = 10_000
# SQS keeps a message for 14 days.
LOST_AFTER_DAYS = 13
# With no time to wait, SQS asks only some of its servers, and may answer that there is no message.
WAIT_SECONDS = 1
_PARALLEL, _LIST_CHUNK, _MESSAGES = 8, 1000, 10


class Arrivals:
    """New objects, during one run."""

    def __init__(self, run: Run, ledger: SourceLedger):
        self._run, self._source, self._ledger = run, run.dataset.source, ledger
        self._queue, self._sqs = run.options.source_queue, boto3.client("sqs")
        self._is_listed = False

    def note(self) -> bool:
        """Notes what is new; answers whether there is more to note."""
        if self._queue is None or not self._ledger.knows_all_since(utc_now(-LOST_AFTER_DAYS)):
            self._list()
        return self._queue is not None and self._drain()

    def _list(self) -> None:
        """Notes what stands at the source and is not known: one request per thousand objects, once per run at most."""
        if self._is_listed:
            return
        for chunk in chunks(list_source(self._run.s3, self._source), _LIST_CHUNK):
            known = self._ledger.known([key for key, _ in chunk])
            self._ledger.add_pending(key for key, etag in chunk if known.get(key, {}).get("etag") != etag)
        self._is_listed = True

    def _drain(self) -> bool:
        """Turns messages into notes until the queue is empty; True if it stopped at LIMIT messages before."""
        share, began = LIMIT // _PARALLEL, utc_now()
        with ThreadPoolExecutor(_PARALLEL) as pool:
            more = any([count >= share for count in pool.map(self._drain_some, [share] * _PARALLEL)])
        if not more:
            self._ledger.set_known_until(began)
        return more

    def _drain_some(self, limit: int) -> int:
        count = 0
        while count < limit:
            request = {"MaxNumberOfMessages": _MESSAGES, "WaitTimeSeconds": WAIT_SECONDS}
            messages = self._sqs.receive_message(QueueUrl=self._queue, **request).get("Messages", [])
            if not messages:
                break
            understood = [(message, key) for message in messages if (key := self._key_of(message)) is not None]
            self._ledger.add_pending({key for _, key in understood if is_of(self._source, key)})
            if understood:
                entries = [
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, (message, _) in enumerate(understood)
                ]
                self._sqs.delete_message_batch(QueueUrl=self._queue, Entries=entries)
            count += len(messages)
        return count

    def _key_of(self, message: Mapping[str, Any]) -> str | None:
        """The object that a message tells of, "" if it is of another bucket; None if it is not understood.

        Keys are not URL-encoded in EventBridge's events, other than in S3's own notifications.
        """
        try:
            detail = json.loads(message["Body"])["detail"]
            bucket, key = detail["bucket"]["name"], detail["object"]["key"]
        except (ValueError, KeyError, TypeError) as error:
            self._run.journal.event("message-not-understood", message=message["MessageId"], reason=repr(error))
            return None
        return key if bucket == self._source.bucket else ""


def list_source(s3: Any, source: FileSource) -> Iterator[tuple[str, str]]:
    """Key and ETag of the data set's objects in the source bucket, in the order of their keys."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=source.bucket, Prefix=source.prefix):
        for listed in page.get("Contents", []):
            if is_of(source, listed["Key"]):
                yield listed["Key"], listed["ETag"]


def is_of(source: FileSource, key: str) -> bool:
    """Whether the key is in prefix and pattern; those of folder markers are not."""
    name = key[len(source.prefix) :]
    return key.startswith(source.prefix) and name[-1:] not in ("", "/") and fnmatchcase(name, source.pattern)
