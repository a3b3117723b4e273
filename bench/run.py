"""Measures what the product promises of its speed, each as a ratio to a baseline of the same run: `npm run bench`."""

from __future__ import annotations

import argparse
import atexit
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pyspark
from pyspark.sql import SparkSession
from tests.glue import support

from . import cost, engine, history, lambda_function, line_items, memory, stages, synth
from .figures import HEADINGS, Figure, markdown_table, text_table

BUILD = support.ROOT / "build"
RESULTS = BUILD / "bench.json"
# A folder for what is measured, made anew each time, and one for the generator of data.
SCRATCH, TOOLS = BUILD / "bench", BUILD / "bench-tools"
_WARM_UP_GB = 0.1

Part = dict[str, Any]


def measure_memory(options: argparse.Namespace) -> Part:
    """Memory of the driver."""
    return _part(options, memory.measure(SCRATCH, TOOLS, options.scale, say))


def measure_stages(options: argparse.Namespace) -> Part:
    """The stages against bare passes."""
    say(f"writing {options.scale:g} GB of line items")
    items = line_items.generate(SCRATCH / "items", TOOLS, options.scale)
    few = line_items.generate(SCRATCH / "warm-up", TOOLS, min(_WARM_UP_GB, options.scale))
    session, start_up = _session()
    for each in (items, few):
        each.upload()
    say("warming up")
    for _ in stages.Round(session, few, SCRATCH, "warm_up").pairs():
        pass
    figures = stages.measure(session, items, SCRATCH, options.runs, say)
    gigabytes = items.size / 10**9
    notes = [
        f"{items.rows:,} rows, {gigabytes:.2f} GB in {len(items.files)} files; {items.bad:,} bad rows, "
        f"{items.twice:,} keys that come twice",
        f"Spark's start-up, left out: {start_up:.1f} s",
    ]
    for figure in figures:
        if figure.name.startswith("all four stages"):
            notes.append(cost.per_terabyte(figure, gigabytes, os.cpu_count() or 1))
    return _part(options, figures, notes)


def measure_history(options: argparse.Namespace) -> Part:
    """Runs with nothing to do."""
    _session()
    return _part(options, history.measure(say))


def measure_synth(options: argparse.Namespace) -> Part:
    """Synthesizing the infrastructure."""
    return _part(options, *synth.measure(SCRATCH, options.runs, say))


def measure_lambda(options: argparse.Namespace) -> Part:
    """The monitoring function."""
    return _part(options, *lambda_function.measure(SCRATCH, options.runs, say))


# In this order: while memory is measured, no other Spark takes any.
PARTS: dict[str, Callable[[argparse.Namespace], Part]] = {
    "memory": measure_memory,
    "stages": measure_stages,
    "history": measure_history,
    "synth": measure_synth,
    "lambda": measure_lambda,
}


def say(text: str) -> None:
    """Progress goes to the error stream; the tables are the output."""
    print(f"{datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def show(name: str, part: Part, table: Callable[[list[tuple[str, ...]]], str]) -> str:
    """A part as text: when and where it was measured, its table, its notes."""
    figures = [Figure(**figure) for figure in part["figures"]]
    where = f"{part['cores']} cores, Spark {part['spark']}, scale {part['scale']:g}"
    heading = f"{name.capitalize()} ({part['measured_at']}, {where}):"
    notes = "\n".join(f"- {note}" for note in part["notes"])
    return f"{heading}\n\n{table([HEADINGS, *(figure.cells() for figure in figures)])}\n\n{notes}".rstrip()


def main() -> int:
    """Measures and shows; answers the exit code."""
    options = _options()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if options.markdown:
        print("\n\n".join(show(name, part, markdown_table) for name, part in results.items()))
        return 0
    _empty(SCRATCH)
    missed: list[str] = []
    for name in (name for name in PARTS if name in options.only):
        results[name] = part = PARTS[name](options)
        RESULTS.write_text(json.dumps(results, indent=2))
        print(f"\n{show(name, part, text_table)}\n", flush=True)
        missed += [figure["name"] for figure in part["figures"] if Figure(**figure).is_missed]
    print(f"{len(missed)} target(s) MISSED: {'; '.join(missed)}" if missed else "no target missed")
    return int(bool(missed) and options.check)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run bench --", description=__doc__)
    parser.add_argument("--scale", type=float, default=1, help="GB of line items (memory: and 4 times as many)")
    parser.add_argument("--runs", type=int, default=3, help="paired runs of the stages; the median counts")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="parts to measure")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    parser.add_argument("--markdown", action="store_true", help="measure nothing, print the last results for the docs")
    return parser.parse_args()


def _part(options: argparse.Namespace, figures: list[Figure], notes: Sequence[str] = ()) -> Part:
    return {
        "measured_at": f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
        "cores": os.cpu_count(),
        "spark": pyspark.__version__,
        "scale": options.scale,
        "figures": [asdict(figure) for figure in figures],
        "notes": list(notes),
    }


@cache
def _session() -> tuple[SparkSession, float]:
    """The session of this process, and the seconds that its start took."""
    support.account()
    started = time.perf_counter()
    session = engine.start(SCRATCH)
    return session, time.perf_counter() - started


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
