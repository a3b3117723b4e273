"""What the commands of operators share: names of an environment, the question before a change, errors in words."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from operate import MissingError, ensure

ROOT = Path(__file__).parents[1]
DONE, FAILED, USAGE = 0, 1, 2


class UsageError(Exception):
    """The command cannot be begun; nothing was changed."""


def start(package: str, arguments: argparse.Namespace, needed: Sequence[str]) -> int:
    """Does the command of a package of ours, which needs these of others; the exit code."""
    try:
        ensure(*needed)
    except MissingError as error:
        print(f"{package}: {error}", file=sys.stderr)
        return USAGE
    return importlib.import_module(f"{package}.commands").run(arguments)


def names_of(environment: str) -> dict[str, Any]:
    """Physical names, as modules/naming.ts builds them. Raises UsageError for an unknown environment."""
    known = json.loads((ROOT / "environments" / "names.json").read_text("utf-8"))
    if environment not in known:
        raise UsageError(
            f"unknown environment {environment}, known are: {', '.join(known)}; "
            "`npm run names` adds one whose file in environments/ is new"
        )
    return known[environment]


def default_region() -> str:
    """The Region that the shell names, as the AWS CLI reads it."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def moment(text: str) -> datetime:
    """A date or time in ISO 8601, UTC where it names no zone. Raises UsageError."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(f"{text} is not a date or time such as 2026-11-30T08:00") from None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def confirmed(steps: int) -> bool:
    """Asks on the terminal. Raises UsageError if there is none."""
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask at; give --yes, or --dry-run")
    return input(f"Do this ({steps})? [y/N] ").strip().lower() in ("y", "yes")


def in_words(command: str, is_local: bool, work: Callable[[], int]) -> int:
    """Does the work; answers its exit code, or that of an error, which is printed for whoever typed the command."""
    # Not at the top: usage is told without it.
    from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, PartialCredentialsError

    try:
        return work()
    except UsageError as error:
        print(f"{command}: {error}", file=sys.stderr)
    except (NoCredentialsError, PartialCredentialsError, EndpointConnectionError) as error:
        help = "source build/local/env.sh" if is_local else "run `aws configure`"
        print(f"{command}: AWS cannot be reached as you: {error}; {help}", file=sys.stderr)
    except ClientError as error:
        print(f"{command}: AWS refused: {error}", file=sys.stderr)
    return USAGE
