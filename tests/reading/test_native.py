"""DuckDB's path and the reference give the same rows, reasons and bytes, whatever the file and its ranges."""

import itertools
import math
from datetime import datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.definition import Column
from glue_etl.reading import native
from glue_etl.reading.dialect import Dialect
from glue_etl.reading.native import Constant, write_range
from glue_etl.reading.quotes import LOOK_BEHIND
from glue_etl.reading.records import cut, cut_range, scan, states_at
from glue_etl.reading.rows import ReadColumn, read_record
from glue_etl.reading.texts import Texts

EUROPEAN = Texts(decimal_separator=",", grouping_separator=".", null_texts=("NA",))
TRIMMED = Texts(trim=True, null_texts=("NULL", "0"))
COLUMNS = [
    Column("a", "string"),
    Column("a", "string", required=True, pattern="[A-Za-z0-9 ]*", max_length=3),
    Column("a", "string", pattern=r"(?=.)[^x]*", min_length=1),
    Column("a", "boolean"),
    Column("a", "int", minimum=-5, maximum=1000.5),
    Column("a", "bigint", required=True),
    Column("a", "decimal(4,2)", minimum=-1.5),
    Column("a", "decimal(38,10)"),
    Column("a", "decimal(3,0)", maximum=1e300),
    Column("a", "decimal(2,2)"),
    Column("a", "double", maximum=1e20),
    Column("a", "float", minimum=0.1),
    Column("a", "date"),
    Column("a", "date", format="d.M.yyyy"),
    Column("a", "date", format="yyyyMMdd"),
    Column("a", "date", format="dd-MMM-yy"),
    Column("a", "timestamp"),
    Column("a", "timestamp", format="dd/MM/yyyy HH:mm:ss.SSS"),
    Column("a", "timestamp", format="yyyy-MM-dd'T'HH:mmXXX"),
]
TEXTS = st.sampled_from(
    "|".join(
        (
            "a|xyz|abcd|ä€|e\u0301|0|1|-7|+7|007| 8 |\t9|1.0|40.|.|-|+.|-.0|1e3|1e+05|1E1|12e-1|2.5|2147483647",
            "2147483648|9223372036854775807|9223372036854775808|1_000|1,5|1.299,99|1.299|12.99|10 237,65|0x10|7D",
            "99.99|100|1.500|1.239|1.2300000000000000000001|.5|5.|1e-19|1e400|1e-400|NaN|inf|Infinity|-Infinity",
            "16777217|16777216|9007199254740993|9007199254740992|123456789012345680000|0.1|0.10|1e20|2e20|true",
            "FALSE|t|Yes|on|wahr|2024-01-05|2024-1-5|2024-02-30|0001-01-01|9999-12-31|0000-01-01|2024/01/05",
            "2024 01 05|infinity|epoch|2024-01-05 oops|2024-01| 2024-01-05 |5.1.2024|05.01.2024|31.2.2024",
            "20240105|20241305|05-JAN-24|5-JAN-24|2024-01-05T10:20:30Z|2024-01-05 10:20",
            "2024-01-05T10:20:30.123456|2024-01-05 10:20:30.123456789|2024-01-05 10:20:30.120000000",
            "2024-01-05 24:00:00|2024-01-05T23:59:59-12:00|2024-01-05 10:20:30+02|2024-01-05 10:20:30+0230",
            "2024-01-05 10:20:30+19:00|2024-01-05T10:20:60|2024-01-05Z|9999-12-31T23:59-01:00",
            "05/01/2024 10:20:30.123|05/01/2024 24:20:30.123|2024-01-05T10:20+01:00|2024-01-05 10:20:30.5 |NA",
            'NULL| NULL|   |null|x\ny|a,b|a"b|\\|a\\b|\ufeff|\ufffd|2024-01-05 10:20:30 UTC|20:30|1e|e5|--1|1 0',
            "١",
        )
    ).split("|")
)


def frame(columns: list[ReadColumn], data: bytes, dialect: Dialect, width: int, records, folder) -> tuple:
    """(rows, rejected) of the fast path."""
    target = folder / "good.parquet"
    target.unlink(missing_ok=True)
    written = write_range(data, records, dialect, width, columns, [], target)
    rows = read(target, columns) if written.good else []
    assert len(rows) == written.good
    assert written.good + len(written.rejected) == len(records)
    return rows, [(each.offset, each.line, each.reasons, each.raw) for each in written.rejected]


