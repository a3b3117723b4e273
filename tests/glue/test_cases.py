"""Files from the wild, each with its contract and what is to come of it (`tests/cases`)."""

import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

from pyspark.sql import functions as F

from glue_etl import definition, lake, process
from glue_etl.definition import DataSet
from glue_etl.job import Run

from . import ROOT
from .support import SCRATCH, run_of, spark

CASES = sorted((ROOT / "tests" / "cases").iterdir())
RESOLVE = """
const { readContracts } = require('./modules/contract');
const { Naming } = require('./modules/naming');
const { localFiles } = require('./local/sources');
const path = require('node:path');
async function resolve(folder) {
  const [dataset] = readContracts(folder, 'local', new Naming('local')).datasets.values();
  return { dataset, files: await localFiles(path.resolve(folder, dataset.source.localPath)) };
}
Promise.all(process.argv.slice(1).map(resolve)).then((found) => console.log(JSON.stringify(found)));
"""


class Folder:
    """The files of a case in place of the raw bucket."""

    def __init__(self, files: list[dict[str, str]]):
        self._folder = Path(tempfile.mkdtemp(dir=SCRATCH))
        self.files = []
        for file in files:
            target = self._folder / file["name"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file["path"], target)
            self.files.append({"key": file["name"], "size": target.stat().st_size})

    def path(self, key: str) -> str:
        return f"file://{self._folder}/{key}"

    def start(self, key: str, size: int) -> bytes:
        return (self._folder / key).read_bytes()[:size]


class CasesTest(unittest.TestCase):
    def test_each_has_its_outcome(self):
        command = ["node", "-r", "ts-node/register", "-e", RESOLVE, *map(str, CASES)]
        found = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
        for case, resolved in zip(CASES, found, strict=True):
            with self.subTest(case.name):
                expected = json.loads((case / "expected.json").read_text())
                self.judge(expected, definition.parse(json.dumps(resolved["dataset"])), Folder(resolved["files"]))

    def judge(self, expected: dict, of: DataSet, folder: Folder) -> None:
        run = run_of("process", of, "b")
        run.ledger = SimpleNamespace(committed=lambda *_: {"committed_at": "2026-01-01T00:00:00+00:00"})
        outcome = process.process_batch(run, "b", process.Inputs.of_files(run, "b", folder, folder.files))
        self.assertEqual(self.good(run), sorted(map(as_texts, expected["good"]), key=str))
        self.check_rejected(run, expected)
        self.assertEqual(outcome.counts["duplicates"], expected["duplicates"])
        if "read" in expected:
            self.assertEqual(outcome.counts["read"], expected["read"])

    def good(self, run: Run) -> list[dict]:
        # As texts: Python cannot hold each moment that a table can.
        columns = [F.col(lake.quoted(column.name)).cast("string").alias(column.name) for column in run.dataset.columns]
        rows = spark().table(run.processed_table).where(lake.of_batch("b")).select(*columns).collect()
        return sorted((row.asDict() for row in rows), key=str)

    def check_rejected(self, run: Run, expected: dict) -> None:
        """Each that is expected is there, with its text or with its first column's value, and no other."""
        rows = spark().table(run.quarantine_table).where(lake.of_batch("b")).collect()
        for wanted in expected["quarantined"]:
            text = wanted.get("raw") or str(next(iter(wanted.values())))
            found = [row for row in rows if row.raw is not None and row.raw.strip('"').startswith(text)]
            self.assertEqual(len(found), 1, (wanted, rows))
            self.assertTrue(found[0].reasons[0].startswith(wanted["reason"]), (wanted, found))
            rows.remove(found[0])
        for wanted in expected["files_quarantined"]:
            found = [row for row in rows if row.file.endswith(wanted["file"])]
            self.assertEqual(len(found), 1, (wanted, rows))
            self.assertIn(wanted["reason"], found[0].reasons[0])
            rows.remove(found[0])
        self.assertEqual(rows, [])


def as_texts(row: dict) -> dict:
    return {name: None if value is None else str(value) for name, value in row.items()}
