"""Texts of dates and timestamps: ISO 8601, or a pattern of Java's DateTimeFormatter, of which a strict part is taken.

A pattern that would guess, or that means something else than it looks like, is refused when the contract is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from ..errors import DefinitionError
from .numbers import LossError, NotAValueError

ISO_DATE = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
ISO_TIMESTAMP = (
    ISO_DATE + r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_NAMES_OF_MONTHS = {"MMM": _MONTHS, "MMMM": _LONG_MONTHS}
_ONE_OR_TWO = "[0-9]{1,2}"
# Letters of a pattern: what they are, and the text that they stand for.
_TOKENS = {
    **dict.fromkeys(("yyyy", "uuuu"), ("year", "[0-9]{4}")),
    **dict.fromkeys(("yy", "uu"), ("year", "[0-9]{2}")),
    **{"MM": ("month", "[0-9]{2}"), "M": ("month", _ONE_OR_TWO)},
    **{letters: ("month", "|".join(names)) for letters, names in _NAMES_OF_MONTHS.items()},
    **{"dd": ("day", "[0-9]{2}"), "d": ("day", _ONE_OR_TWO)},
    **{"HH": ("hour", "[0-9]{2}"), "H": ("hour", _ONE_OR_TWO)},
    **{"hh": ("half", "[0-9]{2}"), "h": ("half", _ONE_OR_TWO), "a": ("noon", "am|pm")},
    **{"mm": ("minute", "[0-9]{2}"), "m": ("minute", _ONE_OR_TWO)},
    **{"ss": ("second", "[0-9]{2}"), "s": ("second", _ONE_OR_TWO)},
    **{"S" * count: ("fraction", f"[0-9]{{{count}}}") for count in range(1, 10)},
    **{"X": ("zone", "Z|[+-][0-9]{2}(?:[0-9]{2})?"), "XX": ("zone", "Z|[+-][0-9]{4}")},
    **{"XXX": ("zone", "Z|[+-][0-9]{2}:[0-9]{2}"), "xxx": ("zone", "[+-][0-9]{2}:[0-9]{2}")},
    **{"xx": ("zone", "[+-][0-9]{4}"), "x": ("zone", "[+-][0-9]{2}(?:[0-9]{2})?")},
    **{"Z": ("zone", "[+-][0-9]{4}")},
}
_HINTS = {
    "Y": "Y is the year of a week: write yyyy",
    "D": "D is the day of the year: write dd",
    "w": "w is a week",
    "n": "n is a nanosecond: write S for each digit of the fraction",
    "z": "names of zones are ambiguous: write XXX",
    "V": "names of zones are not supported: write XXX",
    "E": "names of weekdays may contradict the date",
}
_NEEDS = (("minute", "hour"), ("second", "minute"), ("fraction", "second"), ("zone", "hour"))
_MAX_LENGTH = 100


@dataclass(frozen=True)
class Format:
    """A pattern as a regular expression without anchors, the same to Python and to RE2, and what its groups are."""

    regex: str
    groups: tuple[str, ...]
    letters: tuple[str, ...]
    is_fixed: bool


def reader(type: str, format: str | None) -> Callable[[str], date | datetime]:
    """What makes a date, or a timestamp (of UTC), of a text, or raises NotAValueError or LossError.

    Raises DefinitionError if the format cannot be used.
    """
    if format is not None:
        parsed = parse(type, format)
        compiled = re.compile(parsed.regex, re.IGNORECASE | re.ASCII)
        return lambda text: _in_format(text, type, parsed, compiled)
    return _iso_date if type == "date" else _iso_timestamp


@lru_cache(maxsize=256)
def parse(type: str, format: str) -> Format:
    """The pattern `format` for `type`, date or timestamp. Raises DefinitionError."""
    tokens = [match.group() for match in re.finditer(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z]", format)]
    regex, groups, letters, before = [], [], [], ""
    if len(format) > _MAX_LENGTH:
        raise _refusal(format, f"is longer than {_MAX_LENGTH} characters")
    for token in tokens:
        if token[0].isalpha() and token[0].isascii():
            kind, text = _token(type, format, token)
            if kind in groups:
                raise _refusal(format, f"has two parts for the {kind}")
            if "{1,2}" in before and text.startswith("[0-9]") or (before.startswith("[0-9]") and "{1,2}" in text):
                raise _refusal(format, f"does not say where {letters[-1]} ends and {token} begins")
            groups.append(kind)
            letters.append(token)
            regex.append(f"({text})")
            before = text
        else:
            regex.append(re.escape(_literal(format, token)))
            before = ""
    _check(type, format, groups)
    return Format("".join(regex), tuple(groups), tuple(letters), not any("{1,2}" in part for part in regex))


def _token(type: str, format: str, token: str) -> tuple[str, str]:
    if token not in _TOKENS:
        hint = _HINTS.get(token[0], f"{token} is not supported; supported are {', '.join(_TOKENS)}")
        raise _refusal(format, hint)
    kind, text = _TOKENS[token]
    if type == "date" and kind not in ("year", "month", "day"):
        hint = "mm is minutes: write MM for months" if kind == "minute" else f"{token} is no part of a date"
        raise _refusal(format, hint)
    return kind, text


def _literal(format: str, token: str) -> str:
    if len(token) > 1:
        return token[1:-1].replace("''", "'") or "'"
    if token in "[]{}#'":
        raise _refusal(format, f"{token} is not supported")
    return token


def _check(type: str, format: str, groups: list[str]) -> None:
    missing = [kind for kind in ("year", "month", "day") if kind not in groups]
    if missing:
        hint = "; mm is minutes: write MM for months" if "minute" in groups and "month" in missing else ""
        raise _refusal(format, f"has no {', '.join(missing)}{hint}")
    if ("half" in groups) != ("noon" in groups) or {"half", "hour"} <= set(groups):
        raise _refusal(format, "must have either HH, or hh with a (AM, PM)")
    known = {"hour" if kind == "half" else kind for kind in groups}
    for kind, needed in _NEEDS:
        if kind in known and needed not in known:
            raise _refusal(format, f"has the {kind} without the {needed}")


def _refusal(format: str, problem: str) -> DefinitionError:
    return DefinitionError(f"the format {format} cannot be used: {problem}")


def _in_format(text: str, type: str, format: Format, compiled: re.Pattern[str]) -> date | datetime:
    match = compiled.fullmatch(text)
    if match is None:
        raise NotAValueError
    found = dict(zip(format.groups, match.groups(), strict=True))
    letters = dict(zip(format.groups, format.letters, strict=True))
    if len(letters["year"]) == 2:
        found["year"] = f"20{found['year']}"
    names = _NAMES_OF_MONTHS.get(letters["month"])
    month = names.index(found["month"].lower()) + 1 if names else int(found["month"])
    if type == "date":
        return _date(found["year"], month, found["day"])
    hour = found.get("hour", "0")
    if "half" in found:
        if not 1 <= int(found["half"]) <= 12:
            raise NotAValueError
        hour = str(int(found["half"]) % 12 + (12 if found["noon"].lower() == "pm" else 0))
    clock = (hour, found.get("minute"), found.get("second"), found.get("fraction"))
    return _timestamp(found["year"], month, found["day"], clock, found.get("zone"))


def _iso_date(text: str) -> date:
    match = re.fullmatch(ISO_DATE, text)
    if match is None:
        raise NotAValueError
    return _date(*match.groups())


def _iso_timestamp(text: str) -> datetime:
    match = re.fullmatch(ISO_TIMESTAMP, text)
    if match is None:
        raise NotAValueError
    year, month, day, *clock, zone = match.groups()
    return _timestamp(year, month, day, tuple(clock), zone)


def _date(year: str, month: str | int, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise NotAValueError from error


def _timestamp(year: str, month: str | int, day: str, clock: tuple[str | None, ...], zone: str | None) -> datetime:
    hour, minute, second, fraction = clock
    nanoseconds = int((fraction or "0").ljust(9, "0"))
    try:
        local = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        if nanoseconds % 1000:
            raise LossError
        return (local + timedelta(microseconds=nanoseconds // 1000) - _offset(zone)).replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError) as error:
        raise NotAValueError from error


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone in "Zz":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[-2:]) if len(zone) > 3 else 0
    # Java and the tz database know none beyond 18 hours.
    if minutes > 59 or hours * 60 + minutes > 18 * 60:
        raise ValueError(zone)
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == "-" else offset
