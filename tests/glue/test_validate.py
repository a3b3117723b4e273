import json
import unittest
import uuid
from unittest import mock

import boto3

from glue_etl import quality, validate
from glue_etl.definition import Column, DataSet, QualityRule
from glue_etl.errors import QualityError
from glue_etl.ledger import COMMITTED, REJECTED

from .batches import Batches
from .support import LOGS, PROCESSED, dataset, needs_deequ

COLUMNS = [Column("id", "int"), Column("name", "string")]
ROWS = "SELECT id, IF(id = 2, NULL, 'a') AS name FROM VALUES (1), (2), (3) AS t (id)"
NO_ROWS = f"{ROWS} WHERE false"


def things(*rules: tuple[str, str]) -> DataSet:
    """A data set of its own for each test; rules are (DQDL, severity)."""
    name = f"things_{uuid.uuid4().hex[:8]}"
    return dataset(COLUMNS, name=name, rules=tuple(QualityRule(*rule) for rule in rules))


@needs_deequ
class ValidateTest(unittest.TestCase):
    def test_a_rule_of_severity_error_rejects_the_batch_and_a_warning_does_not(self):
        made = Batches(things(("RowCount > 2", "error"), ('IsComplete "name"', "warning")))
        made.add("good", ROWS)
        made.add("bad", f"{ROWS} WHERE id < 3")
        self.assertEqual(made.do("validate", "good")[0]["state"], COMMITTED)
        with self.assertRaisesRegex(QualityError, r"batch bad: RowCount > 2 \(Dataset\.\*\.RowCount = 2\)"):
            made.do("validate", "bad")
        self.assertEqual(made.record("validate", "bad")["state"], REJECTED)
        self.assertEqual(made.open("curate"), ["good"])

    def test_results_go_to_s3_and_the_journal(self):
        made = Batches(things(("RowCount > 2", "error"), ('IsComplete "name"', "warning")))
        made.add("b0", ROWS)
        [record] = made.do("validate", "b0")
        self.assertEqual(record["counts"], {"read": 3, "good": 3, "quarantined": 0, "duplicates": 0})
        body = boto3.client("s3").get_object(Bucket=PROCESSED, Key=f"quality/{made.of.name}/b0.json")["Body"]
        report = json.load(body)
        self.assertEqual((report["state"], report["batch_id"]), (COMMITTED, "b0"))
        [count, complete] = report["rules"]
        self.assertEqual((count["passed"], count["metrics"]), (True, {"Dataset.*.RowCount": 3.0}))
        self.assertEqual((complete["passed"], complete["severity"]), (False, "warning"))
        told = {event["event"]: event for event in events(made.of)}
        self.assertEqual(told["rule-failed"]["rule"], 'IsComplete "name"')
        self.assertEqual((told["rules-evaluated"]["rules"], told["rules-evaluated"]["failed"]), (2, 1))

    def test_an_empty_batch_breaks_rules_about_rows_and_none_about_values(self):
        values = ('IsComplete "name"', 'IsUnique "id"', 'Mean "id" > 0', 'ColumnValues "name" in ["a"]')
        made = Batches(things(*((rule, "error") for rule in values), ("RowCount > 0", "warning")))
        made.add("b0", NO_ROWS)
        [record] = made.do("validate", "b0")
        self.assertEqual((record["state"], record["counts"]["read"]), (COMMITTED, 0))
        self.assertEqual(
            [event["rule"] for event in events(made.of) if event["event"] == "rule-failed"], ["RowCount > 0"]
        )


class WithoutEngineTest(unittest.TestCase):
    def test_a_data_set_without_rules_needs_neither_an_engine_nor_a_session(self):
        made = Batches(things())
        made.add("b0", ROWS)
        with mock.patch.object(quality, "evaluate", side_effect=AssertionError):
            self.assertEqual(made.do("validate", "b0")[0]["state"], COMMITTED)

    def test_metrics_by_severity_and_by_rule(self):
        rules = [
            ("RowCount > 0", "error"),
            ('ColumnValues "name" = "ü"', "warning"),
            (f'Mean "{"x" * 2000}" > 0', "error"),
        ]
        self.put([(rule, severity, number == 0) for number, (rule, severity) in enumerate(rules)])
        [call] = self.calls
        values = {tuple(d["Value"] for d in datum["Dimensions"]): datum["Value"] for datum in call["MetricData"]}
        named = {key[1]: value for key, value in values.items() if key[0] == "things"}
        self.assertEqual((named["error"], named["warning"]), (1, 1))
        self.assertEqual((named["RowCount > 0"], named['ColumnValues "name" = "\\xfc"']), (0, 1))
        [long] = [name for name in named if name.startswith("Mean")]
        self.assertEqual(len(long), 255)

    def test_many_rules_have_their_sums_alone(self):
        self.put([(f"RowCount > {number}", "error", False) for number in range(200)])
        [call] = self.calls
        self.assertEqual(len(call["MetricData"]), 2 + validate.MOST_RULE_METRICS)
        self.assertEqual(call["MetricData"][0]["Value"], 200)

    def put(self, outcomes: list[tuple]) -> None:
        run = mock.Mock(**{"options.metric_namespace": "test"})
        run.dataset.name = "things"
        found = [quality.RuleOutcome(rule, severity, passed, None, {}) for rule, severity, passed in outcomes]
        with mock.patch("boto3.client") as client:
            validate._put_metrics(run, found)
        self.calls = [call.kwargs for call in client.return_value.put_metric_data.call_args_list]


def events(of: DataSet) -> list[dict]:
    answer = boto3.client("logs").get_log_events(
        logGroupName=LOGS, logStreamName=f"test-validate-{of.name}", startFromHead=True
    )
    return [json.loads(event["message"]) for event in answer["events"]]
