"""A move switches what the stacks say is on in the one Region and off in the other: all of it, and nothing else."""

from __future__ import annotations

import io
import json
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

from .grants import ACCOUNT, refused
from .lakes import FIRST, KEYS, SECOND, Emulated, dr
from .operator import Operator
from .stacks import Stack, synthesize


class StacksTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="glue-stacks-")
        cls.addClassCleanup(scratch.cleanup)
        folder = Path(scratch.name)
        synthesize(folder / "synthesized", "prod", "prod-dr")
        cls.account = Emulated(folder / "account")
        cls.addClassCleanup(cls.account.close)
        cls.second = Stack(cls.account, folder / "synthesized", "prod-dr", SECOND)
        cls.first = Stack(cls.account, folder / "synthesized", "prod", FIRST)
        cls.second.make()
        cls.first.make()
        cls.operator = Operator(cls.account.endpoint, **KEYS)

    def run_command(self, *arguments: str) -> str:
        """What it prints, with the names that it knows itself."""
        output = io.StringIO()
        with mock.patch("dr.place.boto3", self.operator), redirect_stdout(output):
            self.assertEqual(dr.main([arguments[0], "--environment", "prod", *arguments[1:]]), 0)
        return output.getvalue()

    def switches(self) -> tuple[dict[str, bool], dict[str, bool]]:
        """Of both Regions, names as in the first one."""
        second = {name.replace("-prod-dr", "-prod"): is_on for name, is_on in self.second.switches().items()}
        return self.first.switches(), second

    def expect_started(self, stack: Stack) -> None:
        started = {call.parameters["Name"] for call in self.operator.calls if call.operation == "StartWorkflowRun"}
        self.assertEqual(started, {workflow["name"] for workflow in stack.each("aws_glue_workflow")})
        self.operator.calls.clear()

    def test_a_move_exchanges_what_is_on_and_off(self):
        first, second = self.switches()
        common = first.keys() & second.keys()
        switched = {name.split("glue-etl-pipeline-prod-")[1] for name in common if first[name] != second[name]}
        self.assertEqual(
            {name.split("-")[0] for name in switched}, {"ingest", "schedule", "watch", "daily", "monitoring"}
        )
        policy = json.loads(self.run_command("policy", "--account", ACCOUNT))
        self.run_command("failover", "--to", SECOND, "--yes")
        for now, then in zip(self.switches(), (second, first), strict=True):
            self.assertEqual(now, {name: then.get(name, is_on) for name, is_on in now.items()})
        self.assertEqual(refused(policy, self.operator.calls), [])
        self.expect_started(self.second)
        self.run_command("failback", "--yes")
        self.assertEqual(self.switches(), (first, second))
        self.assertEqual(refused(policy, self.operator.calls), [])
        self.expect_started(self.first)
