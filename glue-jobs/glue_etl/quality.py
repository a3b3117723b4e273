"""DQDL rules on a frame: one function, one result format, whichever engine evaluates.

Deequ answers all rules in one pass over the data, but for these, which take passes of their own (counted by Spark's
jobs, Deequ 2.1.0): IsUnique, IsPrimaryKey, Uniqueness, UniqueValueRatio, DistinctValuesCount and Entropy one for each
set of columns, with a shuffle; CustomSql and rules joined by `and` or `or` one each; DataFreshness two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.utils import IllegalArgumentException

from .definition import QualityRule
from .errors import EvaluationError, QualityError

# Evaluates a DQDL rule set on a frame: rows with Rule, Outcome, FailureReason, EvaluatedMetrics.
Engine = Callable[[DataFrame, str], "Sequence[Mapping[str, Any]]"]

# What says something of no rows at all. Any other rule is about values, and none breaks it.
_OF_ANY_ROWS = re.compile(r"RowCount|ColumnCount|ColumnExists|ColumnNamesMatchPattern|CustomSql", re.IGNORECASE)

# Engines call a rule failed, too, whose data they could not read: then the reason is an error of Java's that is neither
# Spark SQL's, about a rule that does not fit the columns, nor the engine's own.
_NOT_EVALUATED = re.compile(r"(?!org\.apache\.spark\.sql\.|com\.amazon\.deequ\.)(?:\w+\.)+[\w$]*(?:Exception|Error)\b")


@dataclass(frozen=True)
class RuleOutcome:
    """What came of one rule. `metrics` are the observed values; `reason` says why it failed, None if it passed."""

    rule: str
    severity: str
    passed: bool
    reason: str | None
    metrics: Mapping[str, float]


def evaluate(
    spark: SparkSession, frame: DataFrame, rules: Sequence[QualityRule], engine: Engine | None = None, rows: int = 1
) -> list[RuleOutcome]:
    """Evaluates the rules in their order, by Deequ unless another `engine` is given.

    Where the frame has no rows, which `rows` says, rules about values hold: an engine would fail them all. Registers
    the frame as view `primary`, which CustomSql rules refer to. Raises QualityError if a rule is no DQDL, and
    EvaluationError if the engine could not read what a rule is about.
    """
    asked = [rule for rule in rules if rows or _OF_ANY_ROWS.search(rule.dqdl)]
    outcomes = _evaluated(frame, asked, engine or partial(deequ, spark)) if asked else {}
    return [outcomes.get(rule) or RuleOutcome(rule.dqdl, rule.severity, True, None, {}) for rule in rules]


def failed(outcomes: Sequence[RuleOutcome], severity: str) -> list[RuleOutcome]:
    """The outcomes of that severity that did not pass."""
    return [outcome for outcome in outcomes if outcome.severity == severity and not outcome.passed]


def deequ(spark: SparkSession, frame: DataFrame, ruleset: str) -> list[dict[str, Any]]:
    """Deequ's evaluator of DQDL: the engine under Glue Data Quality, for where the service is not."""
    jvm = spark.sparkContext._jvm
    evaluator = getattr(getattr(jvm.com.amazon.deequ.dqdl, "EvaluateDataQuality$"), "MODULE$")
    no_references = getattr(getattr(jvm.scala.collection.immutable, "Map$"), "MODULE$").empty()
    outcomes = DataFrame(evaluator.process(frame._jdf, ruleset, no_references), spark)
    return [row.asDict(recursive=True) for row in outcomes.collect()]


def _evaluated(frame: DataFrame, rules: Sequence[QualityRule], engine: Engine) -> dict[QualityRule, RuleOutcome]:
    frame.createOrReplaceTempView("primary")
    answers = {_canonical(row["Rule"]): row for row in _answers(engine, frame, rules)}
    outcomes = {}
    for rule in rules:
        # Engines answer in an order and a spelling of their own; what cannot be told apart is asked for alone.
        row = answers.get(_canonical(rule.dqdl)) or _answers(engine, frame, [rule])[0]
        passed = row["Outcome"] == "Passed"
        if not passed and _NOT_EVALUATED.match(row["FailureReason"] or ""):
            raise EvaluationError(f"there is no verdict on {rule.dqdl}: {row['FailureReason']}; run the job again")
        metrics = row["EvaluatedMetrics"] or {}
        outcomes[rule] = RuleOutcome(rule.dqdl, rule.severity, passed, row["FailureReason"], metrics)
    return outcomes


def _answers(engine: Engine, frame: DataFrame, rules: Sequence[QualityRule]) -> Sequence[Mapping[str, Any]]:
    ruleset = f"Rules = [ {', '.join(rule.dqdl for rule in rules)} ]"
    try:
        return engine(frame, ruleset)
    except IllegalArgumentException as error:
        raise QualityError(f"the engine does not take {ruleset}: {error}; correct `quality` in the contract") from error


def _canonical(rule: str) -> str:
    return re.sub(r"\s+", "", rule).lower()
