import contextlib
import math
import time
from datetime import date, datetime, timezone
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.definition import Column
from glue_etl.errors import DefinitionError
from glue_etl.reading import moments
from glue_etl.reading.numbers import LossError, NotAValueError
from glue_etl.reading.rows import ReadColumn
from glue_etl.reading.texts import Texts
from glue_etl.reading.values import ValueReader, canonical

EUROPEAN = Texts(decimal_separator=",", grouping_separator=".")
BLANK_GROUPS = Texts(decimal_separator=",", grouping_separator=" ")
NOT, LOSS = NotAValueError, LossError


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


VALUES = [
    (
        "int",
        {"7": 7, "-7": -7, "+7": 7, "007": 7, " 8 ": 8, "1.0": 1, "40.": 40, "1e+05": 100_000, "-2147483648": -(2**31)},
    ),
    ("int", dict.fromkeys(("", None), None)),
    (
        "int",
        dict.fromkeys(
            ("a", "2.5", "2147483648", "1_000", "1,000", "0x10", "7D", "1e99", "٣", "1 0", "--1", "\n1"), NOT
        ),
    ),
    ("bigint", {"9223372036854775807": 2**63 - 1, "9223372036854775808": NOT, "-9223372036854775808": -(2**63)}),
    ("bigint", {"9007199254740993": 2**53 + 1, "0" * 500 + "1": 1, "9" * 5000: NOT, "1e18": 10**18}),
    ("decimal(4,2)", {"99.99": "99.99", "-1": "-1.00", ".5": "0.50", "1.500": "1.50", "12e-1": "1.20", "1E1": "10.00"}),
    (
        "decimal(4,2)",
        {"-0": "0.00", "0e999999999999": "0.00", "100": NOT, "one": NOT, "NaN": NOT, "1e400": NOT, "1,5": NOT},
    ),
    ("decimal(4,2)", {"1.239": LOSS, "1239e-3": LOSS, "1e-10000000": LOSS, "1." + "0" * 50 + "1": LOSS}),
    ("decimal(12,2)", {"1.2300000000000000000001": LOSS, "1e-19": LOSS, "1.2300000000000000000000": "1.23"}),
    ("decimal(12,2)", {"1.299,99": NOT, "5,00": NOT, "1.299": LOSS, "10 237,65": NOT, "-3,50": NOT, "7": "7.00"}),
    ("decimal(38,38)", {"0.1": "0.1" + "0" * 37, "1": NOT}),
    (
        "double",
        {
            "2.5": 2.5,
            "1e3": 1000.0,
            " 8 ": 8.0,
            "0.1": 0.1,
            "-0": -0.0,
            "1e23": 1e23,
            "Infinity": math.inf,
            "-inf": -math.inf,
        },
    ),
    ("double", dict.fromkeys(("7D", "12f", "0x1p3", "1e400", "1_0", "10D", "infin", "1e"), NOT)),
    (
        "double",
        {
            "1e-400": LOSS,
            "9007199254740993": LOSS,
            "9007199254740992": 2.0**53,
            "123456789012345680000": 123456789012345680000.0,
        },
    ),
    (
        "float",
        {
            "16777217": LOSS,
            "16777216": 2.0**24,
            "0.1": float(np.float32(0.1)),
            "1e39": NOT,
            "1e-60": LOSS,
            "16777217e0": 2.0**24,
        },
    ),
    ("float", {"123456789.5": LOSS, "123456792": 123456792.0, "3.4028235e38": float(np.finfo(np.float32).max)}),
    ("boolean", {"true": True, "FALSE": False, "t": True, "0": False, " yes ": True, "2": NOT, "wahr": NOT, "on": NOT}),
    ("date", {"2024-01-05": date(2024, 1, 5), "0001-01-01": date(1, 1, 1), "9999-12-31": date(9999, 12, 31)}),
    (
        "date",
        dict.fromkeys(("2024-01-05 oops", "2024-01", "2024", "2024-1-5", "2024-02-30", "0000-01-01", "infinity"), NOT),
    ),
    ("date", dict.fromkeys(("2024-01-05T23:59:59-12:00", "2024-01-05T00:00:00", "epoch", "10000-01-01", "today"), NOT)),
    ("timestamp", {"2024-01-05T10:20:30Z": utc(2024, 1, 5, 10, 20, 30), "2024-01-05 10:20": utc(2024, 1, 5, 10, 20)}),
    ("timestamp", {"2024-01-05": utc(2024, 1, 5), "2024-01-05T23:59:59-12:00": utc(2024, 1, 6, 11, 59, 59)}),
    ("timestamp", {"2024-01-05 10:20:30.123456+00": utc(2024, 1, 5, 10, 20, 30, 123456)}),
    (
        "timestamp",
        {"2024-01-05 10:20:30.123456000": utc(2024, 1, 5, 10, 20, 30, 123456), "2024-01-05 10:20:30.123456001": LOSS},
    ),
    (
        "timestamp",
        dict.fromkeys(("10:00", "2024-01-05T24:00:00", "2024-01-05T10:20:60Z", "2024-01-05T10:20+19:00"), NOT),
    ),
    (
        "timestamp",
        dict.fromkeys(("0001-01-01T00:00+01:00", "9999-12-31T23:59-01:00", "2024-01-05T10Z", "infinity"), NOT),
    ),
    ("string", {"": "", " a ": " a ", "\ufffd": "\ufffd", None: None}),
]


