"""Runs job scripts on a JVM that stays up, one after the other. Each is a separate process and Spark application.

Reads a run per line from stdin, as JSON: `script`, `arguments`, `environment`, the `folder` that takes its output, and
`properties`, which the JVM has as system properties for the time of the run: settings of Spark, credentials. Answers
`{exit, clean}` per line: the exit code of the script, negative for a signal and null if it has not begun, and whether
nothing of the run is left here.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from py4j.java_gateway import get_method
from py4j.protocol import Py4JError
from pyspark.java_gateway import launch_gateway

# For as long the JVM may take to let go of a run, whose last Spark job may still go on.
_SCRUB_SECONDS = 20
# What the two SDKs sign with, by the secret keys that it was derived from: kept for as long as the JVM lives.
_SIGNER_CACHES = {
    "com.amazonaws.auth.AWS4Signer": "signerCache",
    "software.amazon.awssdk.http.auth.aws.internal.signer.util.SignerUtils": "SIGNER_CACHE",
}
# Copies all system properties when it is loaded: that has to be before there are credentials among them.
_COPIES_PROPERTIES = "org.sparkproject.jetty.util.log.Log"


def main() -> None:
    """Serves until stdin ends."""
    # Script and JVM end by it, as they would alone; this ends once Spark has closed what it writes.
    signal.signal(signal.SIGTERM, lambda *_: None)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    jvm = launch_gateway().jvm
    jvm.java.lang.Class.forName(_COPIES_PROPERTIES)
    for line in sys.stdin:
        print(json.dumps(_run(jvm, json.loads(line))), file=answers)


def _run(jvm: Any, run: Mapping[str, Any]) -> dict[str, Any]:
    code = None
    try:
        with _lent(jvm, run) as server:
            code = _script(run, server)
    except (Py4JError, OSError) as error:  # the JVM is gone, or does not let go
        print(f"the engine is of no use any more: {error!r}", file=sys.stderr)
        return {"exit": code, "clean": False}
    return {"exit": code, "clean": True}


def _script(run: Mapping[str, Any], server: Any) -> int:
    gateway = {"PYSPARK_GATEWAY_PORT": str(server.getListeningPort()), "PYSPARK_GATEWAY_SECRET": server.secret()}
    # One stream for both of the script's, as `spark-submit` has it: a traceback is not torn apart by what Spark logs.
    with open(f"{run['folder']}/stdout", "ab") as output:
        return subprocess.call(
            ["python3", run["script"], *run["arguments"]],
            env={**run["environment"], **gateway},
            cwd=run["folder"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


@contextmanager
def _lent(jvm: Any, run: Mapping[str, Any]) -> Iterator[Any]:
    """Lends the JVM to a run, with the run's properties and output and a new gateway, and restores it afterwards."""
    system = jvm.java.lang.System
    before, streams = system.getProperties().clone(), (system.out, system.err)
    for name, value in run["properties"].items():
        system.setProperty(name, value)
    files = [_stream(jvm, f"{run['folder']}/{name}") for name in ("stdout", "stderr")]
    system.setOut(files[0])
    system.setErr(files[1])
    # What PySpark's own start of a script makes; see PythonRunner in Spark's source.
    server = jvm.org.apache.spark.api.python.Py4JServer(jvm.org.apache.spark.SparkConf())
    server.start()
    try:
        yield server
    finally:
        with _in_time(_SCRUB_SECONDS):
            _scrub(jvm)
            # What the script's end of it refers to goes with the gateway.
            server.shutdown()
            system.setProperties(before)
            system.setOut(streams[0])
            system.setErr(streams[1])
            for file in files:
                file.close()
            # Otherwise the next run's memory would count what this one has left.
            system.gc()


def _scrub(jvm: Any) -> None:
    """Ends the application that a script leaves, as the end of its JVM would, and empties the JVM's global caches."""
    left = _scala(jvm.org.apache.spark, "SparkContext").getActive()
    if left.isDefined():
        left.get().stop()
    jvm.org.apache.spark.sql.SparkSession.clearDefaultSession()
    jvm.org.apache.spark.sql.SparkSession.clearActiveSession()
    jvm.org.apache.hadoop.fs.FileSystem.closeAll()
    _scala(jvm.org.apache.spark.util, "Utils").clearLocalRootDirs()
    for name, cache in _SIGNER_CACHES.items():
        signer = jvm.java.lang.Class.forName(name)
        kept = _field(signer, cache, None)
        # Python's own `clear` of a map would leave an iterator behind.
        get_method(_field(kept.getClass(), "map", kept), "clear")()


def _field(owner: Any, name: str, of: Any) -> Any:
    """The value of a private field of an object, or with None of a class."""
    field = owner.getDeclaredField(name)
    field.setAccessible(True)
    return field.get(of)


def _scala(package: Any, name: str) -> Any:
    return getattr(getattr(package, f"{name}$"), "MODULE$")


def _stream(jvm: Any, file: str) -> Any:
    return jvm.java.io.PrintStream(jvm.java.io.FileOutputStream(file, True), True)


@contextmanager
def _in_time(seconds: int) -> Iterator[None]:
    """Raises TimeoutError, which is an OSError, if it takes longer."""

    def overdue(*_: Any) -> None:
        raise TimeoutError(f"not done within {seconds} s")

    signal.signal(signal.SIGALRM, overdue)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


if __name__ == "__main__":
    main()
