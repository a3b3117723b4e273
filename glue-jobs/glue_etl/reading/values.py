"""The grammar of values (docs/values.md): which texts are values of a type, and what each becomes.

Nothing is rounded, cut, wrapped or guessed: a text is a value as a whole, or it is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from ..errors import DefinitionError
from . import moments, numbers
from .numbers import LossError, NotAValueError
from .texts import BLANKS, Texts, fold_case

Value = str | bool | int | float | Decimal | date | datetime


class ValueReader:
    """Reads the texts of one type. Raises DefinitionError if the type is unknown, or the format cannot be used."""

    def __init__(self, type: str, format: str | None = None, texts: Texts | None = None):
        self.type, self.format, self.texts = type, format, texts or Texts()
        self._nulls = frozenset(self.texts.null_texts)
        self._read = self._reader()

    def read(self, text: str | None) -> Value | None:
        """The value, or None for null. Raises NotAValueError or LossError."""
        text = self.meaning(text)
        if text is None or self.type == "string":
            return text
        return self._read(text)

    def meaning(self, text: str | None) -> str | None:
        """The text without what does not count, None if it stands for null.

        Blanks around it count in strings alone, unless they are trimmed.
        """
        if text is None or text in self._nulls:
            return None
        if self.type == "string" and not self.texts.trim:
            return text
        stripped = text.strip(BLANKS)
        if stripped in self._nulls or (text != "" and stripped == "" and self.texts.trim):
            return None
        # A type other than string has no empty value: where all fields are quoted, this is how null is written.
        return None if text == "" and self.type != "string" else stripped

    def reason(self, error: Exception) -> str:
        """The rule that the text broke, in words."""
        if isinstance(error, LossError):
            return f"does not fit into {self.type}"
        return f"not a {self.type}" + (f" in the format {self.format}" if self.format else "")

    def _reader(self) -> Callable[[str], Value]:
        type, texts = self.type, self.texts
        if self.format is not None and type not in ("date", "timestamp"):
            raise DefinitionError(f"a format is for dates and timestamps, not for {type}: {self.format}")
        match = re.fullmatch(r"decimal\((\d+),(\d+)\)", type)
        if match:
            precision, scale = map(int, match.groups())
            return lambda text: numbers.decimal(text, precision, scale, texts)
        if type in ("int", "bigint"):
            return lambda text: numbers.integer(text, type, texts)
        if type in ("float", "double"):
            return lambda text: numbers.binary(text, type, texts)
        if type in ("date", "timestamp"):
            return moments.reader(type, self.format)
        if type == "boolean":
            return _boolean(texts)
        if type == "string":
            return str
        raise DefinitionError(f"no values are known of the type {type}")


def _boolean(texts: Texts) -> Callable[[str], bool]:
    known = {fold_case(text): value for value in (True, False) for text in (texts.false_texts, texts.true_texts)[value]}

    def read(text: str) -> bool:
        found = known.get(fold_case(text))
        if found is None:
            raise NotAValueError
        return found

    return read


def canonical(value: Value | None) -> str | None:
    """A text that the grammar reads as the same value again, and that every engine reads alike."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else repr(value)
