"""getResolvedOptions: job arguments by name."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

# Glue adds these to a run; they are answered unasked, None if absent, and must not be asked for.
_RESERVED = ("JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION")


class GlueArgumentError(Exception):
    """An argument is missing or has no value."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, Any]:  # noqa: N802 - Glue's name
    """Values of the named arguments, from `--name value` or `--name=value`; others in `args` are passed over.

    `args` is sys.argv, `options` the names without dashes. Raises GlueArgumentError if one of them is missing, and
    RuntimeError if one is reserved.
    """
    parser = _Parser(add_help=False, allow_abbrev=False)
    for name in _RESERVED:
        if name in options:
            raise RuntimeError(f"Using reserved arguments --{name}")
        parser.add_argument(f"--{name}")
    for name in options:
        parser.add_argument(f"--{name}", required=True)
    return vars(parser.parse_known_args(args[1:])[0])
