"""Runs a command and writes the CPU seconds of its processes: `python scripts/cpu_time.py FILE COMMAND…`.

Counts user and system time of every descendant that ends before the command, or at most `LINGER_SECONDS` after it. On
Linux this includes detached processes whose parent is gone, such as the JVM that PySpark leaves to its own end. It does
not count a daemon that outlives the command by more, nor, on other systems, a process that its parent did not wait for.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

LINGER_SECONDS = 10
PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>


def main(file: str, *command: str) -> int:
    """Runs the command, and answers its exit code as a shell would."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    process = subprocess.Popen(command)
    # The terminal interrupts the command as well: its end is this one's.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(process.pid, signal.SIGTERM))
    status = wait_for(process.pid)
    wait_for_orphans(time.monotonic() + LINGER_SECONDS)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    Path(file).write_text(json.dumps({"user": used.ru_utime, "system": used.ru_stime}))
    return status if status >= 0 else 128 - status


def wait_for(pid: int) -> int:
    """The exit code of a child, negative for a signal. Orphans that end before are waited for: none stays a zombie."""
    while True:
        ended, status = os.wait()
        if ended == pid:
            return os.waitstatus_to_exitcode(status)


def wait_for_orphans(deadline: float) -> None:
    """Waits for processes that were handed to this one, as long as there are any."""
    while time.monotonic() < deadline:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