@pytest.mark.parametrize(
    ("type", "text", "result"), [(type, *item) for type, items in VALUES for item in items.items()]
)
def test_values(type, text, result):
    reader = ValueReader(type)
    if result in (NOT, LOSS):
        with pytest.raises(result):
            reader.read(text)
    elif type.startswith("decimal"):
        assert str(reader.read(text)) == result
    else:
        assert repr(reader.read(text)) == repr(result)


@pytest.mark.parametrize(
    ("texts", "text", "result"),
    [
        (EUROPEAN, "1.299,99", "1299.99"),
        (EUROPEAN, "5,00", "5.00"),
        (EUROPEAN, "1.299", "1299.00"),
        (EUROPEAN, "-3,50", "-3.50"),
        (EUROPEAN, "12.99", NOT),
        (EUROPEAN, "1299.999", NOT),
        (BLANK_GROUPS, "10 237,65", "10237.65"),
        (Texts(null_texts=("NA", "-")), "-", None),
        (Texts(null_texts=("NA",)), " NA ", None),
        (Texts(), "  ", NOT),
        (Texts(trim=True), "  ", None),
    ],
)
def test_decimals_as_a_source_writes_them(texts, text, result):
    reader = ValueReader("decimal(12,2)", None, texts)
    if result is NOT:
        with pytest.raises(NOT):
            reader.read(text)
    else:
        assert reader.read(text) == (None if result is None else Decimal(result))


def test_strings_and_booleans_as_a_source_writes_them():
    trimmed = ValueReader("string", None, Texts(trim=True, null_texts=("NULL",)))
    assert [trimmed.read(text) for text in (" a ", " NULL", "   ", "", "null")] == ["a", None, None, "", "null"]
    german = ValueReader("boolean", None, Texts(true_texts=("Ja",), false_texts=("Nein",)))
    assert [german.read(text) for text in ("ja", "NEIN")] == [True, False]
    with pytest.raises(NOT):
        german.read("true")


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(1, 38), st.integers(0, 38))
def test_decimals_are_those_of_the_decimal_module(number, precision, scale):
    scale = min(scale, precision)
    exact = Context(prec=10_000, rounding=ROUND_HALF_EVEN)
    try:
        value = ValueReader(f"decimal({precision},{scale})").read(str(number))
    except NOT:
        assert abs(number) >= Decimal(10) ** (precision - scale)
    except LOSS:
        assert number != number.quantize(Decimal(1).scaleb(-scale), context=exact)
    else:
        assert value == number and value.as_tuple().exponent == -scale


@given(st.floats(allow_nan=False))
def test_a_double_that_python_writes_is_read_again(number):
    assert repr(ValueReader("double").read(repr(number))) == repr(number)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_is_read_again(number):
    text = np.format_float_positional(np.float32(number)).rstrip(".")
    assert ValueReader("float").read(text) == number


@given(st.floats(2.0**-100, 2.0**100, width=32), st.integers(-1, 1))
def test_a_float_is_rounded_once(number, beside):
    """Just beside the middle between two floats, where rounding to a double first would decide wrongly."""
    above = float(np.nextafter(np.float32(number), np.float32(np.inf)))
    with localcontext(Context(prec=500)):
        middle = (Decimal(number) + Decimal(above)) / 2
        text = f"{middle + beside * middle.scaleb(-40):.300e}"
    expected = {-1: number, 1: above}.get(beside)
    value = ValueReader("float").read(text)
    assert value == expected if expected is not None else value in (number, above)


@given(st.datetimes(timezones=st.just(timezone.utc)), st.sampled_from(" T"))
def test_a_timestamp_is_read_again(moment, separator):
    text = moment.replace(tzinfo=None).isoformat(separator)
    assert ValueReader("timestamp").read(text) == ValueReader("timestamp").read(canonical(moment)) == moment


