"""How a source writes its values, as far as the contract may say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from ..errors import DefinitionError

BLANKS = " \t"
TRUE_TEXTS = ("true", "t", "yes", "y", "1")
FALSE_TEXTS = ("false", "f", "no", "n", "0")


@dataclass(frozen=True)
class Texts:
    """How the values of a column are written.

    `grouping_separator` may stand between groups of three digits. `true_texts` and `false_texts` are compared without
    case. `null_texts` stand for null, in quotes or not; a field without a byte always is null. With `trim`, blanks
    around texts are none of theirs, and blanks alone are null.

    Raises DefinitionError if one text means two things.
    """

    decimal_separator: str = "."
    grouping_separator: str | None = None
    true_texts: tuple[str, ...] = TRUE_TEXTS
    false_texts: tuple[str, ...] = FALSE_TEXTS
    null_texts: tuple[str, ...] = ()
    trim: bool = False

    def __post_init__(self) -> None:
        separators = (self.decimal_separator, *((self.grouping_separator,) if self.grouping_separator else ()))
        for separator in separators:
            if len(separator) != 1 or separator.isalnum() or separator in '+-"\r\n\t':
                raise DefinitionError(f"a separator of numbers must be one sign of punctuation, got: {separator!r}")
        if len(set(separators)) < len(separators):
            raise DefinitionError(f"decimal and grouping separator must differ, got: {separators[0]!r} twice")
        both = {fold_case(text) for text in self.true_texts} & {fold_case(text) for text in self.false_texts}
        if both:
            raise DefinitionError(f"{', '.join(sorted(both))} must not be both true and false")

    @cached_property
    def number(self) -> re.Pattern[str]:
        """The grammar of numbers (see `numbers`), the same to Python and to RE2.

        Groups: sign, whole part, fraction, fraction without a whole part, exponent.
        """
        point = re.escape(self.decimal_separator)
        whole = "[0-9]+"
        if self.grouping_separator:
            whole = f"[0-9]{{1,3}}(?:{re.escape(self.grouping_separator)}[0-9]{{3}})+|[0-9]+"
        return re.compile(rf"([+-]?)(?:({whole})(?:{point}([0-9]*))?|{point}([0-9]+))(?:[eE]([+-]?[0-9]+))?")


def fold_case(text: str) -> str:
    """The text in lower case, letters of ASCII alone: others have no case that all engines agree on."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)
