"""The cases of the grammar that DuckDB decides alike, as SQL expressions.

A value counts only where it is certain that the reference answers the same one; every other record goes to the
reference. Cheap tests come first: a CASE looks at the next condition for those rows alone that the one before left
over.

Names and values of a source never are part of the SQL: columns are t0, t1, …, and constants literals made by `literal`.
Casts are those of https://duckdb.org/docs/stable/sql/data_types; they take more than the grammar does, and round.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from . import moments
from .moments import Format
from .rows import ReadColumn
from .texts import Texts

_BLANKS = "[ \\t]*"
_ZONE = r"Z|[+-](?:0[0-9]|1[0-7])(?::?[0-5][0-9])?"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_TIMESTAMP = (
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[T ]{_CLOCK}(?::[0-5][0-9](?:\.[0-9]{{1,6}}0{{0,3}})?)?(?:{_ZONE})?)?"
)
_TYPES = {"string": "VARCHAR", "boolean": "BOOLEAN", "int": "INTEGER", "bigint": "BIGINT", "float": "FLOAT"}
_TYPES |= {"double": "DOUBLE", "date": "DATE", "timestamp": "TIMESTAMPTZ"}
_INTEGERS = {"int": 2**31, "bigint": 2**63}
# What Python and RE2 take alike, or RE2 more narrowly, when they match a whole text without line breaks.
_SAME_PATTERN = re.compile(
    r"(?:(?:[^\\()\[\]{}*+?|^$]|\\[dwDWs./\\()\[\]{}*+?|^$-]|\)"
    r"|\[\^?(?:[A-Za-z0-9 _.,:;/@#%=!<>\"'+*()]-?|\\[dw./\\\[\]-])+-?\])"
    r"(?:(?:[*+?]|\{[0-9]{1,2}(?:,[0-9]{0,2})?\})\??)?"
    r"|(?:\((?:\?:)?|[|^$])(?![*+?{]))*"
)
# RE2 refuses repetitions of repetitions above 1,000 in all.
_MOST_COUNTED = 1
_CARRY_FREE = Context(prec=100)


def literal(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def type_of(type: str) -> str:
    """DuckDB's name of a contract's type."""
    return _TYPES.get(type) or type.upper()


def meaning(column: ReadColumn, field: str) -> str:
    """The text without what does not count, null if it stands for null (`ValueReader.meaning`)."""
    texts = column.texts
    nulls = ", ".join(literal(text) for text in texts.null_texts)
    stripped = f"trim({field}, ' \t')"
    is_stripped = texts.trim or (nulls and column.column.type != "string")
    conditions = [f"{field} IN ({nulls})"] if nulls else []
    if nulls and is_stripped:
        conditions.append(f"{stripped} IN ({nulls})")
    if texts.trim:
        conditions.append(f"({field} <> '' AND {stripped} = '')")
    text = stripped if texts.trim else field
    return f"CASE WHEN {' OR '.join(conditions)} THEN NULL ELSE {text} END" if conditions else text


def value(column: ReadColumn, text: str) -> str:
    """The value of `text`, right if `is_certain` says so."""
    type, texts = column.column.type, column.texts
    if type == "boolean":
        return _boolean(texts, text)
    if type == "string":
        return text
    if type in ("date", "timestamp") and column.column.format is not None:
        return _formatted(type, moments.parse(type, column.column.format), text)
    if type == "timestamp":
        # Without a zone the cheaper cast will do; it passes over one.
        zoned = f"regexp_matches({text}, '[0-9][+-][0-9:]+$') AND strlen({text}) > 16"
        cast = f"try_cast({text} AS TIMESTAMP)::TIMESTAMPTZ"
        return f"CASE WHEN {zoned} THEN try_cast({text} AS TIMESTAMPTZ) ELSE {cast} END"
    return f"try_cast({text if type == 'date' else _plain_number(texts, text)} AS {type_of(type)})"


def is_certain(column: ReadColumn, text: str, value: str) -> str | None:
    """Whether the value that is not null is that of the text by the grammar; None if it always is."""
    type, texts = column.column.type, column.texts
    if type in ("string", "boolean"):
        return None
    if type in ("date", "timestamp"):
        return _is_certain_moment(column, text, value)
    if type in ("float", "double"):
        return _is_certain_binary(type, texts, text, value)
    grammar = _whole_numbers(texts) if type in _INTEGERS else _decimals(type, texts)
    again = f"regexp_full_match({text}, {literal(grammar)})"
    if texts.decimal_separator != "." or texts.grouping_separator:
        return again
    return f"CASE WHEN {value}::VARCHAR = {text} THEN true ELSE {again} END"


def is_good(column: ReadColumn, text: str, value: str) -> str:
    """Whether it is certain that the row is not bad for this column; false or null where it is not."""
    if column.position is None:
        return str(not column.column.required).lower()
    certain = is_certain(column, text, value)
    checks = " AND ".join([f"{value} IS NOT NULL", *([certain] if certain else []), *_checks(column, value)])
    if column.column.required:
        return checks
    is_null = f"{text} IS NULL" if column.column.type == "string" else f"{text} IS NULL OR {text} = ''"
    return f"({is_null} OR ({checks}))"


def is_same_pattern(pattern: str) -> bool:
    """Whether a text that RE2 matches with the pattern is one that Python matches."""
    is_small = pattern.count("{") <= _MOST_COUNTED or "(" not in pattern
    return is_small and _SAME_PATTERN.fullmatch(pattern) is not None


def _checks(column: ReadColumn, value: str) -> list[str]:
    rules = column.column
    if rules.type == "string":
        checks = []
        if rules.min_length is not None:
            checks.append(f"length({value}) >= {int(rules.min_length)}")
        if rules.max_length is not None:
            checks.append(f"length({value}) <= {int(rules.max_length)}")
        if rules.pattern is not None and is_same_pattern(rules.pattern):
            checks.append(f"regexp_full_match({value}, {literal(rules.pattern)})")
            checks.append(f"NOT contains({value}, chr(10))")
        return checks
    minimum, maximum = (_bound(column, bound, at) for at, bound in enumerate(column.bounds))
    checks = [f"{value} >= {minimum}"] if minimum else []
    checks += [f"{value} <= {maximum}"] if maximum else []
    return checks


def _bound(column: ReadColumn, bound: object, is_maximum: int) -> str | None:
    """The bound in the column's type: the least value, or the greatest, that keeps to it."""
    type = column.column.type
    if bound is None:
        return None
    if not isinstance(bound, Decimal):
        return f"CAST({literal(repr(bound))} AS {type_of(type)})"
    rounding = ROUND_FLOOR if is_maximum else ROUND_CEILING
    if type in _INTEGERS:
        places, greatest = 0, Decimal(_INTEGERS[type] - 1)
    else:
        precision, places = map(int, re.findall(r"\d+", type))
        greatest = Decimal(10**precision - 1).scaleb(-places, _CARRY_FREE)
    if abs(bound) > greatest:
        # One that all values keep to, or none does.
        return None if (bound > 0) == bool(is_maximum) else "NULL"
    nearest = bound.quantize(Decimal(1).scaleb(-places), rounding, _CARRY_FREE)
    return f"CAST({literal(format(nearest, 'f'))} AS {type_of(type)})"