def test_no_text_takes_long():
    texts = (
        "1e-10000000",
        "1e" + "9" * 100_000,
        "9" * 1_000_000,
        "0." + "0" * 1_000_000 + "1",
        "1" * 1_000_000 + "e-999999",
    )
    started = time.perf_counter()
    for type in ("int", "decimal(38,10)", "double", "float", "date", "timestamp", "boolean"):
        for text in texts:
            with contextlib.suppress(NOT, LOSS):
                ValueReader(type).read(text)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("type", "format", "text", "result"),
    [
        ("date", "dd.MM.yyyy", "05.01.2024", date(2024, 1, 5)),
        ("date", "dd.MM.yyyy", "5.1.2024", NOT),
        ("date", "d.M.yyyy", "5.12.2024", date(2024, 12, 5)),
        ("date", "yyyyMMdd", "20240105", date(2024, 1, 5)),
        ("date", "dd-MMM-yy", "05-JAN-24", date(2024, 1, 5)),
        ("date", "MMMM d, yyyy", "January 5, 2024", date(2024, 1, 5)),
        ("date", "dd/MM/yyyy", "31/02/2013", NOT),
        ("timestamp", "yyyy-MM-dd HH:mm:ss", "2013-01-01 06:00:00", utc(2013, 1, 1, 6)),
        (
            "timestamp",
            "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            "2013-01-01T06:00:00.250+02:00",
            utc(2013, 1, 1, 4, 0, 0, 250_000),
        ),
        ("timestamp", "MM/dd/yyyy hh:mm a", "01/31/2013 12:05 am", utc(2013, 1, 31, 0, 5)),
        ("timestamp", "MM/dd/yyyy hh:mm a", "01/31/2013 13:05 PM", NOT),
        ("timestamp", "dd.MM.yyyy", "31.01.2013", utc(2013, 1, 31)),
    ],
)
def test_formats(type, format, text, result):
    reader = ValueReader(type, format)
    if result is NOT:
        with pytest.raises(NOT):
            reader.read(text)
    else:
        assert reader.read(text) == result


@pytest.mark.parametrize(
    ("type", "format", "problem"),
    [
        ("date", "dd.mm.yyyy", "mm is minutes: write MM for months"),
        ("timestamp", "dd.mm.yyyy", "mm is minutes: write MM for months"),
        ("date", "YYYY-MM-dd", "year of a week"),
        ("date", "yyyy-MM-DD", "day of the year"),
        ("date", "dd.MM.yyyy HH:mm", "no part of a date"),
        ("date", "MM/yyyy", "has no day"),
        ("date", "dMyyyy", "does not say where d ends"),
        ("date", "dd.MM.yyyy dd", "two parts for the day"),
        ("timestamp", "yyyy-MM-dd hh:mm", "either HH, or hh with a"),
        ("timestamp", "yyyy-MM-dd mm", "without the hour"),
        ("timestamp", "yyyy-MM-dd[ HH:mm]", "is not supported"),
        ("timestamp", "yyyy-MM-dd HH:mm z", "names of zones"),
        ("date", "dd.MM.yyyyy", "yyyyy is not supported"),
        ("date", "dd.MM.yyyy 'x", "is not supported"),
        ("int", "0.00", "is for dates and timestamps"),
    ],
)
def test_formats_that_are_refused(type, format, problem):
    with pytest.raises(DefinitionError, match=problem):
        ValueReader(type, format)


@pytest.mark.parametrize(
    "changes",
    [{"decimal_separator": ".."}, {"grouping_separator": "."}, {"true_texts": ("N",)}, {"decimal_separator": "1"}],
)
def test_texts_that_are_refused(changes):
    with pytest.raises(DefinitionError):
        Texts(**changes)


def test_patterns_are_moments_of_one_meaning():
    assert moments.parse("date", "dd.MM.yyyy").regex == r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})"


@pytest.mark.parametrize(
    ("column", "text", "reasons"),
    [
        (Column("x", "int", required=True), None, ["x: required"]),
        (Column("x", "int", required=True), "", ["x: required"]),
        (Column("x", "string", required=True), "", []),
        (Column("x", "int"), "a", ["x: not a int"]),
        (Column("x", "date", format="dd.MM.yyyy"), "2013-01-01", ["x: not a date in the format dd.MM.yyyy"]),
        (Column("x", "decimal(4,2)"), "1.239", ["x: does not fit into decimal(4,2)"]),
        (
            Column("x", "string", pattern="[A-Z0-9]{2}", max_length=2),
            "UAX",
            ["x: does not match [A-Z0-9]{2}", "x: longer than 2"],
        ),
        (Column("x", "string", pattern="[A-Z0-9]{2}"), "UA\n", ["x: does not match [A-Z0-9]{2}"]),
        (Column("x", "string", pattern=r"\d"), "٣", [r"x: does not match \d"]),
        (Column("x", "string", min_length=2), "a", ["x: shorter than 2"]),
        (Column("x", "string", max_length=2), "ä€", []),
        (Column("x", "int", minimum=1), "0", ["x: less than 1"]),
        (Column("x", "decimal(4,2)", maximum=0.1), "0.11", ["x: greater than 0.1"]),
        (Column("x", "float", maximum=0.1), "0.1", []),
        (Column("x", "double", minimum=0), "NaN", ["x: less than 0"]),
        (Column("x", "double", minimum=0, maximum=9), "NaN", ["x: greater than 9"]),
        (Column("x", "double", maximum=1000000), "Infinity", ["x: greater than 1000000"]),
        (Column("x", "double"), "NaN", []),
    ],
)
def test_reasons(column, text, reasons):
    assert ReadColumn(column, 0).read(text)[1] == reasons


def test_a_pattern_that_is_none():
    with pytest.raises(DefinitionError, match="the pattern"):
        ReadColumn(Column("x", "string", pattern="("), 0)
