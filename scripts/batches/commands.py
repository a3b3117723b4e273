"""Shows the batches of a data set and changes what becomes of them."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
from console import DONE, FAILED, UsageError, confirmed, default_region, in_words, moment, names_of

from glue_etl.erasure import Erasure
from glue_etl.errors import BatchStateError
from glue_etl.ledger import STAGES, Ledger
from glue_etl.operations import Batch, Operations


def check_dataset(session: boto3.Session, ingest: str, dataset: str) -> None:
    """Raises UsageError, with those that there are, unless the data set has been deployed; `ingest` begins its job."""
    glue = session.client("glue")
    try:
        glue.get_job(JobName=ingest + dataset)
    except glue.exceptions.EntityNotFoundException:
        jobs = [job["Name"] for page in glue.get_paginator("get_jobs").paginate() for job in page["Jobs"]]
        known = sorted(name.removeprefix(ingest) for name in jobs if name.startswith(ingest))
        raise UsageError(
            f"there is no data set {dataset} in this environment and Region; deployed are: {', '.join(known) or 'none'}"
        ) from None


def show(batches: Sequence[Batch]) -> None:
    """Prints a line per batch."""
    now = datetime.now(timezone.utc)
    rows = [("BATCH", "INGESTED (UTC)", "AGE", "STAGE", "STATE", "COUNTS")]
    for batch in batches:
        ingested = datetime.fromisoformat(batch.ingested_at)
        counts = ", ".join(f"{name} {count}" for name, count in batch.counts.items())
        age = _age(now - ingested)
        rows.append((batch.id, f"{ingested:%Y-%m-%d %H:%M:%S}", age, batch.stage, batch.state, counts))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 48 * 60 else f"{age.days} d"


def select(batches: Sequence[Batch], first: str, last: str | None) -> list[Batch]:
    """Those from `first` to `last`, each an id or a time, both included. Raises UsageError if one is neither."""
    begin = _position(batches, first, is_end=False)
    end = _position(batches, last, is_end=True) if last else len(batches)
    return list(batches[begin:end])


def _position(batches: Sequence[Batch], text: str, is_end: bool) -> int:
    ids = [batch.id for batch in batches]
    if text in ids:
        return ids.index(text) + is_end
    try:
        bound = moment(text)
    except UsageError as error:
        raise UsageError(f"{error}, nor a batch (see `list`)") from None
    if is_end and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        bound += timedelta(days=1)
    return sum(datetime.fromisoformat(batch.ingested_at) < bound for batch in batches)


def plan(arguments: argparse.Namespace, operations: Operations, erasure: Erasure) -> list[tuple[str, Any]]:
    """What is to be done: pairs of a sentence and the call that does it, or None where the batch stays as it is."""
    if arguments.command == "rescan":
        return [("the next ingest lists all files of the source", operations.list_again)]
    if arguments.command == "replay":
        chosen = select(operations.batches(), arguments.first, arguments.last)
        return [_replay(operations, batch, arguments.stage) for batch in chosen]
    batch = operations.batch(arguments.batch)
    if arguments.command == "release":
        operations.check_release(batch)
        return [(f"{batch.id}: {batch.stage} lets it pass as it is", lambda: operations.release(batch))]
    if arguments.command == "remove":
        operations.check_remove(batch)
        sentence = f"{batch.id}: deletes its raw files, and has its rows removed from all tables"
        return [(sentence, lambda: (operations.remove(batch), erasure.run(batch.id)))]
    operations.check_discard(batch)
    return [(f"{batch.id}: goes no further than {batch.stage}", lambda: operations.discard(batch))]


def _replay(operations: Operations, batch: Batch, stage: str) -> tuple[str, Any]:
    try:
        operations.check_replay(batch, stage)
    except BatchStateError as error:
        return str(error), None
    again = ", ".join(STAGES[STAGES.index(stage) :])
    where = f"{batch.state} at {batch.stage}"
    return f"{batch.id} (now {where}): {again} again", lambda: operations.replay(batch, stage)


def change(arguments: argparse.Namespace, operations: Operations, erasure: Erasure) -> int:
    """Says what will be done, and does it unless it is a dry run or the answer is no; the exit code."""
    steps = plan(arguments, operations, erasure)
    if not steps:
        print("There is no batch between the two; `list` shows those that there are.")
        return FAILED
    for sentence, _ in steps:
        print(sentence)
    todo = [(sentence, step) for sentence, step in steps if step]
    left = len(steps) - len(todo)
    if todo and not arguments.dry_run:
        if not arguments.yes and not confirmed(len(todo)):
            print("Nothing was changed.")
            return FAILED
        for _, step in todo:
            try:
                step()
            except BatchStateError as error:
                print(error)
                left += 1
        print(f"Done: {len(steps) - left} of {len(steps)}.")
    return FAILED if left else DONE


def start(session: boto3.Session, workflow: str) -> None:
    """Starts the workflow, unless it runs."""
    glue = session.client("glue")
    try:
        run = glue.start_workflow_run(Name=workflow)["RunId"]
        print(f"Started workflow {workflow}: run {run}.")
    except glue.exceptions.ConcurrentRunsExceededException:
        print(f"Workflow {workflow} runs already. Stages that it has passed take the batches in the next run.")


def _run(arguments: argparse.Namespace) -> int:
    names, dataset = names_of(arguments.environment), arguments.dataset
    session = boto3.Session(region_name=arguments.region or default_region())
    who = session.client("sts").get_caller_identity()["Arn"]
    check_dataset(session, names["ingest"], dataset)
    ledger = Ledger(session.client("dynamodb"), names["tables"]["job-bookmarks"], dataset, who)
    buckets, workflow = names["buckets"], names["workflow"] + dataset
    operations, erasure = (
        Operations(ledger),
        Erasure(session.client("s3"), ledger, buckets["raw"], buckets["processed"]),
    )
    if arguments.command == "list":
        show(operations.batches()[::-1][: arguments.limit])
        return DONE
    code = change(arguments, operations, erasure)
    if code == DONE and not arguments.dry_run and arguments.command != "discard":
        if arguments.start:
            start(session, workflow)
        else:
            print(f"This happens in the next run of workflow {workflow}; --start starts it.")
    return code


def run(arguments: argparse.Namespace) -> int:
    """Does what the arguments say, and puts errors into words; the exit code."""

    def work() -> int:
        try:
            return _run(arguments)
        except BatchStateError as error:
            print(error, file=sys.stderr)
            return FAILED

    return in_words("batches", arguments.environment == "local", work)
