"""The commands for when something is lost."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from botocore.exceptions import ClientError
from console import DONE, FAILED, UsageError, confirmed, in_words, moment

from glue_etl.errors import BatchStateError

from . import objects, permissions, status
from .move import Move
from .place import Place
from .snapshots import Rollback
from .tables import Restore

_PROGRESS = 1000


def carry_out(arguments: argparse.Namespace, sentences: Sequence[str], work: Callable[[], str]) -> int:
    """Says what will be done, and does it unless it is a dry run or the answer is no; the exit code."""
    for sentence in sentences:
        print(sentence)
    if arguments.dry_run:
        return DONE
    if not arguments.yes and not confirmed(len(sentences)):
        print("Nothing was changed.")
        return FAILED
    print(work())
    return DONE


def restore_object(arguments: argparse.Namespace, place: Place) -> int:
    """Lists the versions of an object, or puts one back."""
    bucket, key = place.bucket(arguments.bucket), arguments.key
    versions = objects.history(place.s3, bucket, key)
    if arguments.version_id is None and arguments.as_of is None:
        for version in versions:
            what = f"{version.size:>14} bytes" if version.size is not None else "deleted".rjust(20)
            print(f"{version.modified:%Y-%m-%d %H:%M:%S}  {what}  {version.id}")
        return DONE
    if arguments.as_of:
        then = objects.as_of(versions, moment(arguments.as_of))
    else:
        then = next((each for each in versions if each.id == arguments.version_id and each.size is not None), None)
    if then is None:
        raise UsageError(f"{key} has no such version, or held nothing at that time; without one, they are listed")
    if not objects.differs(place.s3, bucket, then, versions[0]):
        print(f"{key} is as it was then.")
        return DONE
    sentence = f"{key}: the {then.size} bytes of {then.modified:%Y-%m-%d %H:%M:%S} are put back (version {then.id})"

    def work() -> str:
        objects.restore(place.s3, bucket, then)
        return "Done: 1 of 1."

    return carry_out(arguments, [sentence], work)


def restore_prefix(arguments: argparse.Namespace, place: Place) -> int:
    """Puts back what was deleted or changed under a prefix."""
    bucket, time = place.bucket(arguments.bucket), moment(arguments.as_of)
    damaged, whole = objects.damaged_since(place.s3, bucket, arguments.prefix, time)
    print(f"{whole} object(s) under {arguments.prefix or 'the whole bucket'} are as they were at {time:%F %H:%M:%S}.")
    if not damaged:
        return DONE
    shown = [f"{version.key}: {version.size} bytes are put back" for version in damaged[:20]]
    more = [f"… and {len(damaged) - 20} more; {sum(version.size for version in damaged)} bytes in all"]

    def work() -> str:
        for count in objects.restore_all(place.s3, bucket, damaged):
            if count % _PROGRESS == 0:
                print(f"  {count} of {len(damaged)}")
        return f"Done: {len(damaged)} of {len(damaged)}."

    return carry_out(arguments, shown + (more if len(damaged) > 20 else []), work)


def restore_table(arguments: argparse.Namespace, place: Place) -> int:
    """Puts back a DynamoDB table."""
    restore = Restore(
        place.dynamodb, place.names["tables"][arguments.table], moment(arguments.as_of) if arguments.as_of else None
    )
    leases = restore.live_leases()
    if leases:
        raise UsageError(f"runs are at work: {', '.join(leases)}; stop their workflows and wait for two minutes")
    return carry_out(arguments, restore.sentences(), restore.run)


def rollback_table(arguments: argparse.Namespace, place: Place) -> int:
    """Lists the snapshots of a curated table, or goes back to one."""
    user = place.client("sts").get_caller_identity()["Arn"]
    rollback = Rollback(place, arguments.dataset, arguments.discard, user)
    if arguments.snapshot is None and arguments.as_of is None:
        for state in rollback.states():
            print(state)
        return DONE
    time = moment(arguments.as_of) if arguments.as_of else None
    return carry_out(arguments, rollback.plan(arguments.snapshot, time), rollback.run)


def show_status(arguments: argparse.Namespace, place: Place) -> int:
    """Says where the two Regions stand."""
    for line in status.lines(*Place.both(arguments.environment, arguments.region)):
        print(line)
    return DONE


def print_policy(arguments: argparse.Namespace, place: Place) -> int:
    """Prints the policy."""
    first, second = Place.both(arguments.environment, arguments.region)
    print(json.dumps(permissions.policy(first, second, arguments.account), indent=2))
    return DONE


def failover(arguments: argparse.Namespace, place: Place) -> int:
    """Moves to the other Region."""
    first, second = Place.both(arguments.environment, arguments.region)
    by_region = {first.region: (second, first), second.region: (first, second)}
    if arguments.to not in by_region:
        raise UsageError(f"{arguments.environment} is not in {arguments.to}: one of {', '.join(by_region)}")
    left, to = by_region[arguments.to]
    return move(arguments, Move(left.impatient(), to, is_planned=False), left, to)


def failback(arguments: argparse.Namespace, place: Place) -> int:
    """Moves back to the first Region."""
    first, second = Place.both(arguments.environment, arguments.region)
    return move(arguments, Move(second, first, is_planned=True), second, first)


def move(arguments: argparse.Namespace, move: Move, left: Place, to: Place) -> int:
    """Says what a move does, and does it."""
    if_answers = "" if move.is_planned else ", if it answers"
    sentences = [
        f"jobs work in neither Region, until they do in {to.region}",
        f"{left.region} starts no more runs, and its catalog forgets the tables{if_answers}",
        f"tables in {to.region} are taken over as far as they have arrived",
        "batches that have not arrived whole are done again, or named",
        f"schedules in {to.region} are on, consumers are sent there, every workflow is started",
    ]
    if move.is_planned:
        sentences.insert(2, f"runs in {left.region} end; what it has written and {to.region} lacks is copied")
    if move.is_done:
        sentences = [
            f"{to.region} is active already: {left.region} is quieted if it answers, and batches that it brings "
            "late are given up, as they were"
        ]
    elif move.is_return:
        sentences = [
            f"the move to {left.region} is given up: {to.region}, which it has not changed, is active again",
            f"{left.region} starts no runs, and its catalog forgets the tables, if it answers",
            sentences[-1],
        ]

    def work() -> str:
        return "\n".join(move.run().lines())

    return carry_out(arguments, sentences, work)


COMMANDS: dict[str, Callable[[argparse.Namespace, Place], int]] = {
    "status": show_status,
    "policy": print_policy,
    "failover": failover,
    "failback": failback,
    "restore-object": restore_object,
    "restore-prefix": restore_prefix,
    "restore-table": restore_table,
    "rollback-table": rollback_table,
}


def run(arguments: argparse.Namespace) -> int:
    """Does what the arguments say, and puts errors into words; the exit code."""

    def work() -> int:
        try:
            return COMMANDS[arguments.command](arguments, Place.of(arguments.environment, arguments.region))
        except BatchStateError as error:
            print(error, file=sys.stderr)
            return FAILED
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchBucket"):
                raise UsageError(f"{error}; is it deployed, and is --region right?") from error
            raise

    return in_words("dr", arguments.environment == "local", work)