def read(path, columns) -> list[tuple]:
    """The file's rows, timestamps as naive UTC."""
    names = [f'"{each.column.name}"' + ("::TIMESTAMP" if each.column.type == "timestamp" else "") for each in columns]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(f"SELECT {', '.join(names)} FROM read_parquet(?)", [str(path)]).fetchall()


def reference(columns: list[ReadColumn], data: bytes, dialect: Dialect, width: int, records) -> tuple:
    rows, rejected = [], []
    for start, end, line in zip(records.starts.tolist(), records.ends.tolist(), records.lines.tolist(), strict=True):
        row = read_record(data[start:end], dialect, width, columns)
        if row.values is None:
            rejected.append((start, line, row.reasons, data[start:end]))
        else:
            rows.append(tuple(v.replace(tzinfo=None) if isinstance(v, datetime) else v for v in row.values))
    return rows, rejected


def quoted(text: str, style: int) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if style or any(sign in text for sign in ',"\n\r') else text


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("parquet")


@pytest.mark.parametrize("texts", [Texts(), EUROPEAN, TRIMMED], ids=["plain", "european", "trimmed"])
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column.type} {column.format or ''}")
@given(rows=st.lists(st.tuples(TEXTS, st.integers(0, 3).map(lambda n: n == 0)), min_size=30, max_size=200))
@settings(max_examples=8)
def test_every_text_is_what_the_reference_says(folder, column, texts, rows):
    data = "".join(f"{n},{quoted(text, style)}\n" for n, (text, style) in enumerate(rows)).encode()
    columns = [ReadColumn(Column("n", "int"), 0), ReadColumn(column, 1, texts)]
    records = cut(data, b"", Dialect().framing)
    expected = reference(columns, data, Dialect(), 2, records)
    assert repr(frame(columns, data, Dialect(), 2, records, folder)) == repr(expected)


PARTS = (
    b'"',
    b'"',
    b"\n",
    b"\n",
    b"\r\n",
    b"\r",
    b",",
    b",",
    b"1",
    b"a",
    b" ",
    b"\\",
    "ä".encode(),
    b"\xff",
    b"\0",
    b'""',
)
DIALECTS = st.builds(
    Dialect,
    delimiter=st.sampled_from(",,;§"),
    escape=st.sampled_from('""\\'),
    encoding=st.sampled_from(("UTF-8", "UTF-8", "windows-1252")),
    multiline=st.sampled_from((True, True, False)),
)
CUTS = st.lists(st.integers(0, 10**6), max_size=3)


@given(
    st.lists(st.sampled_from(PARTS), max_size=80).map(b"".join),
    DIALECTS,
    CUTS,
)
def test_rows_of_any_bytes_are_the_reference_whatever_the_ranges(folder, data, dialect, cuts):
    columns = [ReadColumn(Column("s", "string"), 0), ReadColumn(Column("n", "int"), 1)]
    framing = dialect.framing
    data = data.replace(b",", framing.delimiter)
    whole = cut(data, b"", framing)
    expected = reference(columns, data, dialect, 2, whole)
    pieces = list(itertools.pairwise((0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data))))
    states = states_at([scan(data[a:b], data[max(0, a - LOOK_BEHIND) : a], framing) for a, b in pieces])
    rows, rejected = [], []
    for (a, b), (state, line) in zip(pieces, states, strict=True):
        part, records = cut_range(lambda at, size: data[at : at + size], a, b, len(data), framing, state, line)
        good, bad = frame(columns, part, dialect, 2, records, folder)
        rows += good
        rejected += [(a + offset, *rest) for offset, *rest in bad]
    assert (rows, rejected) == expected


@pytest.mark.parametrize("text", [b"a,1\n", b"a,1\rb,2\n", b'a,1\n"b,2'], ids=["a record less", "refused", "unclosed"])
def test_what_duckdb_reads_otherwise_the_reference_reads(folder, monkeypatch, text):
    data = b"a,1\nb,2\n"
    columns = [ReadColumn(Column("s", "string"), 0), ReadColumn(Column("n", "int"), 1)]
    records = cut(data, b"", Dialect().framing)
    prepared = native.plain(data, records, Dialect(), 2)
    monkeypatch.setattr(native, "plain", lambda *_: type(prepared)(text, prepared.records, True))
    target = folder / "x.parquet"
    assert write_range(data, records, Dialect(), 2, columns, [], target).by_reference >= 1
    assert read(target, columns) == [("a", 1), ("b", 2)]


