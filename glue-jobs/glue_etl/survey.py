"""What is to be known of a batch before it is written, from one pass over the few columns that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from . import layout
from .definition import DataSet
from .lake import literal, quoted
from .layout import Layout

# Of these a value as text is the value, and data files hold the least and the greatest.
_BOUNDED_TYPES = ("int", "bigint", "decimal", "date", "timestamp", "string")


@dataclass(frozen=True)
class Survey:
    """`deletions` is how many rows delete others, `key_bounds` the least and the greatest of key columns, as SQL."""

    layout: Layout
    deletions: int = 0
    key_bounds: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def survey(rows: DataFrame, dataset: DataSet, size: int, cores: int) -> Survey:
    """Surveys the rows of a batch, `size` bytes in Parquet, which so many cores are to write.

    Reads none of them where the data set asks for nothing that is to be found there.
    """
    bounded = _bounded_keys(rows, dataset)
    measures = {}
    if dataset.partition_by:
        partition = F.struct(*(F.col(quoted(name)) for name in dataset.partition_by))
        measures["partitions"] = F.approx_count_distinct(partition)
    if dataset.delete_marker:
        measures["deletions"] = F.count(F.when(is_deletion(dataset), 1))
    for name in bounded:
        measures[f"low {name}"] = F.min(quoted(name)).cast("string")
        measures[f"high {name}"] = F.max(quoted(name)).cast("string")
    if not measures:
        return Survey(layout.plan(size, cores))
    found = rows.agg(*(measure.alias(name) for name, measure in measures.items())).first().asDict()
    return Survey(
        layout.plan(size, cores, found.get("partitions", 1)),
        found.get("deletions", 0),
        {
            name: tuple(f"CAST({literal(found[f'{end} {name}'])} AS {type})" for end in ("low", "high"))
            for name, type in bounded.items()
            if found[f"low {name}"] is not None
        },
    )


def is_deletion(dataset: DataSet) -> SparkColumn:
    """Condition: the row deletes that of its key."""
    marker = dataset.delete_marker
    if marker is None:
        return F.lit(False)
    return F.coalesce(F.col(quoted(marker.column)).cast("string") == F.lit(marker.value), F.lit(False))


def _bounded_keys(rows: DataFrame, dataset: DataSet) -> dict[str, str]:
    """Key columns that a merge can look up by their bounds, with their types."""
    keys = dataset.primary_key if dataset.write_mode == "merge" else ()
    return {name: type for name, type in rows.dtypes if name in keys and type.startswith(_BOUNDED_TYPES)}
