"""A move that is interrupted and done again ends as one that is not: wherever in it, and whichever way it goes."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from .lakes import DONE, FIRST, MOVING, SECOND, TABLES, Emulated, Lake, regions


def without_moves(state: dict[str, object]) -> dict[str, object]:
    """But for what notes and copies of a move that was given up leave behind."""
    second = {name: value for name, value in state.items() if name.startswith("lake-dr") or "tables" in name}
    items = [item for item in state["lake-dr: items"] if "#region" not in item]
    return {**second, "lake-dr: items": items, "lake: switches": state["lake: switches"]}


class MovesTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="glue-moves-")
        cls.addClassCleanup(scratch.cleanup)
        cls.account = Emulated(Path(scratch.name) / "account")
        cls.addClassCleanup(cls.account.close)

    def failed_over(self) -> Lake:
        lake = Lake(self.account)
        lake.run("failover", "--to", SECOND, "--yes")
        lake.small.go_on()
        lake.operator.calls.clear()
        return lake

    def test_failover(self):
        self.interrupt_everywhere(Lake(self.account), Lake(self.account), "failover", "--to", SECOND, "--yes")

    def test_failback(self):
        self.interrupt_everywhere(self.failed_over(), self.failed_over(), "failback", "--yes")

    def interrupt_everywhere(self, undisturbed: Lake, lake: Lake, *command: str) -> None:
        """Begins again and again, each time to end before a change that has not been ended before yet."""
        printed, again = [undisturbed.run(*command)], []
        while lake.operator.is_interrupted(lambda: again.append(lake.run(*command))):
            pass
        self.assertGreaterEqual(lake.operator.ended_before, {call.key for call in undisturbed.operator.changes})
        self.assertEqual(again, printed)
        self.assertEqual(lake.state(), undisturbed.state())

    def test_a_region_that_is_left_as_planned_can_be_returned_to_until_the_other_one_is_active(self):
        lake = self.failed_over()
        before = lake.state()
        for phase in (MOVING, TABLES):
            while lake.noted() != (regions.NONE, phase):
                self.assertTrue(lake.operator.is_interrupted(lambda: lake.run("failback", "--yes")))
            with self.subTest(phase):
                lake.run("failover", "--to", SECOND, "--yes")
                self.assertEqual(lake.noted(), (SECOND, DONE))
                self.assertEqual(without_moves(lake.state()), without_moves(before))
        lake.run("failback", "--yes")

    def test_a_move_that_took_something_away_has_to_be_ended(self):
        lake = Lake(self.account)
        while lake.noted() != (regions.NONE, TABLES):
            lake.operator.is_interrupted(lambda: lake.run("failover", "--to", SECOND, "--yes"))
        for command in (("failover", "--to", FIRST), ("failback",)):
            output = lake.run(*command, "--yes", code=2)
            self.assertIn("a move to us-west-2 is under way since 20", output)

    def test_nothing_is_moved_where_it_is_already(self):
        for command in (("failover", "--to", FIRST), ("failback",)):
            lake = Lake(self.account)
            before = lake.state()
            self.assertIn("us-east-1 is active already", lake.run(*command, "--yes"))
            self.assertEqual({**lake.state(), "consumers": []}, before)
