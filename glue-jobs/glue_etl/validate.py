"""Validate: the contract's quality rules on each processed batch, and its verdict."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import boto3

from . import lake, quality
from .errors import QualityError
from .job import Outcome, Run
from .ledger import COMMITTED, REJECTED
from .quality import RuleOutcome

SEVERITIES = ("error", "warning")


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
            f"curated: {'; '.join(broken)}. Correct the source or the rule, then deliver the data again"
        )


def validate_batch(run: Run, batch: str) -> tuple[Outcome, list[RuleOutcome]]:
    """Evaluates the rules on one batch; answers the outcome to commit, and the failures that reject it if any."""
    frame = run.spark.table(run.processed_table).where(lake.of_batch(batch))
    outcomes = quality.evaluate(run.spark, frame, run.dataset.rules, run.runtime.dqdl_engine())
    errors = quality.failed(outcomes, "error")
    state = REJECTED if errors else COMMITTED
    report = f"quality/{run.dataset.name}/{batch}.json"
    _save(run, batch, report, state, outcomes)
    _count_failures(run, outcomes)
    for outcome in outcomes:
        if not outcome.passed:
            run.journal.event("rule-failed", batch=batch, **asdict(outcome))
    read = lake.count_batch(run.spark, run.processed_table, batch)
    counts = {"read": read, "good": read, "quarantined": 0, "duplicates": 0}
    failures = [_describe(error) for error in errors]
    return Outcome(counts, state, {"report": report, "failed_rules": failures}), errors


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


def _count_failures(run: Run, outcomes: Sequence[RuleOutcome]) -> None:
    """Emits metric RulesFailed, one value per severity; zeros too, so that an alarm can recover."""
    boto3.client("cloudwatch").put_metric_data(
        Namespace=run.options.metric_namespace,
        MetricData=[
            {
                "MetricName": "RulesFailed",
                "Dimensions": [
                    {"Name": "Dataset", "Value": run.dataset.name},
                    {"Name": "Severity", "Value": severity},
                ],
                "Value": len(quality.failed(outcomes, severity)),
                "Unit": "Count",
            }
            for severity in SEVERITIES
        ],
    )


def _describe(outcome: RuleOutcome) -> str:
    observed = ", ".join(f"{name} = {value:g}" for name, value in outcome.metrics.items())
    return f"{outcome.rule} ({observed or outcome.reason})"
