"""What is measured: ratios of what some work took to what its baseline took, and how they are shown."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.sql import SparkSession

HEADINGS = ("figure", "target", "ratio", "", "rounds", "CPU", "measured", "baseline")


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, and seconds of CPU of Spark's JVM and the processes of its Python tasks."""

    seconds: float
    cpu_seconds: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds)

    def __truediv__(self, number: int) -> Cost:
        return Cost(self.seconds / number, self.cpu_seconds / number)


@dataclass
class Figure:
    """Pairs of a value and its baseline, in `unit`; the median of their ratios is to be `target` at most.

    `cpu_ratios` are the ratios in CPU time. Where they differ from the others, the machine was busy, or waited.
    """

    name: str
    target: float | None
    unit: str = "s"
    values: list[float] = field(default_factory=list)
    baselines: list[float] = field(default_factory=list)
    cpu_ratios: list[float] = field(default_factory=list)

    def add(self, cost: Cost, baseline: Cost) -> None:
        """Adds a pair of times."""
        self.values.append(cost.seconds)
        self.baselines.append(baseline.seconds)
        if cost.cpu_seconds:
            self.cpu_ratios.append(cost.cpu_seconds / baseline.cpu_seconds)

    @property
    def ratios(self) -> list[float]:
        """One per pair."""
        return [value / baseline for value, baseline in zip(self.values, self.baselines, strict=True)]

    @property
    def is_missed(self) -> bool:
        """Whether there is a target, and the median is beyond it."""
        return self.target is not None and statistics.median(self.ratios) > self.target

    def cells(self) -> tuple[str, ...]:
        """One text per heading."""
        verdict = "" if self.target is None else "MISSED" if self.is_missed else "met"
        return (
            self.name,
            "" if self.target is None else f"≤ {self.target:g}",
            f"{statistics.median(self.ratios):.2f}",
            verdict,
            f"{min(self.ratios):.2f}–{max(self.ratios):.2f}" if len(self.ratios) > 1 else "",
            f"{statistics.median(self.cpu_ratios):.2f}" if self.cpu_ratios else "",
            f"{statistics.median(self.values):,.1f} {self.unit}",
            f"{statistics.median(self.baselines):,.1f} {self.unit}",
        )


def measured(session: SparkSession, work: Callable[[], object]) -> Cost:
    """Does the work, and answers what it took."""
    cpu, started = _cpu_seconds(session), time.perf_counter()
    work()
    return Cost(time.perf_counter() - started, _cpu_seconds(session) - cpu)


def text_table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need to be."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def markdown_table(rows: Iterable[Sequence[str]]) -> str:
    """The first row is the heading."""
    heading, *others = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join((heading, "|---" * heading.count(" |") + "|", *others))


def _cpu_seconds(session: SparkSession) -> float:
    """Of the JVM and its descendants, also those that have ended. Source: proc(5), fields 4 and 14 to 17 of stat."""
    jvm = session.sparkContext._jvm.java.lang.ProcessHandle.current().pid()
    parents, ticks = {}, {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            fields = file.read_text().rpartition(")")[2].split()
            parents[int(file.parent.name)] = int(fields[1])
            ticks[int(file.parent.name)] = sum(map(int, fields[11:15]))
    family = {jvm}
    while found := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= found
    return sum(ticks[pid] for pid in family) / os.sysconf("SC_CLK_TCK")
