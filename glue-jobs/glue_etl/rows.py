"""The contract's checks as pure functions from frame to frame.

They take a frame of texts (see `csv_files`) and give rows their type and their fate. Each text is cast once, and one
flag says whether a row is bad; why it is, is only worked out for those that are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from .csv_files import FILE, RAGGED, RAW
from .definition import Column, DataSet
from .lake import quoted

BAD, RANK = "_bad", "_rank"
_TYPED = "_typed_"


def checked(texts: DataFrame, dataset: DataSet) -> DataFrame:
    """Adds the columns in their type (under a prefix, see `good`) and BAD, true if the row breaks any rule."""
    typed = texts.select("*", *(_cast(column).alias(_TYPED + column.name) for column in dataset.columns))
    broken = [predicate for column in dataset.columns for _, predicate in _rules(column, dataset)]
    bad = reduce(or_, (F.coalesce(predicate, F.lit(False)) for predicate in broken), F.col(RAGGED))
    return typed.select("*", bad.alias(BAD))


def good(rows: DataFrame, dataset: DataSet, extra: Sequence[str] = ()) -> DataFrame:
    """The good rows of `checked`: FILE, the contract's columns in their types, and `extra` columns as texts."""
    return rows.where(~F.col(BAD)).select(
        FILE,
        *(F.col(quoted(_TYPED + column.name)).alias(column.name) for column in dataset.columns),
        *(F.col(quoted(name)) for name in extra),
    )


def bad(rows: DataFrame, dataset: DataSet) -> DataFrame:
    """The bad rows of `checked`: file, reasons (`column: rule`, every one that the row breaks), raw."""
    every = F.array(
        *(
            F.when(predicate, F.lit(f"{column.name}: {rule}"))
            for column in dataset.columns
            for rule, predicate in _rules(column, dataset)
        )
    )
    reasons = F.when(F.col(RAGGED), F.array(F.lit("row: more or fewer fields than the header"))).otherwise(
        F.filter(every, lambda reason: reason.isNotNull())
    )
    return rows.where(F.col(BAD)).select(_file(), reasons.alias("reasons"), F.col(RAW).alias("raw"))


def ranked(rows: DataFrame, dataset: DataSet) -> DataFrame:
    """Adds RANK to rows of `good`: 1 for the one of each key that stays, more for its duplicates.

    The greatest `order_by` wins, then the last file by name, then the greatest row: a run again decides alike.
    """
    keys = [F.col(quoted(name)) for name in dataset.primary_key]
    tie_breakers = [FILE, *(name for name in rows.columns if name != FILE)]
    order = [dataset.order_by, *tie_breakers] if dataset.order_by else tie_breakers
    latest_first = Window.partitionBy(*keys).orderBy(*(F.col(quoted(name)).desc_nulls_last() for name in order))
    return rows.select("*", F.row_number().over(latest_first).alias(RANK))


def _file() -> SparkColumn:
    """FILE as S3 has it; Spark gives a URL. (`url_decode` exists from Spark 3.4 on only.)"""
    return F.expr(f"reflect('java.net.URLDecoder', 'decode', replace({FILE}, '+', '%2B'), 'UTF-8')").alias("file")


def _cast(column: Column) -> SparkColumn:
    """The text in the column's type; null if it is none."""
    text, name = F.col(quoted(column.name)), quoted(column.name)
    if column.format and column.type == "date":
        return F.to_date(text, column.format)
    if column.format and column.type == "timestamp":
        return F.to_timestamp(text, column.format)
    if column.type == "string":
        return text
    cast = F.expr(f"try_cast({name} as {column.type})")
    if column.type in ("date", "timestamp"):
        # Spark would also take a bare year, or a bare time as one of today.
        return F.when(text.substr(5, 1) == "-", cast)
    return cast


def _rules(column: Column, dataset: DataSet) -> list[tuple[str, SparkColumn]]:
    """(rule in words, predicate that is true where it is broken) for each rule; null counts as not broken."""
    text, typed = F.col(quoted(column.name)), F.col(quoted(_TYPED + column.name))
    rules: list[tuple[str, SparkColumn]] = []
    if column.required or column.name in dataset.primary_key:
        rules.append(("required", text.isNull()))
    if column.type != "string":
        form = f" in the format {column.format}" if column.format else ""
        rules.append((f"not a {column.type}{form}", text.isNotNull() & typed.isNull()))
    if column.pattern is not None:
        whole = text.rlike(rf"\A(?:{column.pattern})\z")
        rules.append((f"does not match {column.pattern}", ~whole))
    if column.min_length is not None:
        rules.append((f"shorter than {column.min_length}", F.length(text) < column.min_length))
    if column.max_length is not None:
        rules.append((f"longer than {column.max_length}", F.length(text) > column.max_length))
    if column.minimum is not None:
        rules.append((f"less than {column.minimum}", typed < column.minimum))
    if column.maximum is not None:
        rules.append((f"greater than {column.maximum}", typed > column.maximum))
    return rules
