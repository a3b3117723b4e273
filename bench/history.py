"""What a run with nothing to do costs after few and after many earlier batches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import boto3
from tests.glue import support

from glue_etl.definition import Column

from .figures import Figure
from .stages import STAGES

_FEW, _MANY = 10, 10_000
_TARGET = 1.2
_ROUNDS = 5
_FIRST = 0


def measure(say: Callable[[str], None]) -> list[Figure]:
    """Runs the four jobs of a data set with a short and of one with a long history, in turn."""
    title = f"nothing new after {_MANY:,} batches, against {_FEW}"
    seconds, requests = Figure(title, _TARGET), Figure(f"{title}: requests", _TARGET, "requests")
    few, many = History(_FEW), History(_MANY)
    say(f"{_FEW} and {_MANY:,} batches are in the ledger")
    few.run_jobs()  # the first processes of all load what later ones find loaded
    for number in range(1, _ROUNDS + 1):
        (baseline, sent_before), (value, sent) = few.run_jobs(), many.run_jobs()
        seconds.values.append(value)
        seconds.baselines.append(baseline)
        requests.values.append(sent)
        requests.baselines.append(sent_before)
        say(f"round {number} of {_ROUNDS}: nothing new: {value:.1f} s, baseline {baseline:.1f} s")
    return [seconds, requests]


class History:
    """A data set that so many batches went through: one really did, the others are its records under other names."""

    def __init__(self, batches: int):
        self._s3, self._dynamodb = boto3.client("s3"), boto3.client("dynamodb")
        self._of = support.dataset([Column("id", "int")], name=f"history_{batches}")
        self._queue = boto3.client("sqs").create_queue(QueueName=self._of.name)["QueueUrl"]
        self._definition = f"definitions/{self._of.name}.json"
        body = support.definition_of(self._of).encode()
        self._s3.put_object(Bucket=support.RAW, Key=self._definition, Body=body)
        self._deliver(_FIRST)
        for stage, module in STAGES.items():
            module.run(support.run_of(stage, self._of, _batch(_FIRST), source_queue=self._queue))
        records = self._records()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: self._repeat(records, number), range(1, batches)))

    def run_jobs(self) -> tuple[float, int]:
        """Runs the four jobs, each a process of its own: (seconds, requests) of all of them."""
        started, requests = time.perf_counter(), 0
        for stage in STAGES:
            requests += self._run_job(stage)
        return time.perf_counter() - started, requests

    def _run_job(self, stage: str) -> int:
        options = support.run_of(stage, self._of, "new", source_queue=self._queue).options
        given = {**asdict(options), "definition": f"s3://{support.RAW}/{self._definition}"}
        upper = ("job_name", "job_run_id", "workflow_run_id")
        arguments = [f"--{name.upper() if name in upper else name}={value}" for name, value in given.items() if value]
        jobs = support.ROOT / "glue-jobs"
        path = os.pathsep.join((str(jobs), str(support.ROOT / "local" / "python")))
        job = subprocess.run(
            [sys.executable, "-m", "bench.counted_job", jobs / f"{stage}.py", *arguments],
            env={**os.environ, "PYTHONPATH": path},
            cwd=support.ROOT,
            check=True,
            stdout=subprocess.PIPE,
        )
        return int(job.stdout)

    def _records(self) -> str:
        """What the ledger holds of the one real batch, as text."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=support.LEDGER,
            FilterExpression="begins_with(pk, :dataset)",
            ExpressionAttributeValues={":dataset": {"S": f"{self._of.name}#"}},
        )
        records = json.dumps([item for page in pages for item in page["Items"]])
        if records.count(_batch(_FIRST)) < len(STAGES) or _file(_FIRST) not in records:
            raise AssertionError(f"the ledger does not show that a batch went through: {records}")
        return records

    def _repeat(self, records: str, number: int) -> None:
        self._deliver(number)
        again = records.replace(_batch(_FIRST), _batch(number)).replace(_file(_FIRST), _file(number))
        puts = [{"PutRequest": {"Item": item}} for item in json.loads(again)]
        self._dynamodb.batch_write_item(RequestItems={support.LEDGER: puts})

    def _deliver(self, number: int) -> None:
        self._s3.put_object(Bucket=support.SOURCE, Key=f"{self._of.name}/{_file(number)}", Body=b"id\n1\n")


def _batch(number: int) -> str:
    return f"batch-{number:05}"


def _file(number: int) -> str:
    return f"file-{number:05}.csv"
