"""How much memory the driver takes, apart from executors: `python -m bench.memory GIGABYTES SCRATCH TOOLS`.

The executor is a process of its own (master `local-cluster`), so this process and its JVM are the driver and no more.
Twice a second the JVM collects its garbage; what is in use then is what the driver holds.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession
from tests.glue import support

from . import engine, line_items
from .figures import Figure
from .line_items import LineItems
from .stages import STAGES

_GIGABYTES = (1, 4)
_MEGABYTE = 10**6


def measure(scratch: Path, tools: Path, scale: float, say: Callable[[str], None]) -> list[Figure]:
    """Peaks for 4 GB of input against those for 1 GB, each in a process of its own. There is no target."""
    peaks = []
    for gigabytes in _GIGABYTES:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            command = [sys.executable, "-m", "bench.memory", f"{gigabytes * scale:g}", folder, tools]
            done = subprocess.run(command, cwd=support.ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8")
        peaks.append(json.loads(done.stdout.splitlines()[-1]))
        say(f"{gigabytes * scale:g} GB of input: {peaks[-1]}")
    title = f"{_GIGABYTES[1] * scale:g} GB of input, against {_GIGABYTES[0] * scale:g}"
    few, many = peaks
    return [Figure(f"{name}, {title}", None, "MB", [many[name]], [few[name]]) for name in few]


def main(gigabytes: float, scratch: Path, tools: Path) -> None:
    """Takes so many GB through the four stages, merging, and prints the driver's peaks in MB."""
    support.account()
    # In a process of its own, for what it takes is none of the driver's.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as other:
        items = other.submit(_prepare, gigabytes, scratch, tools).result()
    session = engine.start(scratch, **_own_executor(scratch))
    of = items.merged("memory")
    with _peak_of_heap(session) as heap:
        for stage, module in STAGES.items():
            module.run(support.run_of(stage, of, "b"))
    python = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # KB, on Linux
    print(json.dumps({"driver's heap": heap[0] / _MEGABYTE, "driver's Python": python / _MEGABYTE}))


def _prepare(gigabytes: float, scratch: Path, tools: Path) -> LineItems:
    items = line_items.generate(scratch / "items", tools, gigabytes)
    items.upload()
    items.deliver(items.merged("memory"), "b")
    return items


def _own_executor(scratch: Path) -> dict[str, str]:
    """Settings for one executor beside the driver, with all cores, and a driver that a GB of data does not fit into."""
    # Spark's worker keeps its files in SPARK_HOME, which must not be the package's own folder.
    home = scratch / "spark-home"
    home.mkdir()
    for part in ("bin", "jars"):
        (home / part).symlink_to(Path(pyspark.__file__).parent / part)
    os.environ["SPARK_HOME"] = str(home)
    return {
        "spark.master": f"local-cluster[1,{os.cpu_count()},3072]",
        "spark.executor.memory": "3g",
        "spark.executor.extraClassPath": str(support.ROOT / "build" / "jars" / "*"),
        "spark.driver.memory": "1g",
    }


@contextmanager
def _peak_of_heap(session: SparkSession) -> Iterator[list[int]]:
    """While the block runs, watches the heap; the one number in the list is the most bytes that were in use."""
    memory = session.sparkContext._jvm.java.lang.management.ManagementFactory.getMemoryMXBean()
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            memory.gc()
            peak[0] = max(peak[0], memory.getHeapMemoryUsage().getUsed())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


if __name__ == "__main__":
    main(float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
