"""A run that is killed at any step is simply run again, and nothing is lost or there twice.

What a killed run leaves behind after a request that changes state is what it leaves before the next one: killed before
each, and after the last, it has been killed at every boundary between two of them.
"""

from __future__ import annotations

import signal
import unittest
from collections import Counter
from collections.abc import Iterator
from functools import partial

from .datasets import ORDERS
from .jobs import TIMEOUT_SECONDS
from .lane import Lane
from .proof import STORY, Reference, Step, prove
from .proxy import Action, Fault, killed_after, killed_before, nth
from .suite import ALL, Case, suite

COMMITS = ("TransactWriteItems", "CreateTable", "UpdateTable")


class KilledTest(unittest.TestCase):
    def test_killed_before_and_after_every_step(self):
        suite().run(self, [case for reference in suite().references.values() for case in cases(reference)])


def cases(reference: Reference) -> Iterator[Case]:
    """Before the first and the last request of every kind that changes state, and after the last of all.

    With FAULTS=all after each of them too; without it at commits alone, but for ingest, and of the second data set in
    the one stage whose write is another than that of the first.
    """
    for step in STORY:
        kinds = Counter(request.kind for request in reference.requests[step] if request.changes_state)
        last = next(kind for kind in reversed(kinds) if kind.startswith("TransactWriteItems"))
        if not ALL and reference.data_set is not ORDERS and step.stage != "curate":
            continue
        for kind, count in kinds.items():
            if not (ALL or kind.startswith(COMMITS) or step.stage == "ingest"):
                continue
            for number in sorted({1, count}):
                yield _case(reference, step, kind, number, count, killed_before)
                if ALL or (kind, number) == (last, count):
                    yield _case(reference, step, kind, number, count, killed_after)


def _case(reference: Reference, step: Step, kind: str, number: int, count: int, action: Action) -> Case:
    name = f"{reference.data_set.name}: {step} {action.__name__} {kind} {number}/{count}"
    return name.replace("_", " "), partial(killed, reference, step, kind, number, action)


def killed(reference: Reference, step: Step, kind: str, number: int, action: Action, lane: Lane) -> None:
    """Kills the process group of the job at the request, and runs it again: as Glue retries it, or later and anew."""
    for occurrence in range(number, 0, -1):  # how many requests threads share a work into is not for sure
        lane.restore(reference.before(step))
        fault = Fault(nth(kind, occurrence), action)
        with lane.proxy.faults(fault):
            code = lane.start(reference.data_set, step.stage, step.batch, "jr").wait(TIMEOUT_SECONDS)
        if fault.happened.is_set():
            break
    if code != -signal.SIGKILL:
        raise AssertionError(f"the job ended with {code}, not killed; see {lane.jobs.log}")
    if action is killed_before:
        prove(lane, reference, step, "jr_attempt_1")
    else:
        lane.let_leases_run_out()
        prove(lane, reference, step, "another")
