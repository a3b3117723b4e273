"""What the other cases compare with is right, and comes out the same when all is run again."""

from __future__ import annotations

import unittest
from dataclasses import replace
from functools import partial

from .lane import Lane
from .proof import STORY, Reference, finish, prove
from .suite import suite


class UndisturbedTest(unittest.TestCase):
    def test_every_delivered_row_has_one_fate(self):
        for name, reference in suite().references.items():
            with self.subTest(name):
                left = reference.left[STORY[-1]]
                counts = [item["counts"] for key, item in left["ledger"].items() if key.startswith(f"{name}#process ")]
                total = {fate: sum(count[fate] for count in counts) for fate in ("read", "good", "quarantined")}
                lines = [text.count("\n") - 1 for texts in reference.data_set.deliveries for text in texts.values()]
                self.assertEqual(total["read"], sum(lines))
                self.assertEqual(total["good"], len(left["processed"]))
                self.assertEqual(total["quarantined"], len(left[f"processed.{name}_quarantine"]))

    def test_the_curated_table_is_what_the_contract_says(self):
        for name, reference in suite().references.items():
            with self.subTest(name):
                rows = reference.left[STORY[-1]][f"curated.{name}"]
                columns = reference.data_set.definition["columns"]
                found = [tuple(row.get(column["name"]) for column in columns) for row in rows]
                self.assertEqual(sorted(found), sorted(reference.data_set.curated))

    def test_the_whole_run_repeated_changes_nothing(self):
        references = suite().references.items()
        suite().run(self, [(f"{name}: all again", partial(repeated, reference)) for name, reference in references])


def repeated(reference: Reference, lane: Lane) -> None:
    """All stages, after the last step."""
    lane.restore(reference.before(STORY[-1]))
    finish(lane, reference.data_set, STORY[-1], "first")
    for step in STORY:
        finish(lane, reference.data_set, replace(step, batch="run-3"), "again")
    prove(lane, reference, STORY[-1], "once more")
