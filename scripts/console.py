"""What the commands of operators share: names of an environment, the question before a change, errors in words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, PartialCredentialsError

ROOT = Path(__file__).parents[1]
DONE, FAILED, USAGE = 0, 1, 2


class UsageError(Exception):
    """The command cannot be begun; nothing was changed."""


def from_typescript(expression: str, *arguments: str) -> Any:
    """What an expression over `Naming`, `loadEnvironment` and the texts `arguments` is, as JSON.

    Physical names come from modules/naming.ts, which alone builds them. Raises UsageError with the error's message,
    which for an unknown environment lists the known ones.
    """
    code = f"""
      const {{ loadEnvironment }} = require('./environments');
      const {{ Naming }} = require('./modules/naming');
      const [{", ".join("abcdef"[: len(arguments)])}] = process.argv.slice(1);
      try {{ console.log(JSON.stringify({expression})); }}
      catch (error) {{ console.error(error.message); process.exit(2); }}"""
    command = ["node", "-r", "./scripts/typescript.js", "-e", code, *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if result.returncode:
        raise UsageError(result.stderr.strip())
    return json.loads(result.stdout)


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