def _boolean(texts: Texts, text: str) -> str:
    def listed(known: tuple[str, ...]) -> str:
        spellings = {form for each in known for form in (each, each.lower(), each.upper(), each.capitalize())}
        return ", ".join(literal(form) for form in sorted(spellings) if form.isascii()) or "NULL"

    return (
        f"CASE WHEN {text} IN ({listed(texts.true_texts)}) THEN true "
        f"WHEN {text} IN ({listed(texts.false_texts)}) THEN false END"
    )


def _plain_number(texts: Texts, text: str) -> str:
    if texts.grouping_separator:
        text = f"replace({text}, {literal(texts.grouping_separator)}, '')"
    if texts.decimal_separator != ".":
        text = f"replace({text}, {literal(texts.decimal_separator)}, '.')"
    return text


def _whole(texts: Texts, most: int) -> str:
    digits = f"[0-9]{{0,{most}}}"
    if not texts.grouping_separator:
        return f"0*{digits}"
    return f"(?:[0-9]{{1,3}}(?:{re.escape(texts.grouping_separator)}[0-9]{{3}}){{1,12}}|0*{digits})"


def _whole_numbers(texts: Texts) -> str:
    point = re.escape(texts.decimal_separator)
    return f"{_BLANKS}[+-]?{_whole(texts, 18)}(?:{point}0*)?{_BLANKS}"


