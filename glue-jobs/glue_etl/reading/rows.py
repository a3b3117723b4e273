"""The reference for rows: a contract's columns applied to the fields of one record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

import numpy as np

from ..definition import Column
from ..errors import DefinitionError
from .dialect import Dialect
from .fields import RAGGED, RowError, split
from .numbers import LossError, NotAValueError
from .texts import Texts
from .values import Value, ValueReader

NOT_OF_THE_ENCODING = "bytes that are not of the encoding"
REQUIRED = "required"


@dataclass(frozen=True)
class ReadColumn:
    """A column of the contract, how its values are written, and its position among the source's fields, from 0 on.

    `position` is None if the source does not have the column: it is null then. `field_id` is the one in the table's
    schema, written to Parquet. Raises DefinitionError if type, format or pattern cannot be used.
    """

    column: Column
    position: int | None
    texts: Texts = Texts()
    field_id: int | None = None
    reader: ValueReader = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", ValueReader(self.column.type, self.column.format, self.texts))
        if self.column.pattern is not None:
            try:
                re.compile(self.column.pattern, re.ASCII)
            except re.error as error:
                raise DefinitionError(f"the pattern {self.column.pattern} cannot be used: {error}") from error

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self.column.pattern or "", re.ASCII)

    def read(self, text: str | None) -> tuple[Value | None, list[str]]:
        """The value of a text, and what is wrong with it as `column: rule`; None for a column without a text."""
        try:
            value = self.reader.read(text)
        except (NotAValueError, LossError) as error:
            return None, [f"{self.column.name}: {self.reader.reason(error)}"]
        if value is None:
            return None, [f"{self.column.name}: {REQUIRED}"] if self.column.required else []
        return value, [f"{self.column.name}: {rule}" for rule in self._broken(value)]

    @cached_property
    def bounds(self) -> tuple[Value | None, Value | None]:
        """Minimum and maximum as exact as the type has them; None where there is none."""
        return self._bound(self.column.minimum), self._bound(self.column.maximum)

    def is_matched(self, text: str) -> bool:
        """Whether the pattern, if there is one, matches the whole text; classes such as `\\d` are of ASCII."""
        return self.column.pattern is None or self._pattern.fullmatch(text) is not None

    def _bound(self, bound: float | None) -> Value | None:
        if bound is None or self.column.type not in ("float", "double"):
            return None if bound is None else Decimal(str(bound))
        return float(np.float32(bound)) if self.column.type == "float" else float(bound)

    def _broken(self, value: Value) -> list[str]:
        """Rules that a value breaks which is one of its type."""
        column, rules = self.column, []
        if isinstance(value, str):
            if not self.is_matched(value):
                rules.append(f"does not match {column.pattern}")
            if column.min_length is not None and len(value) < column.min_length:
                rules.append(f"shorter than {column.min_length}")
            if column.max_length is not None and len(value) > column.max_length:
                rules.append(f"longer than {column.max_length}")
            return rules
        minimum, maximum = self.bounds
        if minimum is None and maximum is None:
            return rules
        # NaN keeps to no bound, and is greater than all numbers where rows are sorted.
        is_nan = value != value
        if minimum is not None and (value < minimum or (is_nan and maximum is None)):
            rules.append(f"less than {column.minimum}")
        if maximum is not None and (value > maximum or is_nan):
            rules.append(f"greater than {column.maximum}")
        return rules


@dataclass(frozen=True)
class Row:
    """What a record is: values in the order of the columns, or the reasons why it is no row."""

    values: tuple[Value | None, ...] | None
    reasons: tuple[str, ...] = ()


def read_record(record: bytes, dialect: Dialect, width: int, columns: Sequence[ReadColumn]) -> Row:
    """The row of one CSV record, without its line break; `width` is the number of fields that it is to have."""
    try:
        fields = split(record, dialect.framing)
    except RowError as error:
        return Row(None, (str(error),))
    if len(fields) != width:
        return Row(None, (RAGGED,))
    return read_texts([_decoded(columns[n], fields, dialect.codec) for n in range(len(columns))], columns)


def read_texts(texts: Sequence[str | None | RowError], columns: Sequence[ReadColumn]) -> Row:
    """The row of these texts, one for each column; a RowError in place of one is a reason."""
    values: list[Value | None] = []
    reasons: list[str] = []
    for text, column in zip(texts, columns, strict=True):
        value, broken = (None, [str(text)]) if isinstance(text, RowError) else column.read(text)
        values.append(value)
        reasons += broken
    return Row(None, tuple(reasons)) if reasons else Row(tuple(values))


def _decoded(column: ReadColumn, fields: Sequence[bytes | None], codec: str) -> str | None | RowError:
    field = None if column.position is None else fields[column.position]
    if field is None:
        return None
    try:
        return field.decode(codec)
    except UnicodeDecodeError:
        return RowError(f"{column.column.name}: {NOT_OF_THE_ENCODING}")
