"""The source does not stand still while it is ingested, and says things twice."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from functools import partial

from .datasets import ORDERS
from .lane import Lane
from .proof import STORY, Step, finish, prove
from .proxy import Fault, Request, amid
from .suite import suite

FIRST, SECOND = STORY[:2]
TEXT = "id,status,amount,version\n9,open,90.00,1\n"


class SourceTest(unittest.TestCase):
    def test_an_object_overwritten_while_it_is_copied_comes_in_as_it_is_then(self):
        suite().run(
            self, [(f"orders: {name} overwritten", partial(overwritten, name)) for name in ORDERS.deliveries[0]]
        )

    def test_an_object_deleted_while_it_is_copied_does_not_stop_the_others(self):
        names = ORDERS.deliveries[0]
        suite().run(self, [(f"orders: {name} deleted", partial(deleted, name)) for name in names])

    def test_messages_that_come_twice_or_late_change_nothing(self):
        suite().run(self, [(f"orders: {step} hears all twice", partial(twice, step)) for step in (FIRST, SECOND)])


def overwritten(name: str, lane: Lane) -> None:
    key = f"{ORDERS.name}/{name}"
    put = partial(lane.client("s3").put_object, Bucket="source", Key=key, Body=TEXT.encode())
    ingest_amid(lane, name, put)
    others = {f"{ORDERS.name}/{other}": text for other, text in ORDERS.deliveries[0].items() if other != name}
    check_equal(lane.raw(ORDERS), {"run-1": others, "run-2": {key: TEXT}})


def deleted(name: str, lane: Lane) -> None:
    delete = partial(lane.client("s3").delete_object, Bucket="source", Key=f"{ORDERS.name}/{name}")
    ingest_amid(lane, name, delete)
    others = {f"{ORDERS.name}/{other}": text for other, text in ORDERS.deliveries[0].items() if other != name}
    check_equal(lane.raw(ORDERS), {"run-1": others})


def ingest_amid(lane: Lane, name: str, happening: Callable[[], object]) -> None:
    """Two runs of ingest; as the first one asks for the copy of an object, something happens to it."""
    lane.restore(suite().references[ORDERS.name].before(FIRST))

    def copies(request: Request) -> bool:
        return request.operation == "CopyObject" and request.target.endswith(name)

    with lane.proxy.faults(Fault(copies, amid(happening))):
        finish(lane, ORDERS, FIRST, "first")
    finish(lane, ORDERS, SECOND, "second")


def twice(step: Step, lane: Lane) -> None:
    """Every message that ever came to the queue is there twice."""
    reference = suite().references[ORDERS.name]
    lane.restore(reference.before(step))
    lane.repeat_messages(ORDERS)
    prove(lane, reference, step, "first")


def check_equal(found: object, expected: object) -> None:
    unittest.TestCase().assertEqual(found, expected)
