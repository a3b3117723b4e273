"""Texts of numbers: one grammar, and exact arithmetic on digits, so that no length and no exponent costs more than a
look.

    number   = [sign] (digits [separator [digits]] | separator digits) [("e" | "E") [sign] digits]

The digits before the separator may be grouped by threes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Context, Decimal

import numpy as np

from .texts import Texts

# Exponents beyond these differ in nothing that any type can hold.
_FAR = 10**9
_RANGES = {"int": 2**31, "bigint": 2**63}
_MAX_INTEGER_DIGITS = 19
# From these on, whole numbers lie between floats (IEEE 754, 24 and 53 bits of significand).
_EXACT_BELOW = {"float": 2.0**24, "double": 2.0**53}
_SPECIAL = re.compile(r"([+-]?)(?:(nan)|inf(?:inity)?)", re.IGNORECASE | re.ASCII)
_WIDE = Context(prec=100_000)


class NotAValueError(Exception):
    """The text is no value of the type at all, or one out of its range."""


class LossError(Exception):
    """The text is a number, but the type cannot hold all of it."""


@dataclass(frozen=True)
class Digits:
    """A number as (-1)^is_negative * digits * 10^exponent; `digits` has no zeros at its ends, and is empty for zero.

    `plain` is the number as Python writes it, `is_scientific` tells whether it has an exponent.
    """

    is_negative: bool
    digits: str
    exponent: int
    plain: str
    is_scientific: bool


def digits(text: str, texts: Texts) -> Digits:
    """The number that the text is. Raises NotAValueError if it is none."""
    match = texts.number.fullmatch(text)
    if match is None:
        raise NotAValueError
    sign, whole, fraction, alone, power = match.groups()
    whole = whole or ""
    if texts.grouping_separator:
        whole = whole.replace(texts.grouping_separator, "")
    fraction = fraction or alone or ""
    exponent = (_exponent(power) if power else 0) - len(fraction)
    significant = (whole + fraction).lstrip("0")
    trimmed = significant.rstrip("0")
    exponent += len(significant) - len(trimmed)
    plain = f"{sign}{whole or '0'}.{fraction or '0'}" + (f"e{power}" if power else "")
    return Digits(sign == "-", trimmed, exponent if trimmed else 0, plain, power is not None)


def _exponent(power: str) -> int:
    magnitude = power.lstrip("+-").lstrip("0")
    value = int(magnitude or "0") if len(magnitude) < len(str(_FAR)) else _FAR
    return -value if power.startswith("-") else value


def integer(text: str, type: str, texts: Texts) -> int:
    """The whole number in the range of `type`, int or bigint. Raises NotAValueError."""
    number = digits(text, texts)
    if number.exponent < 0 or len(number.digits) + number.exponent > _MAX_INTEGER_DIGITS:
        raise NotAValueError
    value = int(number.digits or "0") * 10**number.exponent
    value = -value if number.is_negative else value
    if not -_RANGES[type] <= value < _RANGES[type]:
        raise NotAValueError
    return value


def decimal(text: str, precision: int, scale: int, texts: Texts) -> Decimal:
    """The number with `scale` places.

    Raises NotAValueError if it has more digits before the point than the type, LossError if it has more places.
    """
    number = digits(text, texts)
    if len(number.digits) + number.exponent > precision - scale and number.digits:
        raise NotAValueError
    if number.exponent < -scale:
        raise LossError
    unscaled = int((number.digits or "0") + "0" * (number.exponent + scale if number.digits else 0))
    return Decimal((int(number.is_negative and unscaled != 0), tuple(map(int, str(unscaled))), -scale))


def binary(text: str, type: str, texts: Texts) -> float:
    """The nearest number of `type`, float or double; NaN and infinity are numbers of both.

    Raises NotAValueError if it is out of range. Raises LossError if it would become zero, or if it has no exponent,
    is as large as numbers that the type has no longer one for each integer, and is not what the type makes of it.
    """
    special = _SPECIAL.fullmatch(text)
    if special:
        return math.nan if special.group(2) else math.copysign(math.inf, -1.0 if special.group(1) == "-" else 1.0)
    number = digits(text, texts)
    value = float(number.plain)
    if type == "float":
        value = _nearest_float(value, number)
    if math.isinf(value):
        raise NotAValueError
    if value == 0 and number.digits:
        raise LossError
    if abs(value) >= _EXACT_BELOW[type] and not number.is_scientific and not _is_written_so(value, type, number):
        raise LossError
    return value


def _nearest_float(value: float, number: Digits) -> float:
    """Rounds to 24 bits as if at once: a number rounded to 53 bits first may come to lie midway between two."""
    with np.errstate(over="ignore", under="ignore"):
        near = np.float32(value)
        other = np.nextafter(near, np.float32(math.inf if value > float(near) else -math.inf))
    # Behind the greatest float, infinity stands where the next one would.
    ends = sorted(math.copysign(2.0**128, end) if math.isinf(end) else float(end) for end in (near, other))
    if math.isinf(value) or sum(ends) / 2 != value or Decimal(number.plain) == Decimal(value):
        return float(near)
    side = ends[Decimal(number.plain) > Decimal(value)]
    return math.copysign(math.inf, side) if abs(side) == 2.0**128 else side


def _is_written_so(value: float, type: str, number: Digits) -> bool:
    """Whether the text is the value's exact or its shortest form (the one that Java, Python and JavaScript write)."""
    shortest = Decimal(np.format_float_scientific(np.float32(value) if type == "float" else np.float64(value)))
    return _is_same(Decimal(value), number) or _is_same(shortest, number)


def _is_same(value: Decimal, number: Digits) -> bool:
    sign, places, exponent = value.normalize(_WIDE).as_tuple()
    return (sign == 1, "".join(map(str, places)), exponent) == (number.is_negative, number.digits, number.exponent)
