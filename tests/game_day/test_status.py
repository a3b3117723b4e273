"""What `status` says of copies, and of a Region that does not answer."""

from __future__ import annotations

import tempfile
import time
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest import mock

from .lakes import FIRST, SECOND, Emulated, Lake

# Much less than botocore waits by itself, a minute for each attempt; more than all requests to the other Region take.
_BOUND_SECONDS = 30


class StatusTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="glue-status-")
        cls.addClassCleanup(scratch.cleanup)
        cls.account = Emulated(Path(scratch.name) / "account")
        cls.addClassCleanup(cls.account.close)

    def setUp(self):
        self.lake = Lake(self.account)

    def report(self, region: str, namespace: str, metric: str, values: dict[int, float], **dimensions: str) -> None:
        """Puts what AWS reports by itself: values by minutes ago."""
        now = datetime.now(timezone.utc)
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        data = [
            {"MetricName": metric, "Dimensions": named, "Timestamp": now - timedelta(minutes=ago), "Value": value}
            for ago, value in values.items()
        ]
        self.account.client("cloudwatch", region).put_metric_data(Namespace=namespace, MetricData=data)

    def test_copies_lag_behind_as_cloudwatch_has_it(self):
        name = self.lake.name
        raw = {"SourceBucket": f"{name}-raw", "DestinationBucket": f"{name}-dr-raw", "RuleId": "all-objects"}
        back = {"SourceBucket": f"{name}-dr-source", "DestinationBucket": f"{name}-source", "RuleId": "all-objects"}
        self.report(SECOND, "AWS/S3", "ReplicationLatency", {3: 900, 2: 7}, **raw)
        self.report(SECOND, "AWS/S3", "BytesPendingReplication", {2: 4096}, **raw)
        self.report(SECOND, "AWS/S3", "OperationsPendingReplication", {90: 3}, **raw)
        self.report(FIRST, "AWS/S3", "ReplicationLatency", {2: 1}, **back)
        table = {"TableName": f"{name}-job-bookmarks", "ReceivingRegion": SECOND}
        self.report(FIRST, "AWS/DynamoDB", "ReplicationLatency", {2: 850}, **table)
        copies = self.lake.run("status").split("as CloudWatch had it last, within an hour:\n")[1]
        self.assertEqual(
            copies.splitlines(),
            [
                "  source: no data",
                "  raw: ReplicationLatency 7 s, OperationsPendingReplication no data, "
                "BytesPendingReplication 4096 bytes",
                "  processed: no data",
                "  curated: no data",
                "  job-state: no data",
                "  job-bookmarks: ReplicationLatency 850 ms",
            ],
        )

    def without(self, lost: str, *command: str) -> str:
        """What is printed while a Region takes requests and answers none, which is asked as little as possible."""
        self.lake.operator.calls.clear()
        patience = mock.patch.dict("dr.place.PATIENCE", {"connect_timeout": 0.5, "read_timeout": 0.5})
        with patience, self.lake.operator.lose(lost):
            began = time.monotonic()
            output = self.lake.run(*command)
        self.assertLess(time.monotonic() - began, _BOUND_SECONDS)
        return output

    def asked(self, region: str) -> list[str]:
        return [call.operation for call in self.lake.operator.calls if call.region == region]

    def test_without_the_first_region_the_second_says_what_it_knows(self):
        output = self.without(FIRST, "status")
        self.assertEqual(self.asked(FIRST), ["GetItem"])
        for line in (
            "us-east-1 does not answer: what follows is what us-west-2 knows of.",
            "  raw: no data",
            "  job-state: not known, us-east-1 reports it and does not answer",
        ):
            self.assertIn(line, output.splitlines())
        self.assertIn("stock: 2 batch(es); the last one that is on standby too: ", output)

    def test_without_the_second_region_nothing_is_known_of_it(self):
        output = self.without(SECOND, "status")
        self.assertEqual(self.asked(SECOND), ["GetItem"])
        self.assertIn("us-west-2 does not answer: what has arrived there is not known.", output.splitlines())
        self.assertIn("  raw: not known, us-west-2 reports it and does not answer", output.splitlines())

    def test_a_failover_waits_for_no_region_that_is_lost(self):
        output = self.without(FIRST, "failover", "--to", SECOND, "--yes")
        self.assertEqual(self.asked(FIRST), ["GetTriggers"] * 2)
        self.assertIn("The other Region does not answer: Read timeout", output)

    def test_a_move_that_is_under_way_is_named(self):
        self.lake.operator.is_interrupted(lambda: self.lake.run("failover", "--to", SECOND, "--yes"))
        self.lake.operator.is_interrupted(lambda: self.lake.run("failover", "--to", SECOND, "--yes"))
        self.assertRegex(self.lake.run("status"), "^Active: none, a move to us-west-2 is under way since 20")
