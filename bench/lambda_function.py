"""What the monitoring function takes: the size of its bundle, its starts, and the summary of a day."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.glue import support

from .figures import Figure

_RUNS, _DATA_SETS, _WARM = 10_000, 100, 50
_MOST_BYTES, _MEGABYTE, _KILOBYTE = 1_000_000, 10**6, 1024
# What the function is given (modules/monitoring/monitoring-function.ts); Lambda lets V8 have most of it.
_MEMORY_MB, _HEAP_MB = 512, 460
_TYPESCRIPT = ("node", "-r", "ts-node/register")
_JOB = "glue-etl-pipeline-local-ingest-set_0"


def measure(scratch: Path, runs: int, say: Callable[[str], None]) -> tuple[list[Figure], list[str]]:
    """The figures, each against what it is compared with by its name, and what is worth a note."""
    folder = scratch / "lambda"
    subprocess.run([*_TYPESCRIPT, "bench/lambda_bundle.ts", str(folder)], cwd=support.ROOT, check=True)
    size = (folder / "handler.js").stat().st_size
    bundle = Figure("bundle, against 1 MB", 1.0, "MB", [size / _MEGABYTE], [_MOST_BYTES / _MEGABYTE])
    cold = Figure("cold start with a first report, against a bare Node", None)
    warm = Figure("a report when warm, against the cold start", None, "s")
    summary = Figure(f"summary of a day, {_RUNS:,} job runs, against the cold start", None)
    peak = Figure("its memory, against what the function has", 1.0, "MB")
    for _ in range(runs):
        taken = _invoked(folder / "handler.js")
        _add(cold, taken["cold"], _bare())
        _add(warm, median(taken["warm"]), taken["cold"])
        _add(summary, taken["summary"], taken["cold"])
        _add(peak, taken["peak"] * _KILOBYTE / _MEGABYTE, _MEMORY_MB * _KILOBYTE**2 / _MEGABYTE)
        say(f"cold {taken['cold']:.2f} s, warm {median(taken['warm']):.3f} s, summary {taken['summary']:.1f} s")
    notes = [
        f"bundle: {size:,} bytes",
        f"{_DATA_SETS} data sets; Glue and the other services answer from a process of this machine, at once",
        f"memory before the summary: {taken['atRest'] * _KILOBYTE / _MEGABYTE:.0f} MB",
    ]
    return [bundle, cold, warm, summary, peak], notes


def _add(figure: Figure, value: float, baseline: float) -> None:
    figure.values.append(value)
    figure.baselines.append(baseline)


def _invoked(bundle: Path) -> dict:
    command = [*_TYPESCRIPT, "bench/lambda_account.ts", str(_RUNS), str(_DATA_SETS)]
    account = subprocess.Popen(command, cwd=support.ROOT, stdout=subprocess.PIPE, text=True)
    try:
        endpoint = account.stdout.readline().strip()
        function = ["node", f"--max-old-space-size={_HEAP_MB}", "bench/lambda_invoke.js", str(bundle), str(_WARM), _JOB]
        environment = {**os.environ, **_environment(), "AWS_ENDPOINT_URL": endpoint}
        output = subprocess.run(
            function, cwd=support.ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        return json.loads(output.strip().splitlines()[-1])
    finally:
        account.terminate()
        account.wait()


def _environment() -> dict[str, str]:
    prefix = "glue-etl-pipeline-local"
    return {
        "ENVIRONMENT": "local",
        "DATASETS_URI": f"s3://{prefix}-scripts/monitoring/datasets.json",
        "REPORTS_TOPIC_ARN": f"arn:aws:sns:us-east-1:000000000000:{prefix}-reports",
        "REPORTS_BUCKET": f"{prefix}-logs",
        "METRIC_NAMESPACE": prefix,
        "JOB_STATE_TABLE": f"{prefix}-job-state",
        "JOB_BOOKMARKS_TABLE": f"{prefix}-job-bookmarks",
        "MONITORING_TABLE": f"{prefix}-monitoring",
        "GLUE_LOG_GROUP": f"/aws-glue/{prefix}",
        "DRIVER_LOG_GROUP": f"/aws-glue/{prefix}-glue",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
        "POWERTOOLS_LOG_LEVEL": "SILENT",
        "POWERTOOLS_METRICS_DISABLED": "true",
    }


def _bare() -> float:
    started = time.perf_counter()
    subprocess.run(["node", "-e", ""], check=True)
    return time.perf_counter() - started
