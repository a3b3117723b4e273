"""What people read: the run journal in CloudWatch Logs and the latest run of each job in DynamoDB."""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import boto3

from .dynamo import to_item
from .ledger import utc_now
from .options import Options


class Journal:
    """Journal of one run. Events are JSON objects in the log stream named after the job, one per line.

    The job-state item (key `job_name`) says RUNNING from `started` on, then SUCCEEDED or FAILED; `counts` are sums
    over the batches that the run committed.
    """

    def __init__(self, stage: str, options: Options):
        self._stage, self._options = stage, options
        self._logs, self._dynamodb = boto3.client("logs"), boto3.client("dynamodb")
        self._batches: list[str] = []
        self._counts: Counter[str] = Counter()
        self._started_at = utc_now()

    def started(self) -> None:
        """Opens the log stream and says that the job runs."""
        with suppress(self._logs.exceptions.ResourceAlreadyExistsException):  # all runs of the job write to one stream
            self._logs.create_log_stream(logGroupName=self._options.log_group, logStreamName=self._options.job_name)
        self._save_state("RUNNING")
        self.event("run-started")

    def event(self, name: str, **details: Any) -> None:
        """Writes one event; `details` must be JSON values."""
        entry = {
            "event": name,
            "time": utc_now(),
            "dataset": self._options.dataset,
            "stage": self._stage,
            "job_run_id": self._options.job_run_id,
            **details,
        }
        self._logs.put_log_events(
            logGroupName=self._options.log_group,
            logStreamName=self._options.job_name,
            logEvents=[{"timestamp": int(time.time() * 1000), "message": json.dumps(entry)}],
        )

    def committed(self, batch: str, state: str, counts: dict[str, int]) -> None:
        """Notes a batch that was committed with these counts."""
        self._batches.append(batch)
        self._counts.update(counts)
        self.event("batch-committed", batch=batch, state=state, counts=counts)

    def succeeded(self) -> None:
        """Ends the run; one that had nothing to do says so."""
        if not self._batches:
            self.event("nothing-to-do")
        self.event("run-succeeded", batches=self._batches, counts=self._counts)
        self._save_state("SUCCEEDED")

    def failed(self, error: BaseException) -> None:
        """Ends the run with the error's first line."""
        message = first_line(error)
        self.event("run-failed", error=message)
        self._save_state("FAILED", message)

    def _save_state(self, state: str, error: str | None = None) -> None:
        ended = {} if state == "RUNNING" else {"finished_at": utc_now()}
        run = {
            "job_name": self._options.job_name,
            "dataset": self._options.dataset,
            "stage": self._stage,
            "state": state,
            "job_run_id": self._options.job_run_id,
            "batches": self._batches,
            "started_at": self._started_at,
            "counts": dict(self._counts),
            **ended,
            **({"error": error} if error else {}),
        }
        self._dynamodb.put_item(TableName=self._options.job_state_table, Item=to_item(run))


def first_line(error: BaseException) -> str:
    """`Type: message` on one line. Of an error in the JVM, Java's own message and not py4j's "An error occurred"."""
    java = getattr(error, "java_exception", None)
    text = java.toString() if java is not None else f"{type(error).__name__}: {error}"
    return text.strip().split("\n", 1)[0]
