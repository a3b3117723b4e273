"""`npm run batches -- --help` and wrong usage are answered before anything is installed or loaded."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from console import start
from operate import SDK

from .arguments import parse


def main(argv: Sequence[str]) -> int:
    """Does what the arguments say; the exit code."""
    return start(__package__, parse(argv), SDK)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
