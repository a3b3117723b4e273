"""How far copies lag behind, as CloudWatch has it: of each bucket and of each table, from one Region to the other.

S3 reports in the Region that it copies to, DynamoDB in the one that items are written in.
Sources: Amazon S3 user guide, "Using S3 Replication metrics"; DynamoDB developer guide, "Monitoring global tables".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .arguments import BUCKETS
from .place import NO_ANSWER, Place

_PERIOD_SECONDS = 60
# Reports come by the minute, and late: the last one counts.
_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Metric:
    """One of AWS's own, of what is copied to `target`."""

    of: str
    namespace: str
    name: str
    statistic: str
    unit: str
    dimensions: dict[str, str]


def lines(source: Place, target: Place, silent: set[str]) -> Iterator[str]:
    """For an operator; `silent` are Regions that have not answered, and are not asked again."""
    yield f"Copies from {source.region} to {target.region}, as CloudWatch had it last, within an hour:"
    for place, metrics in ((target, _of_buckets(source, target)), (source, _of_tables(source, target))):
        try:
            values = None if place.region in silent else _last(place, metrics)
        except NO_ANSWER:
            values = None
        for of in dict.fromkeys(metric.of for metric in metrics):
            own = [metric for metric in metrics if metric.of == of]
            if values is None:
                yield f"  {of}: not known, {place.region} reports it and does not answer"
            elif not any(metric.name in values[of] for metric in own):
                yield f"  {of}: no data"
            else:
                yield f"  {of}: {', '.join(_shown(metric, values[of].get(metric.name)) for metric in own)}"


def _of_buckets(source: Place, target: Place) -> list[Metric]:
    kinds = (
        ("ReplicationLatency", "Maximum", "s"),
        ("OperationsPendingReplication", "Maximum", "operation(s)"),
        ("BytesPendingReplication", "Maximum", "bytes"),
    )
    return [
        Metric(
            purpose,
            "AWS/S3",
            *kind,
            {
                "SourceBucket": source.bucket(purpose),
                "DestinationBucket": target.bucket(purpose),
                "RuleId": source.names["rule"],
            },
        )
        for purpose in BUCKETS
        for kind in kinds
    ]


def _of_tables(source: Place, target: Place) -> list[Metric]:
    return [
        Metric(
            purpose,
            "AWS/DynamoDB",
            *("ReplicationLatency", "Average", "ms"),
            {"TableName": table, "ReceivingRegion": target.region},
        )
        for purpose, table in source.names["tables"].items()
    ]


def _last(place: Place, metrics: list[Metric]) -> dict[str, dict[str, float]]:
    """The last values, by what they are of and by name, in one request."""
    now = datetime.now(timezone.utc)
    queries = [{"Id": f"m{number}", "MetricStat": _query(metric)} for number, metric in enumerate(metrics)]
    answer = place.client("cloudwatch").get_metric_data(MetricDataQueries=queries, StartTime=now - _WINDOW, EndTime=now)
    found: dict[str, dict[str, float]] = {metric.of: {} for metric in metrics}
    for result in answer["MetricDataResults"]:
        if result["Values"]:
            metric = metrics[int(result["Id"][1:])]
            found[metric.of][metric.name] = max(zip(result["Timestamps"], result["Values"], strict=True))[1]
    return found


def _query(metric: Metric) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    named = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    return {"Metric": named, "Stat": metric.statistic, "Period": _PERIOD_SECONDS}


def _shown(metric: Metric, value: float | None) -> str:
    return f"{metric.name} {'no data' if value is None else f'{value:g} {metric.unit}'}"
