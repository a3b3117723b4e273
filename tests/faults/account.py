"""An emulated account whose whole state is a folder: stopped, it can be copied and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Account:
    """MiniStack on a port of its own, in `folder`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.port = _free_port()
        self._process: subprocess.Popen | None = None

    def start(self, snapshot: Path | None = None, **settings: str) -> None:
        """Starts with the state of a snapshot, or with none; `settings` are further ones of MiniStack."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        if snapshot:
            shutil.copytree(snapshot, self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        program = ROOT / "build" / "emulator" / "bin" / "ministack"
        environment = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_REGION": "us-east-1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_DATA_DIR": str(self.folder / "s3"),
            "PERSIST_STATE": "1",
            "S3_PERSIST": "1",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            **settings,
        }
        with self.folder.with_suffix(".log").open("wb") as log:
            self._process = subprocess.Popen([program], env=environment, stdout=log, stderr=log, cwd=self.folder)
        self._wait()

    def save(self, snapshot: Path) -> None:
        """Stops, and copies the state."""
        self._process.terminate()
        self._process.wait()
        self._process = None
        shutil.copytree(self.folder, snapshot)

    def kill(self) -> None:
        """Ends it; what it held is of no use any more."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _wait(self) -> None:
        for _ in range(3000):
            if self._process.poll() is not None:
                raise RuntimeError(f"the emulator ended: {self.folder.with_suffix('.log').read_text()}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError("the emulator did not open its port within a minute")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
