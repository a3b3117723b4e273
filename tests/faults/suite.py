"""What all cases share: two lanes to happen in, the undisturbed stories, and the count of cases.

Not a package that `unittest discover` finds: the cases are a suite of their own, `npm test -- faults`.
"""

from __future__ import annotations

import atexit
import os
import queue
import shutil
import tempfile
import unittest
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from .datasets import EVENTS, ORDERS
from .lane import Lane
from .proof import Reference

# A case is busy on little more than one core.
LANES = 2
# All kill cases, which take some 20 minutes, and not those at commits alone.
ALL = os.environ.get("FAULTS") == "all"

Case = tuple[str, Callable[[Lane], None]]


class Suite:
    """Runs cases, as many at a time as there are lanes."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="glue-faults-"))
        self.count = 0
        self.references: dict[str, Reference] = {}
        self._lanes: queue.SimpleQueue[Lane] = queue.SimpleQueue()
        self._pool = ThreadPoolExecutor(LANES)
        self._all = [Lane(self._folder / f"lane-{number}") for number in range(LANES)]
        for lane in self._all:
            self._lanes.put(lane)

    def tell(self) -> None:
        """Plays the undisturbed story of each data set."""
        for reference in self._pool.map(self._tell, (ORDERS, EVENTS)):
            self.references[reference.data_set.name] = reference

    def run(self, test: unittest.TestCase, cases: Iterable[Case]) -> None:
        """Runs the cases, each as a subtest."""
        started = [(name, self._pool.submit(self._on_a_lane, case)) for name, case in cases]
        for name, future in started:
            with test.subTest(name):
                self.count += 1
                future.result()
            print(f"{self.count:4} {name}", flush=True)

    def close(self) -> None:
        """Says how many cases there were, and ends all processes."""
        self._pool.shutdown()
        for lane in self._all:
            lane.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        print(f"faults: {self.count} cases")

    def _tell(self, data_set) -> Reference:
        return self._on_a_lane(lambda lane: Reference.told(data_set, self._folder, lane))

    def _on_a_lane(self, work):
        lane = self._lanes.get()
        try:
            return work(lane)
        finally:
            self._lanes.put(lane)


@cache
def suite() -> Suite:
    """The suite of this process, with its references told."""
    made = Suite()
    atexit.register(made.close)
    made.tell()
    return made
