"""Two runs of a stage at the same time, whichever of them holds the lease, do the work once."""

from __future__ import annotations

import signal
import subprocess
import threading
import unittest
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from .datasets import EVENTS, ORDERS
from .engines import Engine
from .jobs import TIMEOUT_SECONDS
from .lane import Lane
from .proof import STORY, Reference, Step, finish, prove
from .proxy import Fault, held, nth, stopped
from .suite import Case, suite


class RaceTest(unittest.TestCase):
    def test_one_of_two_runs_works_and_both_end_in_order(self):
        suite().run(
            self,
            [
                (f"{reference.data_set.name}: {step} started twice", partial(started_twice, reference, step))
                for reference, step in steps("ingest", "process", "curate")
            ],
        )

    def test_a_run_that_lost_its_lease_while_suspended_does_no_harm(self):
        suite().run(self, [case for reference, step in steps() for case in suspended(reference, step)])

    def test_a_run_that_lost_its_lease_goes_on_beside_the_one_that_has_it(self):
        suite().run(
            self,
            [
                (f"{reference.data_set.name}: {step} with two owners", partial(two_owners, reference, step))
                for reference, step in steps("process", "curate")
            ],
        )


def steps(*stages: str) -> Iterator[tuple[Reference, Step]]:
    """Steps to race: those of the first data set, and of the second the one whose write cannot be repeated."""
    for step in STORY[1:]:
        if not stages or step.stage in stages:
            yield suite().references[ORDERS.name], step
    yield suite().references[EVENTS.name], STORY[-1]


def started_twice(reference: Reference, step: Step, lane: Lane) -> None:
    """Two processes at once."""
    lane.restore(reference.before(step))
    runs = [lane.lend(reference.data_set, step.stage, step.batch, run) for run in ("one", "other")]
    check_ended_in_order(lane, runs)
    prove(lane, reference, step, "third", in_order=False)


def suspended(reference: Reference, step: Step) -> Iterator[Case]:
    """Suspended at the first write, and before the commits of the first batch to catalog and ledger."""
    kinds = dict.fromkeys(request.kind for request in reference.requests[step] if request.changes_state)
    commits = [kind for kind in kinds if kind.startswith(("UpdateTable", "TransactWriteItems"))]
    for kind in dict.fromkeys([first_write(reference, step), *commits]):
        name = f"{reference.data_set.name}: {step} suspended at {kind}"
        yield name, partial(taken_over, reference, step, kind, kind == first_write(reference, step))


def taken_over(reference: Reference, step: Step, kind: str, meets_a_lease: bool, lane: Lane) -> None:
    """Another run takes over and commits; then the first one wakes up, and its request arrives.

    Where it `meets_a_lease`, a run comes before, which has to leave the batch to the first and may do the next one.
    """
    lane.restore(reference.before(step))
    released = threading.Event()
    fault = Fault(nth(kind, 1), stopped(released))
    with lane.proxy.faults(fault):
        first = lane.lend(reference.data_set, step.stage, step.batch, "first")
        await_fault(fault)
        if meets_a_lease:
            finish(lane, reference.data_set, step, "early")
        lane.let_leases_run_out()
        finish(lane, reference.data_set, step, "second")
        lane.proxy.signal(signal.SIGCONT)
        released.set()
        check_ended_in_order(lane, [first])
    prove(lane, reference, step, "third", in_order=not meets_a_lease)


def two_owners(reference: Reference, step: Step, lane: Lane) -> None:
    """The first run wakes up while the second, which has taken over, is about to commit to the ledger."""
    lane.restore(reference.before(step))
    kinds = [request.kind for request in reference.requests[step]]
    commit = next(kind for kind in kinds if kind.startswith("TransactWriteItems"))
    publish = next(kind for kind in kinds if kind.startswith("UpdateTable"))
    first_released, second_released = threading.Event(), threading.Event()
    first_fault = Fault(nth(publish, 1), stopped(first_released))
    second_fault = Fault(nth(commit, 1), held(second_released))
    with lane.proxy.faults(first_fault, second_fault), ThreadPoolExecutor(1) as thread:
        first = lane.lend(reference.data_set, step.stage, step.batch, "first")
        await_fault(first_fault)
        lane.let_leases_run_out()
        second = thread.submit(finish, lane, reference.data_set, step, "second")
        await_fault(second_fault)
        lane.proxy.signal(signal.SIGCONT)
        first_released.set()
        check_ended_in_order(lane, [first])
        second_released.set()
        second.result()
    prove(lane, reference, step, "third")


def first_write(reference: Reference, step: Step) -> str:
    """The first request to S3 that leaves something behind: the lease is held by then."""
    return next(request.kind for request in reference.requests[step] if request.is_s3 and request.changes_state)


def await_fault(fault: Fault) -> None:
    """Until the job has come to the point."""
    if not fault.happened.wait(TIMEOUT_SECONDS):
        raise AssertionError("the job never sent the request that was waited for")


def check_ended_in_order(lane: Lane, runs: list[subprocess.Popen | Engine]) -> None:
    """Each run ends with exit code 0."""
    codes = [run.wait(TIMEOUT_SECONDS) for run in runs]
    if any(codes):
        raise AssertionError(f"exit codes {codes}, and not 0: {lane.failures()}")
