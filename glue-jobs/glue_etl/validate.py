"""Validate: the contract's quality rules on each processed batch, and its verdict."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

import boto3

from . import processed, quality
from .errors import QualityError
from .job import Outcome, Run
from .ledger import COMMITTED, REJECTED
from .quality import RuleOutcome

SEVERITIES = ("error", "warning")
# CloudWatch bills each rule as a metric of its own, by the month; of more rules there are the sums alone.
MOST_RULE_METRICS = 50
# Of the 1,024 characters that the value of a dimension may have, what a console shows.
_LONGEST_RULE = 255


def run(run: Run) -> None:
    """Validates every open batch.

    Raises QualityError after the last one if any was rejected: a rejected batch goes no further, the others do.
    """
    broken: list[str] = []

    def work(run: Run, batch: str) -> Outcome:
        outcome, failures = validate_batch(run, batch)
        broken.extend(f"batch {batch}: {_describe(failure)}" for failure in failures)
        return outcome

    run.each_open_batch(work)
    if broken:
        raise QualityError(
            f"{run.dataset.name}: {len(broken)} quality rule(s) of severity error failed, and their batches are not "
            f"curated: {'; '.join(broken)}. Release or discard them, or correct the source or the rule and replay them "
            "(npm run batches -- --help)"
        )


def validate_batch(run: Run, batch: str) -> tuple[Outcome, list[RuleOutcome]]:
    """Evaluates the rules on one batch; answers the outcome to commit, and the failures that reject it if any.

    A rule of severity `error` that fails rejects the batch, one of severity `warning` is reported.
    """
    record = run.ledger.committed("process", batch)
    good = record["counts"]["good"]
    outcomes: list[RuleOutcome] = []
    if run.dataset.rules:
        frame = processed.read(run.spark, run.processed_table, batch, record.get("snapshot_id"))
        outcomes = quality.evaluate(run.spark, frame, run.dataset.rules, run.runtime.dqdl_engine(), rows=good)
    errors = quality.failed(outcomes, "error")
    state = REJECTED if errors else COMMITTED
    report = f"quality/{run.dataset.name}/{batch}.json"
    _save(run, batch, report, state, outcomes)
    _put_metrics(run, outcomes)
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in failed:
        run.journal.event("rule-failed", batch=batch, **asdict(outcome))
    run.journal.event("rules-evaluated", batch=batch, rules=len(outcomes), failed=len(failed), report=report)
    counts = {"read": good, "good": good, "quarantined": 0, "duplicates": 0}
    return Outcome(counts, state, {"report": report, "failed_rules": [_describe(error) for error in errors]}), errors


def _save(run: Run, batch: str, key: str, state: str, outcomes: Sequence[RuleOutcome]) -> None:
    report = {
        "dataset": run.dataset.name,
        "batch_id": batch,
        "job_run_id": run.options.job_run_id,
        "state": state,
        "rules": [asdict(outcome) for outcome in outcomes],
    }
    run.s3.put_object(
        Bucket=run.options.processed_bucket,
        Key=key,
        Body=json.dumps(report, indent=1).encode(),
        ContentType="application/json",
    )


def _put_metrics(run: Run, outcomes: Sequence[RuleOutcome]) -> None:
    """Emits metric RulesFailed, by severity and by rule; zeros too, so that an alarm can recover."""
    failed = [("Severity", severity, len(quality.failed(outcomes, severity))) for severity in SEVERITIES]
    failed += [("Rule", _dimension(outcome.rule), int(not outcome.passed)) for outcome in outcomes[:MOST_RULE_METRICS]]
    boto3.client("cloudwatch").put_metric_data(
        Namespace=run.options.metric_namespace,
        MetricData=[
            {
                "MetricName": "RulesFailed",
                "Dimensions": [{"Name": "Dataset", "Value": run.dataset.name}, {"Name": name, "Value": value}],
                "Value": count,
                "Unit": "Count",
            }
            for name, value, count in failed
        ],
    )


def _dimension(rule: str) -> str:
    """The rule as CloudWatch takes it: ASCII, and no longer than is read; a long one ends in its digest."""
    text = " ".join(rule.encode("ascii", "backslashreplace").decode().split())
    if len(text) <= _LONGEST_RULE:
        return text
    digest = hashlib.sha256(rule.encode()).hexdigest()[:8]
    return f"{text[: _LONGEST_RULE - len(digest) - 4]}... {digest}"


def _describe(outcome: RuleOutcome) -> str:
    observed = ", ".join(f"{name} = {value:g}" for name, value in outcome.metrics.items())
    return f"{outcome.rule} ({observed or outcome.reason})"
