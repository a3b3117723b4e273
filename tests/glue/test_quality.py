import unittest

from glue_etl import quality
from glue_etl.definition import QualityRule
from glue_etl.errors import EvaluationError, QualityError

from .support import spark


def rule(dqdl: str, severity: str = "error") -> QualityRule:
    return QualityRule(dqdl, severity)


class QualityTest(unittest.TestCase):
    def test_outcomes_come_in_the_order_of_the_rules(self):
        frame = spark().sql("SELECT id, IF(id = 3, NULL, id) AS part FROM range(10)")
        rules = [
            rule("Mean   'id' between 100 and 200".replace("'", '"'), "warning"),
            rule("RowCount = 10"),
            rule('ColumnValues "id" in [ 1, 2 ]'),
            rule('CustomSql "SELECT count(*) FROM primary" > 5'),
            rule('Completeness "part" > 0.95', "warning"),
        ]
        outcomes = quality.evaluate(spark(), frame, rules)
        self.assertEqual([outcome.rule for outcome in outcomes], [rule.dqdl for rule in rules])
        self.assertEqual([outcome.passed for outcome in outcomes], [False, True, False, True, False])
        self.assertEqual([outcome.rule for outcome in quality.failed(outcomes, "error")], [rules[2].dqdl])
        self.assertEqual(outcomes[0].metrics, {"Column.id.Mean": 4.5})
        self.assertIn("4.5", outcomes[0].reason)

    def test_no_rules_no_outcomes(self):
        self.assertEqual(quality.evaluate(spark(), spark().range(1), []), [])

    def test_what_is_no_rule_is_shown(self):
        with self.assertRaisesRegex(QualityError, "Nonsense"):
            quality.evaluate(spark(), spark().range(1), [rule("Nonsense > 1")])

    def test_data_that_cannot_be_read_are_no_verdict(self):
        lost = "org.apache.iceberg.exceptions.RuntimeIOException: Failed to open file: s3://processed/x.avro"
        with self.assertRaisesRegex(EvaluationError, "RowCount > 0: .*Failed to open file"):
            quality.evaluate(spark(), spark().range(1), [rule("RowCount > 0")], answering(lost))

    def test_a_rule_that_does_not_fit_the_columns_has_failed(self):
        unfit = "org.apache.spark.sql.AnalysisException: [UNRESOLVED_COLUMN] no column amount"
        [outcome] = quality.evaluate(spark(), spark().range(1), [rule("RowCount > 0")], answering(unfit))
        self.assertEqual((outcome.passed, outcome.reason), (False, unfit))


def answering(reason: str) -> quality.Engine:
    """An engine that fails the only rule for this reason."""
    return lambda _, ruleset: [
        {"Rule": ruleset[10:-2], "Outcome": "Failed", "FailureReason": reason, "EvaluatedMetrics": {}}
    ]
