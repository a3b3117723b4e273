"""Shows the batches of a data set and changes what becomes of them: `npm run batches -- --help`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "glue-jobs"), str(ROOT / "scripts")]

from console import DONE, FAILED, UsageError, confirmed, default_region, from_typescript, in_words, moment  # noqa: E402

from glue_etl.erasure import Erasure  # noqa: E402
from glue_etl.errors import BatchStateError  # noqa: E402
from glue_etl.ledger import STAGES, Ledger  # noqa: E402
from glue_etl.operations import Batch, Operations  # noqa: E402

DESCRIPTION = """\
A batch is what one run of ingest brought in. It passes the stages ingest, process, validate and curate; at each it is
OPEN (to be done), RUNNING, or has ended: COMMITTED, REJECTED (it waits for you), RELEASED or DISCARDED.
"""
EXAMPLES = """\
examples:
  npm run batches -- list --environment prod --dataset orders
  npm run batches -- replay --environment prod --dataset orders --from 2026-11-01 --stage process --dry-run
  npm run batches -- replay --environment prod --dataset orders --from wr_1f… --to wr_1f… --stage curate --start
  npm run batches -- remove --environment dev --dataset orders --batch wr_1f… --start
  npm run batches -- release --environment prod --dataset orders --batch wr_1f… --start

For environment local, `npm start -- --keep` and then `source build/local/env.sh`.
Exit codes: 0 done, 1 something was left as it is, 2 wrong usage or no access.
"""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments; exits with 2 and the usage if they are wrong."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="npm run batches --", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=form
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--environment", required=True, help="an environment of the folder environments/, such as dev")
    common.add_argument("--dataset", required=True, help="the id of a data contract")
    common.add_argument("--region", help="an AWS Region; default: AWS_REGION, else us-east-1")
    changes = argparse.ArgumentParser(add_help=False)
    changes.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    changes.add_argument("--yes", action="store_true", help="ask no question: for pipelines")
    start = argparse.ArgumentParser(add_help=False)
    start.add_argument("--start", action="store_true", help="start the workflow afterwards, instead of waiting for it")
    one = argparse.ArgumentParser(add_help=False)
    one.add_argument("--batch", required=True, help="the id of the batch")

    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", parents=[common], help="show batches and where they stand, the newest first")
    listing.add_argument("--limit", type=int, default=20, help="how many; default: 20")
    text = "have batches pass a stage and the later ones again; what they give replaces what they gave before"
    replay = commands.add_parser("replay", parents=[common, changes, start], help=text)
    replay.add_argument("--from", dest="first", required=True, help="the first batch: its id, or a date or time (UTC)")
    replay.add_argument("--to", dest="last", help="the last batch, likewise; default: the newest")
    replay.add_argument("--stage", required=True, choices=STAGES, help="the stage to begin with")
    text = "let a REJECTED batch pass as it is"
    commands.add_parser("release", parents=[common, changes, start, one], help=text)
    text = "have a REJECTED or OPEN batch go no further; what it has published stays"
    commands.add_parser("discard", parents=[common, changes, one], help=text)
    text = "delete all that a batch brought, as if it had not come; what it replaced does not come back by that"
    commands.add_parser("remove", parents=[common, changes, start, one], help=text)
    text = "have the next ingest list all files of the source, should it have missed one"
    commands.add_parser("rescan", parents=[common, changes, start], help=text)
    return parser.parse_args(argv)


def names_of(environment: str, dataset: str) -> dict[str, str]:
    """Physical names. Raises UsageError for an unknown environment."""
    naming = "new Naming(loadEnvironment(a).name)"
    names = (
        "{ table: naming.jobBookmarksTable, workflow: naming.workflow(b), job: naming.job('ingest', ''), "
        "raw: naming.bucket('raw'), processed: naming.bucket('processed') }"
    )
    return from_typescript(f"((naming) => ({names}))({naming})", environment, dataset)


def check_dataset(session: boto3.Session, names: dict[str, str], dataset: str) -> None:
    """Raises UsageError, with those that there are, unless the data set has been deployed."""
    glue = session.client("glue")
    try:
        glue.get_job(JobName=names["job"] + dataset)
    except glue.exceptions.EntityNotFoundException:
        jobs = [job["Name"] for page in glue.get_paginator("get_jobs").paginate() for job in page["Jobs"]]
        known = sorted(name.removeprefix(names["job"]) for name in jobs if name.startswith(names["job"]))
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


def run(arguments: argparse.Namespace) -> int:
    """Does the command; answers the exit code."""
    names = names_of(arguments.environment, arguments.dataset)
    session = boto3.Session(region_name=arguments.region or default_region())
    who = session.client("sts").get_caller_identity()["Arn"]
    check_dataset(session, names, arguments.dataset)
    ledger = Ledger(session.client("dynamodb"), names["table"], arguments.dataset, who)
    operations, erasure = Operations(ledger), Erasure(session.client("s3"), ledger, names["raw"], names["processed"])
    if arguments.command == "list":
        show(operations.batches()[::-1][: arguments.limit])
        return DONE
    code = change(arguments, operations, erasure)
    if code == DONE and not arguments.dry_run and arguments.command != "discard":
        if arguments.start:
            start(session, names["workflow"])
        else:
            print(f"This happens in the next run of workflow {names['workflow']}; --start starts it.")
    return code


def main(argv: Sequence[str]) -> int:
    """Does what the arguments say, and puts errors into words."""
    arguments = parse(argv)

    def work() -> int:
        try:
            return run(arguments)
        except BatchStateError as error:
            print(error, file=sys.stderr)
            return FAILED

    return in_words("batches", arguments.environment == "local", work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
