"""Makes Python packages ready for the commands of operators, by themselves or by `npm run setup -- operate`."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What all commands need, and what those do that move a lake to another Region: they rewrite files of Iceberg.
SDK = ("boto3",)
TO_MOVE = (*SDK, "fastavro", "pyarrow")
# Wheels are made for one version of Python.
FOLDER = ROOT / "build" / "operate" / str(sys.implementation.cache_tag)


class MissingError(Exception):
    """A package is missing, and cannot be installed."""


def ensure(*packages: str) -> None:
    """Installs packages in a folder of the project, if this Python lacks one. Raises MissingError."""
    if all(map(find_spec, packages)):
        return
    sys.path.append(str(FOLDER))
    if all(map(find_spec, packages)):
        return
    whole = FOLDER.with_name(f"{FOLDER.name}.{os.getpid()}")
    print(f"Installing {', '.join(packages)} …", file=sys.stderr)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(whole)]
    try:
        command = [*pip, "--constraint", ROOT / "requirements.txt", *packages]
        quiet = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
        if subprocess.run(command, stdin=subprocess.DEVNULL, env=quiet).returncode:
            by_hand = f"{sys.executable} -m pip install {' '.join(packages)}"
            raise MissingError(f"Python packages are missing, and pip cannot install them: {by_hand}")
        shutil.rmtree(FOLDER, ignore_errors=True)
        # Another command may have been faster.
        with suppress(OSError):
            whole.rename(FOLDER)
    finally:
        shutil.rmtree(whole, ignore_errors=True)
    importlib.invalidate_caches()


if __name__ == "__main__":
    try:
        ensure(*TO_MOVE)
    except MissingError as error:
        sys.exit(str(error))
