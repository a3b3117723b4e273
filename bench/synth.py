"""What synthesizing the stack of an environment takes, beside the same resources made from CDKTF's classes alone."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.glue import support

from .figures import Figure

_ENVIRONMENT = "prod"
_COUNTS = (1, 5, 10, 100, 500)
_CPU_SECONDS_OF_FIVE = 1.0
_KILOBYTE, _MEGABYTE = 1024, 10**6


def measure(scratch: Path, runs: int, say: Callable[[str], None]) -> tuple[list[Figure], list[str]]:
    """Seconds of CPU and peaks of memory for so many data sets, and what is worth a note."""
    seconds, peaks, notes = {}, {}, []
    for count in _COUNTS:
        title = f"{count} data set{'s' if count > 1 else ''}"
        folder = scratch / f"synth-{count}"
        _write_contracts(folder / "datasets", count)
        seconds[count] = Figure(f"synth, {title}", 1.2 if count == 100 else None, "s of CPU")
        peaks[count] = Figure(f"its memory, {title}", None, "MB")
        for _ in range(runs):
            ours, bare = _app(folder), _bare(folder)
            for figure, value, baseline in zip((seconds[count], peaks[count]), ours, bare, strict=True):
                figure.values.append(value)
                figure.baselines.append(baseline)
        stack = json.loads(_stack(folder).read_text())
        notes.append(
            f"{title}: {sum(len(named) for kind in ('resource', 'data') for named in stack[kind].values()):,} blocks"
        )
        say(f"{title}: {seconds[count].values} s of CPU, bare {seconds[count].baselines}")
    took = {count: median(figure.values) for count, figure in seconds.items()}
    growth = Figure(
        "a further data set, from 100 to 500 against from 1 to 100",
        1.2,
        "ms of CPU",
        [1000 * (took[500] - took[100]) / 400],
        [1000 * (took[100] - took[1]) / 99],
    )
    five = seconds.pop(5)
    limit = Figure(f"{five.name}, against a second", 1.0, five.unit, five.values, [_CPU_SECONDS_OF_FIVE] * runs)
    del peaks[5]
    return [limit, *seconds.values(), growth, *peaks.values()], notes


def _write_contracts(folder: Path, count: int) -> None:
    """Contracts of files, each with a schedule and a rule; JSON is YAML, too."""
    folder.mkdir(parents=True)
    for index in range(count):
        name = f"set_{index}"
        location = f"s3://glue-etl-pipeline-{_ENVIRONMENT}-source/{name}/*.csv"
        column = {"name": "amount", "logicalType": "integer", "physicalType": "int"}
        rule = {"type": "library", "metric": "rowCount", "mustBeGreaterThan": 0}
        contract = {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": name,
            "version": "1.0.0",
            "status": "active",
            "servers": [
                {"server": "s3", "environment": _ENVIRONMENT, "type": "s3", "location": location, "format": "csv"}
            ],
            "schema": [{"name": name, "properties": [column], "quality": [rule]}],
            "slaProperties": [{"property": "frequency", "value": 1, "unit": "d"}],
        }
        (folder / f"{name}.odcs.yaml").write_text(json.dumps(contract))


def _app(folder: Path) -> tuple[float, float]:
    """The app, as cdktf starts it."""
    command = shlex.split(json.loads((support.ROOT / "cdktf.json").read_text())["app"])
    settings = {
        "PIPELINE_ENVIRONMENT": _ENVIRONMENT,
        "PIPELINE_DATASETS": str(folder / "datasets"),
        "CDKTF_OUTDIR": str(folder),
    }
    return _taken(command, settings)


def _bare(folder: Path) -> tuple[float, float]:
    return _taken(["node", "bench/bare_stack.js", str(_stack(folder)), str(folder / "bare")], {})


def _stack(folder: Path) -> Path:
    return folder / "stacks" / f"glue-etl-pipeline-{_ENVIRONMENT}" / "cdk.tf.json"


def _taken(command: list[str], settings: dict[str, str]) -> tuple[float, float]:
    """Seconds of CPU and MB that a process took; the seconds of those that it started count, too."""
    process = subprocess.Popen(command, cwd=support.ROOT, env={**os.environ, "CHECKPOINT_DISABLE": "1", **settings})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _KILOBYTE / _MEGABYTE
