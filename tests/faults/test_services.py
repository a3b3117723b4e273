"""AWS answers with errors, late, or not at all: a run gets over it, or fails and can be run again."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Hashable
from functools import partial

from .datasets import EVENTS, ORDERS
from .lane import Lane
from .proof import STORY, Reference, Step, prove
from .proxy import Action, Fault, Request, cut, first_of_each, refused, slow, throttled, unanswered
from .suite import Case, suite

# What AWS's SDKs are there to get over by themselves.
PASSING = {"500": refused, "503 or throttled": throttled, "slow": slow(0.5)}
# Whether an SDK may repeat a request whose answer was lost depends on the request.
LOST = {"no answer": unanswered, "half an answer": cut}


class ServicesTest(unittest.TestCase):
    def test_an_error_that_passes_does_not_end_a_run(self):
        suite().run(self, storms(PASSING, lambda request: (request.operation, request.client), attempts=1))

    def test_lost_answers(self):
        suite().run(self, storms(LOST, lambda request: request.kind, attempts=60))

    def test_an_outage_ends_a_run_and_the_next_one_makes_good(self):
        suite().run(self, [case for reference, step in steps() for case in outages(reference, step)])


def steps() -> list[tuple[Reference, Step]]:
    """All steps of the data set that uses most, and of the other the write that cannot be repeated."""
    orders, events = (suite().references[data_set.name] for data_set in (ORDERS, EVENTS))
    return [*((orders, step) for step in STORY[1:]), (events, STORY[-1])]


def storms(actions: dict[str, Action], what: Callable[[Request], Hashable], attempts: int) -> list[Case]:
    """Each action on the first of the requests, reads too, for which `what` is the same."""
    return [
        (
            f"{reference.data_set.name}: {step} {name}",
            partial(storm, reference, step, Fault(first_of_each(what), action), attempts),
        )
        for reference, step in steps()
        for name, action in actions.items()
    ]


def storm(reference: Reference, step: Step, fault: Fault, attempts: int, lane: Lane) -> None:
    """A run that fails is run again and gets further: what has been met once does not come back."""
    lane.restore(reference.before(step))
    with lane.proxy.faults(fault):
        for attempt in range(attempts):
            error = lane.run(reference.data_set, step.stage, step.batch, f"jr_attempt_{attempt}")
            if error is None:
                break
    if error:
        raise AssertionError(f"attempt {attempts} failed too:\n{error}")
    prove(lane, reference, step, "another", in_order=False)


def outages(reference: Reference, step: Step) -> list[Case]:
    """Every request to the ledger's or the catalog's commit is refused for as long as the run lasts."""
    commits = ("TransactWriteItems", "UpdateTable")
    kinds = dict.fromkeys(request.kind for request in reference.requests[step] if request.operation in commits)
    name = f"{reference.data_set.name}: {step} outage of"
    return [(f"{name} {kind}", partial(outage, reference, step, kind)) for kind in kinds]


def outage(reference: Reference, step: Step, kind: str, lane: Lane) -> None:
    """The run must say that it failed."""
    lane.restore(reference.before(step))
    with lane.proxy.faults(Fault(lambda request: request.kind == kind, refused)):
        error = lane.run(reference.data_set, step.stage, step.batch, "first")
    if error is None:
        raise AssertionError("the run succeeded, though it could not commit")
    lane.let_leases_run_out()
    prove(lane, reference, step, "another", in_order=False)
