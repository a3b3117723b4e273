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
from .lake import BATCH_ID, INGESTED_AT, quoted
from .processed import REJECTED, REJECTION
from .raw_files import FILE, Group

RANK, SALT = "_rank", "_salt"
_NUMBERS = ("int", "bigint", "float", "double", "decimal")
# What a decoder writes in place of bytes that are no character.
_REPLACEMENT = "\ufffd"


def checked(group: Group, columns: Sequence[Column]) -> dict[str, SparkColumn]:
    """What becomes of a row of the group's frame: the columns in their types, and REJECTED, whether it is bad.

    Of a bad row alone, REJECTION is file, reasons and raw, and SALT a number of its own. A reason is `column: rule`;
    the row has every one that it gives. A column that the group lacks is null.

    To be selected at once: each further projection would copy every row. What stands in them several times, Spark
    computes once.
    """
    values = {column.name: _typed(column, group.types.get(column.source_name)) for column in columns}
    rules = [
        (f"{column.name}: {rule}", F.coalesce(broken, F.lit(False)))
        for column in columns
        for rule, broken in _rules(column, group.types.get(column.source_name), values[column.name])
    ]
    bad = reduce(or_, (broken for _, broken in rules), group.problem.isNotNull())
    every = F.filter(F.array(*(F.when(broken, F.lit(rule)) for rule, broken in rules)), lambda rule: rule.isNotNull())
    reasons = F.when(group.problem.isNotNull(), F.array(group.problem)).otherwise(every)
    rejection = F.struct(group.file.alias("file"), reasons.alias("reasons"), group.raw.alias("raw"))
    return {
        **values,
        FILE: group.file,
        REJECTED: bad,
        REJECTION: F.when(bad, rejection),
        SALT: F.when(bad, F.monotonically_increasing_id()),
    }


def ranked(rows: DataFrame, dataset: DataSet) -> DataFrame:
    """Adds RANK to rows of `checked`: 1 for the one of each key that stays, more for its duplicates.

    The greatest `order_by` wins, then the last file by name, then the greatest row: a run again decides alike. Rejected
    rows neither win nor lose: each has a key of its own, which also spreads those without a key among the tasks.
    """
    keys = [F.col(quoted(name)) for name in (*dataset.primary_key, SALT)]
    others = {FILE, REJECTED, REJECTION, SALT, BATCH_ID, INGESTED_AT, *dataset.primary_key}
    values = [name for name in rows.columns if name not in others]
    order = [*([dataset.order_by] if dataset.order_by else []), FILE, *values]
    latest_first = Window.partitionBy(*keys).orderBy(*(F.col(quoted(name)).desc_nulls_last() for name in order))
    return rows.select("*", F.row_number().over(latest_first).alias(RANK))


def _typed(column: Column, given: str | None) -> SparkColumn:
    """The value in the column's type; of one that is none, null or what Spark makes of it."""
    name = quoted(column.source_name)
    value = F.col(name)
    if given is None:
        return F.lit(None).cast(column.type)
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
    return F.expr(f"try_cast(cast({name} as string) as {column.type})")


def _is_same_kind(one: str, other: str) -> bool:
    """Whether values go from one type to the other without being written out as text."""
    kinds = [
        ("number" if type.startswith(_NUMBERS) else "time" if type in ("date", "timestamp") else type)
        for type in (one, other)
    ]
    return kinds[0] == kinds[1]


def _rules(column: Column, given: str | None, typed: SparkColumn) -> list[tuple[str, SparkColumn]]:
    """(rule in words, predicate that is true where it is broken) for each rule; null counts as not broken."""
    if given is None:
        return [("required", F.lit(True))] if column.required else []
    value = F.col(quoted(column.source_name))
    rules: list[tuple[str, SparkColumn]] = []
    if column.required:
        rules.append(("required", value.isNull()))
    if given != column.type and column.type != "string":
        form = f" in the format {column.format}" if column.format else ""
        is_none = value.isNotNull() & typed.isNull()
        if column.type in ("date", "timestamp") and not (column.format or _is_same_kind(given, column.type)):
            # Spark would also take a bare year, or a bare time as one of today.
            is_none = is_none | (F.instr(value.cast("string"), "-") != 5)
        rules.append((f"not a {column.type}{form}", is_none))
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
    point = F.instr(value, ".")
    has_more_places = (point > 0) & (F.octet_length(value) - point > scale)
    has_exponent = value.contains("e") | value.contains("E")
    if scale < len("e-1"):
        # After a point, one that takes places away is more places itself.
        has_exponent = (point == 0) & has_exponent
    exact = F.expr(f"try_cast({quoted(column.source_name)} as decimal(38,18))")
    return [(rule, (has_more_places | has_exponent) & ~F.coalesce(exact == typed, F.lit(False)) & typed.isNotNull())]
