"""What a case is measured against: the same deliveries without a fault, and what they leave behind."""

from __future__ import annotations

import time
import unittest
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .datasets import DataSet
from .lane import VISIBILITY_SECONDS, Lane
from .proxy import Request


@dataclass(frozen=True)
class Step:
    """One run of the story: a stage, and the delivery that it comes after, if any.

    Both batches are open when process begins, so each later stage does them in one run, in their order.
    """

    stage: str
    batch: str
    delivery: int | None = None

    def __str__(self) -> str:
        return f"{self.stage} {self.batch}" if self.stage == "ingest" else self.stage


STORY = (
    Step("ingest", "run-1", delivery=0),
    Step("ingest", "run-2", delivery=1),
    Step("process", "run-2"),
    Step("validate", "run-2"),
    Step("curate", "run-2"),
)


@dataclass
class Reference:
    """The undisturbed story of a data set.

    For each step: the account before it, the requests that it makes, and what it leaves behind.
    """

    data_set: DataSet
    folder: Path
    requests: dict[Step, list[Request]] = field(default_factory=dict)
    left: dict[Step, dict[str, Any]] = field(default_factory=dict)

    def before(self, step: Step) -> Path:
        """Snapshot of the account."""
        return self.folder / f"{self.data_set.name}-{STORY.index(step)}"

    @classmethod
    def told(cls, data_set: DataSet, folder: Path, lane: Lane) -> Reference:
        """Plays the story."""
        reference = cls(data_set, folder)
        lane.open(data_set)
        for step in STORY:
            if step.delivery is not None:
                lane.deliver(data_set, step.delivery)
            lane.save(reference.before(step))
            lane.proxy.requests.clear()
            finish(lane, data_set, step, "undisturbed")
            reference.requests[step] = list(lane.proxy.requests)
            reference.left[step] = left_behind(lane, data_set, step)
        return reference


def finish(lane: Lane, data_set: DataSet, step: Step, run: str) -> None:
    """Runs a step, which must not fail."""
    error = lane.run(data_set, step.stage, step.batch, run)
    if error:
        raise AssertionError(f"{step} of {data_set.name}, run {run}, failed:\n{error}")


def left_behind(lane: Lane, data_set: DataSet, step: Step) -> dict[str, Any]:
    """All that later steps and people see: ledger, raw zone, and the tables, once there are any."""
    left = {"ledger": lane.ledger(), "raw": lane.raw(data_set)}
    if step.stage == "ingest":
        return left
    curated = f"curated.{data_set.name}"
    tables = [f"processed.{data_set.name}_quarantine"]
    if step.stage == "curate":
        tables += [curated, f"{curated}_deletions"]
    return {**left, "processed": lane.processed(data_set), **{name: lane.rows(name) for name in tables}}


def prove(lane: Lane, reference: Reference, step: Step, run: str, *, in_order: bool = True) -> None:
    """Runs the step again, and compares what there is then with the reference.

    That is all that the steps after it read, so they cannot differ, and are not run. Where the batches need not have
    been done in their order, what each of them had published when it was done is not compared.
    """
    if step.stage == "ingest":
        time.sleep(VISIBILITY_SECONDS)
    finish(lane, reference.data_set, step, run)
    check(left_behind(lane, reference.data_set, step), reference.left[step], in_order)


def check(left: dict[str, Any], expected: dict[str, Any], in_order: bool = True) -> None:
    """Raises AssertionError if this is not what is expected, or the books of a batch do not balance."""
    case = unittest.TestCase()
    case.maxDiff = None
    for name in expected:
        case.assertEqual(*(_comparable(side[name], in_order) for side in (left, expected)), name)
    for key, item in left["ledger"].items():
        counts = item.get("counts", {})
        if "read" in counts:
            case.assertEqual(counts["read"], counts["good"] + counts["quarantined"] + counts["duplicates"], key)


def _comparable(found: Any, in_order: bool) -> Any:
    if in_order or not isinstance(found, dict):
        return found
    return {name: _comparable(value, in_order) for name, value in found.items() if name != "published"}
