import io
import sys
import unittest
import uuid
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from unittest import mock

import boto3

from glue_etl.ledger import COMMITTED, REJECTED, STAGES, Ledger
from glue_etl.source_ledger import SourceLedger

from . import ROOT
from .support import account, create_table

sys.path.append(str(ROOT / "scripts"))
from batches import arguments, commands  # noqa: E402
from batches.__main__ import main  # noqa: E402


@cache
def table() -> str:
    """The ledger of environment `local`, under the name that modules/naming.ts gives it, and the buckets beside it."""
    account()
    names = commands.names_of("local")
    ledger = names["tables"]["job-bookmarks"]
    create_table(ledger, "pk", "sk")
    for bucket in ("raw", "processed"):
        boto3.client("s3").create_bucket(Bucket=names["buckets"][bucket])
    return ledger


class BatchesTest(unittest.TestCase):
    """The command on three batches: one is published, one was rejected by validate, one waits for process."""

    def setUp(self):
        name = table()
        self.ledger = Ledger(boto3.client("dynamodb"), name, f"things_{uuid.uuid4().hex[:8]}", "a run")
        self.workflow = f"glue-etl-pipeline-local-{self.ledger.dataset}"
        boto3.client("glue").create_job(
            Name=f"glue-etl-pipeline-local-ingest-{self.ledger.dataset}", Role="ingest", Command={"Name": "glueetl"}
        )
        self.do("published", *STAGES)
        self.do("rejected", "ingest", "process", "validate", state=REJECTED)
        self.do("waiting", "ingest")

    def do(self, batch: str, *stages: str, state: str = COMMITTED) -> None:
        for stage in stages:
            taken = self.ledger.take_ingest(batch) if stage == "ingest" else self.ledger.take(stage, batch)
            self.assertTrue(taken)
            record = {"state": state if stage == stages[-1] else COMMITTED, "counts": {"read": 7}, "job_run_id": "jr"}
            self.ledger.commit(stage, batch, record, "exclusive" if stage == "ingest" else None)

    def run_command(self, command: str, *arguments: str, dataset: str | None = None) -> tuple[int, str]:
        """Exit code, and what is printed."""
        target = ("--environment", "local", "--dataset", dataset or self.ledger.dataset)
        output = io.StringIO()
        with redirect_stdout(output), redirect_stderr(output):
            code = main([command, *target, *arguments])
        return code, output.getvalue()

    def open(self) -> dict[str, list[str]]:
        return {stage: self.ledger.open_batches(stage) for stage in STAGES if self.ledger.open_batches(stage)}

    def test_list_shows_where_the_newest_batches_stand(self):
        code, output = self.run_command("list", "--limit", "2")
        header, *lines = output.splitlines()
        self.assertEqual((code, [line.split()[0] for line in lines]), (0, ["waiting", "rejected"]))
        self.assertRegex(header, "^BATCH +INGESTED .* +AGE +STAGE +STATE +COUNTS$")
        self.assertRegex(lines[0], r"^waiting +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +0 min +process +OPEN +read 7$")
        self.assertRegex(lines[1], "validate +REJECTED")

    def test_a_dry_run_says_what_would_be_done_and_does_nothing(self):
        before = self.run_command("list")[1]
        for command in (
            ("replay", "--from", "published", "--to", "published", "--stage", "process"),
            ("release", "--batch", "rejected"),
            ("discard", "--batch", "waiting"),
            ("rescan",),
        ):
            with self.subTest(command):
                code, output = self.run_command(*command, "--dry-run")
                self.assertEqual(code, 0)
                self.assertRegex(
                    output, r"process, validate, curate again|lets it pass|goes no further|lists all files"
                )
                self.assertEqual(self.run_command("list")[1], before)

    def test_replay_reopens_batches_in_their_order_and_names_those_that_stay(self):
        code, output = self.run_command("replay", "--from", "2013-01-01", "--stage", "validate", "--yes")
        self.assertEqual(code, 1)
        self.assertIn("batch waiting was left as it is: process has not done it yet", output)
        self.assertIn("Done: 2 of 3.", output)
        self.assertEqual(self.open(), {"process": ["waiting"], "validate": ["published", "rejected"]})

    def test_replay_takes_ids_and_times_as_ends(self):
        middle = self.ledger.committed("ingest", "rejected")["committed_at"]
        for first, last, chosen in (
            ("published", "published", ["published"]),
            (middle, None, ["rejected", "waiting"]),
            ("2013-01-01", middle, ["published"]),
            ("2013-01-01", middle[:10], ["published", "rejected", "waiting"]),
            ("2013-01-01", "2013-01-01", []),
        ):
            with self.subTest((first, last)):
                ends = ("--from", first, *(("--to", last) if last else ()))
                code, output = self.run_command("replay", *ends, "--stage", "process", "--dry-run")
                lines = output.splitlines() if chosen else []
                self.assertEqual((code, [line.split()[0] for line in lines]), (0 if chosen else 1, chosen))
        code, output = self.run_command("replay", "--from", "nonsense", "--stage", "process")
        self.assertEqual(code, 2)
        self.assertIn("nonsense is not a date or time such as 2026-11-30T08:00, nor a batch", output)

    def test_release_and_discard(self):
        self.assertEqual(self.run_command("release", "--batch", "rejected", "--yes")[0], 0)
        self.assertEqual(self.run_command("discard", "--batch", "waiting", "--yes")[0], 0)
        self.assertEqual(self.open(), {"curate": ["rejected"]})
        self.assertRegex(self.ledger.committed("validate", "rejected")["released_by"], "^arn:aws:")
        code, output = self.run_command("release", "--batch", "published", "--yes")
        self.assertEqual(code, 1)
        self.assertIn("only a REJECTED batch can be released", output)

    def test_remove_forgets_a_batch_and_has_its_rows_removed(self):
        code, output = self.run_command("remove", "--batch", "published", "--yes")
        self.assertEqual((code, "deletes its raw files" in output), (0, True))
        self.assertEqual([stage for stage, ids in self.open().items() if "published" in ids], ["process", "curate"])
        self.assertTrue(self.ledger.is_removal("curate", "published"))
        self.assertNotIn("published", self.run_command("list")[1])

    def test_a_batch_that_a_run_works_on_is_not_removed(self):
        self.assertTrue(self.ledger.take("process", "waiting"))
        code, output = self.run_command("remove", "--batch", "waiting", "--yes")
        self.assertEqual((code, "a run of process is working on it" in output), (1, True))
        self.assertFalse(self.ledger.is_removal("process", "waiting"))

    def test_rescan(self):
        SourceLedger(self.ledger).set_known_until("2026-01-01")
        self.assertEqual(self.run_command("rescan", "--yes")[0], 0)
        self.assertFalse(SourceLedger(self.ledger).knows_all_since("2025-01-01"))

    def test_nothing_happens_without_an_answer(self):
        command = ("release", "--batch", "rejected")
        with mock.patch("sys.stdin", io.StringIO()):
            code, output = self.run_command(*command)
        self.assertEqual(code, 2)
        self.assertIn("give --yes", output)
        with (
            mock.patch("sys.stdin.isatty", return_value=True, create=True),
            mock.patch("builtins.input", return_value=""),
        ):
            self.assertEqual(self.run_command(*command)[0], 1)
        self.assertEqual(self.ledger.committed("validate", "rejected")["state"], REJECTED)

    def test_the_workflow_is_started_where_that_is_asked_for(self):
        with mock.patch.object(commands, "start") as start:
            self.run_command("release", "--batch", "rejected", "--yes", "--start", "--dry-run")
            self.run_command("release", "--batch", "published", "--yes", "--start")
            start.assert_not_called()
            self.run_command("release", "--batch", "rejected", "--yes", "--start")
        self.assertEqual(start.call_args.args[1], self.workflow)

    def test_unknown_names_are_an_error_that_lists_the_known_ones(self):
        code, output = self.run_command("list", dataset="nothing")
        self.assertEqual(code, 2)
        self.assertRegex(output, f"no data set nothing .* deployed are: .*{self.ledger.dataset}")
        output = io.StringIO()
        with redirect_stderr(output):
            self.assertEqual(main(["list", "--environment", "nowhere", "--dataset", "x"]), 2)
        self.assertIn("unknown environment nowhere, known are: dev, local, prod", output.getvalue())

    def test_stages_can_be_named_without_what_the_jobs_need(self):
        self.assertEqual(arguments.STAGES, STAGES)
