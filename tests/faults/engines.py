"""JVMs that stay up, for runs that are suspended or raced and end in order: one that is killed takes its JVM along."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from .account import ROOT

_LOST = '{"exit": -9, "clean": false}'


class Engine:
    """A JVM and the run that it has, in one group of processes. To a case it is the process of that run."""

    def __init__(self, start: Callable[..., subprocess.Popen], folder: Path, environment: dict[str, str]):
        command = [sys.executable, str(ROOT / "local" / "glue" / "engine.py")]
        self._process = start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._folder, self._environment = folder, environment
        self.is_idle = True

    @property
    def pid(self) -> int:
        """The leader of the group."""
        return self._process.pid

    def run(self, script: Path, arguments: Sequence[str]) -> Engine:
        """Starts a run."""
        self.is_idle = False
        run = {"script": str(script), "arguments": arguments, "folder": str(self._folder)}
        request = json.dumps({**run, "environment": self._environment, "properties": {}})
        self._process.stdin.write(f"{request}\n")
        self._process.stdin.flush()
        return self

    def wait(self, timeout: float) -> int:
        """The exit code of the run; it is killed after `timeout` seconds."""
        overdue = threading.Timer(timeout, self.kill)
        overdue.start()
        answer = json.loads(self._process.stdout.readline() or _LOST)
        overdue.cancel()
        self.is_idle = answer["clean"]
        return answer["exit"]

    def kill(self) -> None:
        """Ends the JVM and its run."""
        os.killpg(self.pid, signal.SIGKILL)
        self._process.communicate()