def _decimals(type: str, texts: Texts) -> str:
    precision, scale = map(int, re.findall(r"\d+", type))
    point = re.escape(texts.decimal_separator)
    return f"{_BLANKS}[+-]?{_whole(texts, precision - scale)}(?:{point}[0-9]{{0,{scale}}}0*)?{_BLANKS}"


def _is_certain_binary(type: str, texts: Texts, text: str, found: str) -> str:
    """A number by the grammar, not so large that its digits count, and zero only if it is written as zero."""
    point = re.escape(texts.decimal_separator)
    grammar = literal(f"{_BLANKS}(?:{texts.number.pattern}){_BLANKS}")
    zero = literal(f"{_BLANKS}[+-]?0*{point}?0*{_BLANKS}")
    limit = 2**24 if type == "float" else 2**53
    return (
        f"regexp_full_match({text}, {grammar}) AND isfinite({found}) "
        f"AND (abs({found}) < {limit} OR contains({text}, 'e') OR contains({text}, 'E')) "
        f"AND ({found} <> 0 OR regexp_full_match({text}, {zero}))"
    )


def _is_certain_moment(column: ReadColumn, text: str, value: str) -> str:
    # Further out a zone, or another calendar, may matter.
    is_near = f"{value} BETWEEN '0002-01-01' AND '9998-12-31'"
    if column.column.format is not None:
        return is_near
    if column.column.type == "date":
        padded = literal(f"{_BLANKS}{moments.ISO_DATE}{_BLANKS}")
        again = f"{is_near} AND regexp_full_match({text}, {padded})"
        return f"CASE WHEN {value}::VARCHAR = {text} AND strlen({text}) = 10 THEN true ELSE {again} END"
    return f"{is_near} AND regexp_full_match({text}, {literal(_TIMESTAMP)})"


def _formatted(type: str, format: Format, text: str) -> str:
    """A date or timestamp in a format of numbers: put into the order of ISO 8601, then cast. Others: null."""
    at = {kind: f"\\{place}" for place, kind in enumerate(format.groups, 1)}
    letters = dict(zip(format.groups, format.letters, strict=True))
    is_named = letters["month"] in ("MMM", "MMMM")
    if is_named or {"half", "zone"} & set(at) or len(letters.get("fraction", "")) > 6:
        return f"NULL::{type_of(type)}"
    century = "20" if len(letters["year"]) == 2 else ""
    iso = f"{century}{at['year']}-{at['month']}-{at['day']}"
    if "hour" in at:
        iso += f" {at['hour']}:{at.get('minute', '00')}:{at.get('second', '00')}"
        iso += f".{at['fraction']}" if "fraction" in at else ""
    grammar = f"{_BLANKS}{format.regex}{_BLANKS}"
    cast = "DATE" if type == "date" else "TIMESTAMP"
    found = f"try_cast(regexp_replace({text}, {literal('^' + grammar + '$')}, {literal(iso)}) AS {cast})"
    is_day = f"regexp_full_match({text}, {literal(grammar)})"
    if "hour" in at:
        # An hour of 24 is the next day to DuckDB.
        place = format.groups.index("hour") + 1
        is_day += f" AND try_cast(regexp_extract({text}, {literal(grammar)}, {place}) AS INTEGER) < 24"
    return f"CASE WHEN {is_day} THEN {found}{'::TIMESTAMPTZ' if type == 'timestamp' else ''} END"
