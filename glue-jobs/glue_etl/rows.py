"""The contract's checks, from the columns of a source to rows with their type and their fate.

Each value is cast once, and one flag says whether a row is bad; why it is, is only worked out for those that are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from .definition import Column, DataSet
from .lake import quoted
from .processed import REJECTED, REJECTION
from .raw_files import FILE, Group

RANK = "_rank"
_SALT = "_salt"
_NUMBERS = ("int", "bigint", "float", "double", "decimal")
# What a decoder writes in place of bytes that are no character.
_REPLACEMENT = "\ufffd"


def checked(group: Group, columns: Sequence[Column]) -> DataFrame:
    """The rows as FILE, the columns in their types, REJECTED, and REJECTION (file, reasons, raw) where it is true.

    A reason is `column: rule`; a rejected row has every one that it gives. A column that the group lacks is null.
    """
    absent = [column.name for column in columns if column.name not in group.types]
    source = group.frame.select("*", *(F.lit(None).cast("string").alias(name) for name in absent))
    types = {column.name: group.types.get(column.name, "string") for column in columns}
    # One projection makes everything of the source's columns: each further one would copy every row. What stands in it
    # several times, Spark computes once.
    typed = {column.name: _cast(column, types[column.name]) for column in columns}
    rules = [(f"{c.name}: {rule}", broken) for c in columns for rule, broken in _rules(c, types[c.name], typed[c.name])]
    bad = reduce(or_, (F.coalesce(broken, F.lit(False)) for _, broken in rules), group.problem.isNotNull())
    every = F.filter(F.array(*(F.when(broken, F.lit(rule)) for rule, broken in rules)), lambda rule: rule.isNotNull())
    reasons = F.when(group.problem.isNotNull(), F.array(group.problem)).otherwise(every)
    rejection = F.struct(group.file.alias("file"), reasons.alias("reasons"), group.raw.alias("raw"))
    return source.select(
        group.file.alias(FILE),
        *(value.alias(name) for name, value in typed.items()),
        bad.alias(REJECTED),
        F.when(bad, rejection).alias(REJECTION),
    )


def ranked(rows: DataFrame, dataset: DataSet) -> DataFrame:
    """Adds RANK to rows of `checked`: 1 for the one of each key that stays, more for its duplicates.

    The greatest `order_by` wins, then the last file by name, then the greatest row: a run again decides alike. Rejected
    rows neither win nor lose: each has a key of its own, which also spreads those without a key among the tasks.
    """
    salted = rows.select("*", F.when(F.col(REJECTED), F.monotonically_increasing_id()).alias(_SALT))
    keys = [F.col(quoted(name)) for name in (*dataset.primary_key, _SALT)]
    values = [name for name in rows.columns if name not in (FILE, REJECTED, REJECTION)]
    order = [*([dataset.order_by] if dataset.order_by else []), FILE, *values]
    latest_first = Window.partitionBy(*keys).orderBy(*(F.col(quoted(name)).desc_nulls_last() for name in order))
    return salted.select("*", F.row_number().over(latest_first).alias(RANK)).drop(_SALT)


def _cast(column: Column, given: str) -> SparkColumn:
    """The value in the column's type; null if it is none."""
    value, name = F.col(quoted(column.name)), quoted(column.name)
    if given == column.type:
        return value
    if column.type == "string":
        return value.cast("string")
    if _is_same_kind(given, column.type):
        return F.expr(f"try_cast({name} as {column.type})")
    text = value.cast("string")
    if column.format and column.type == "date":
        return F.to_date(text, column.format)
    if column.format and column.type == "timestamp":
        return F.to_timestamp(text, column.format)
    cast = F.expr(f"try_cast(cast({name} as string) as {column.type})")
    if column.type in ("date", "timestamp"):
        # Spark would also take a bare year, or a bare time as one of today.
        return F.when(F.instr(text, "-") == 5, cast)
    return cast


def _is_same_kind(one: str, other: str) -> bool:
    """Whether values go from one type to the other without being written out as text."""
    kinds = [
        ("number" if type.startswith(_NUMBERS) else "time" if type in ("date", "timestamp") else type)
        for type in (one, other)
    ]
    return kinds[0] == kinds[1]


def _rules(column: Column, given: str, typed: SparkColumn) -> list[tuple[str, SparkColumn]]:
    """(rule in words, predicate that is true where it is broken) for each rule; null counts as not broken."""
    value = F.col(quoted(column.name))
    rules: list[tuple[str, SparkColumn]] = []
    if column.required:
        rules.append(("required", value.isNull()))
    if given != column.type and column.type != "string":
        form = f" in the format {column.format}" if column.format else ""
        rules.append((f"not a {column.type}{form}", value.isNotNull() & typed.isNull()))
        rules.extend(_losses(column, given, value, typed))
    if given == "string" and column.type == "string":
        rules.append(("bytes that are not of the encoding", value.contains(_REPLACEMENT)))
    if column.pattern is not None:
        rules.append((f"does not match {column.pattern}", ~typed.rlike(rf"\A(?:{column.pattern})\z")))
    if column.min_length is not None:
        rules.append((f"shorter than {column.min_length}", F.length(typed) < column.min_length))
    if column.max_length is not None:
        # Only a text of more bytes is worth counting characters.
        is_longer = (F.octet_length(typed) > column.max_length) & (F.length(typed) > column.max_length)
        rules.append((f"longer than {column.max_length}", is_longer))
    if column.minimum is not None:
        rules.append((f"less than {column.minimum}", typed < column.minimum))
    if column.maximum is not None:
        rules.append((f"greater than {column.maximum}", typed > column.maximum))
    return rules


def _losses(column: Column, given: str, value: SparkColumn, typed: SparkColumn) -> list[tuple[str, SparkColumn]]:
    """Values that a cast would round or cut without a word."""
    rule = f"does not fit into {column.type}"
    if given != "string":
        return [(rule, typed.cast(given) != value)] if _is_same_kind(given, column.type) else []
    if not column.type.startswith("decimal"):
        return []
    scale = int(column.type.rstrip(")").split(",")[1])
    # Only a text with more places, or with an exponent, is worth a second look.
    has_more_places = value.contains(".") & (F.octet_length(value) - F.instr(value, ".") > scale)
    has_exponent = value.contains("e") | value.contains("E")
    exact = F.expr(f"try_cast({quoted(column.name)} as decimal(38,18))")
    return [(rule, (has_more_places | has_exponent) & ~F.coalesce(exact == typed, F.lit(False)) & typed.isNotNull())]