def test_rows_keep_their_order_whoever_decides(folder):
    data = b"1\n 2\n3e0\nx\n5.0\n6\n0x7\n8\n"
    columns = [ReadColumn(Column("n", "int"), 0)]
    rows, rejected = frame(columns, data, Dialect(), 1, cut(data, b"", Dialect().framing), folder)
    assert rows == [(1,), (2,), (3,), (5,), (6,), (8,)]
    assert [(line, raw) for _, line, _, raw in rejected] == [(4, b"x"), (7, b"0x7")]


def test_hostile_names_and_values_are_text(folder):
    names = ["${env:HOME}", 'a"b', "x'; DROP TABLE parsed; --", "_corrupt_record", "v0", "rowid", "a.b`c"]
    columns = [ReadColumn(Column(name, "string"), n, field_id=n + 1) for n, name in enumerate(names)]
    data = (",".join(["'; --", "${id}", "$1", "?", "{}", "%s", "x"]) + "\n").encode()
    target = folder / "names.parquet"
    constants = [
        Constant("_batch_id", "string", "it's ${x}", 90),
        Constant("_ingested_at", "timestamp", "2024-01-05 10:00:00Z", 91),
    ]
    records = cut(data, b"", Dialect().framing)
    assert write_range(data, records, Dialect(), len(names), columns, constants, target).good == 1
    with duckdb.connect() as connection:
        schema = connection.execute("SELECT name, field_id FROM parquet_schema(?) OFFSET 1", [str(target)]).fetchall()
        row = connection.execute("SELECT * EXCLUDE (_ingested_at) FROM read_parquet(?)", [str(target)]).fetchone()
    assert schema == [*((name, n + 1) for n, name in enumerate(names)), ("_batch_id", 90), ("_ingested_at", 91)]
    assert row == ("'; --", "${id}", "$1", "?", "{}", "%s", "x", "it's ${x}")


def test_columns_that_the_source_lacks_or_the_contract_does_not_know(folder):
    data = b"1,x\xff,a\n2,y,b\n"
    columns = [ReadColumn(Column("c", "string"), 2), ReadColumn(Column("d", "decimal(4,2)"), None)]
    records = cut(data, b"", Dialect().framing)
    assert frame(columns, data, Dialect(), 3, records, folder)[0] == [("a", None), ("b", None)]
    missing = [*columns, ReadColumn(Column("e", "int", required=True), None)]
    assert [reasons for _, _, reasons, _ in frame(missing, data, Dialect(), 3, records, folder)[1]] == [
        ("e: required",)
    ] * 2


def test_nan_leaves_no_bounds_that_would_hide_rows(folder):
    data = b"NaN\n1.5\n"
    target = folder / "nan.parquet"
    columns = [ReadColumn(Column("x", "double"), 0)]
    write_range(data, cut(data, b"", Dialect().framing), Dialect(), 1, columns, [], target)
    with duckdb.connect() as connection:
        bounds = connection.execute("SELECT stats_min_value, stats_max_value FROM parquet_metadata(?)", [str(target)])
        assert bounds.fetchall() == [(None, None)]
    (nan,), (other,) = read(target, columns)
    assert math.isnan(nan) and other == 1.5


@pytest.mark.parametrize("extra", [b"", b" ", b"\0", b'""', b"\t", b"a", b"\\N", "\u00a0".encode()])
def test_no_field_too_many_is_passed_over(folder, extra):
    columns = [ReadColumn(Column("a", "string"), 0), ReadColumn(Column("b", "string"), 1)]
    for fields in ((b"", b""), (b"x", b""), (b"", b"y"), (b"x", b'"y,"')):
        data = b",".join((*fields, extra)) + b"\n"
        rows, rejected = frame(columns, data, Dialect(), 2, cut(data, b"", Dialect().framing), folder)
        assert (rows, [reasons for *_, reasons, _ in rejected]) == (
            [],
            [("row: more or fewer fields than the header",)],
        )


def test_a_long_record_and_bytes_that_are_no_text(folder):
    data = b'1,"' + b"x" * 3_000_000 + b'"\n2,\xff\n3,b\n'
    columns = [ReadColumn(Column("id", "int", required=True), 0), ReadColumn(Column("s", "string"), 1)]
    rows, rejected = frame(columns, data, Dialect(), 2, cut(data, b"", Dialect().framing), folder)
    assert [(n, len(text)) for n, text in rows] == [(1, 3_000_000), (3, 1)]
    assert [(reasons, raw) for *_, reasons, raw in rejected] == [
        (("s: bytes that are not of the encoding",), b"2,\xff")
    ]
