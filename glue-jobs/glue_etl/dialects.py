"""SQL of the databases that can be a source, and the properties of their JDBC drivers.

Identifiers are quoted, and values are checked for what they are before they stand in a query. Sessions are in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pyspark.sql.types import DataType, DateType, TimestampType

from .definition import DatabaseSource
from .errors import SourceReadError


@dataclass(frozen=True)
class Dialect:
    """What differs between databases: a driver and its properties, quotes of identifiers, the type that is text."""

    driver: str
    quote: str
    text: str
    properties: Mapping[str, str]
    tls: Mapping[str, str]

    def name(self, *parts: str | None) -> str:
        """A qualified identifier; parts that are None or empty are left out."""
        quote = self.quote
        return ".".join(f"{quote}{part.replace(quote, quote * 2)}{quote}" for part in parts if part)


DIALECTS = {
    "postgresql": Dialect(
        driver="org.postgresql.Driver",
        quote='"',
        text="varchar",
        properties={"sessionInitStatement": "SET TIME ZONE 'UTC'"},
        tls={"sslmode": "require"},
    ),
    "mysql": Dialect(
        driver="com.mysql.cj.jdbc.Driver",
        quote="`",
        text="char",
        properties={
            "connectionTimeZone": "UTC",
            "forceConnectionTimeZoneToSession": "true",
            # Without a cursor the driver would hold all rows.
            "useCursorFetch": "true",
            # By default 2 in a tinyint(1) would be read as true, and a year as a day.
            "tinyInt1isBit": "false",
            "yearIsDateType": "false",
        },
        tls={"sslMode": "REQUIRED"},
    ),
}


def is_old_enough(dialect: Dialect, source: DatabaseSource, kind: DataType) -> str:
    """SQL condition: no transaction is to be expected that commits a row with this watermark or a smaller one."""
    if not isinstance(kind, (DateType, TimestampType)):
        return "1 = 1"
    column = dialect.name(source.watermark)
    then = f"CURRENT_TIMESTAMP - INTERVAL '{int(source.watermark_delay_seconds)}' SECOND"
    return f"{column} < CAST({then} AS DATE)" if isinstance(kind, DateType) else f"{column} <= {then}"


def is_within(dialect: Dialect, kind: DataType, watermark: Mapping[str, Any]) -> str:
    """SQL condition: the row is past `after` and not past `up_to`; a bound that is None is none."""
    column = dialect.name(watermark["column"])
    bounds = ((">", watermark["after"]), ("<=", watermark["up_to"]))
    return (
        " AND ".join(f"{column} {sign} {literal(kind, text)}" for sign, text in bounds if text is not None) or "1 = 1"
    )


def literal(kind: DataType, text: str) -> str:
    """The text of a watermark as SQL. Raises SourceReadError if it is not one."""
    is_time = isinstance(kind, (DateType, TimestampType))
    if not re.fullmatch(r"\d{4,6}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d+)?(\+00)?)?" if is_time else r"-?\d+(\.\d+)?", text):
        raise SourceReadError(
            f"{text!r} is not a watermark of type {kind.simpleString()}; look at the ledger's entries"
        )
    # A number in quotes MySQL would compare as a floating-point one.
    return f"'{text}'" if is_time else text


def bound(kind: DataType, text: str) -> str:
    """The text of a watermark as a bound of Spark's partitions: of a number, the whole part."""
    return text if isinstance(kind, (DateType, TimestampType)) else str(int(Decimal(text)))
