import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.errors import DefinitionError, FileError
from glue_etl.reading import fields
from glue_etl.reading.dialect import Dialect
from glue_etl.reading.fields import Header, RowError, header, split

TEXTS = st.text(st.sampled_from("ab\"',;\r\n\\ é"), max_size=8)


@given(st.lists(TEXTS, min_size=1, max_size=5), st.sampled_from(",;|"), st.booleans())
def test_what_a_writer_of_csv_writes_is_split_again(row, delimiter, doubled):
    dialect = Dialect(delimiter=delimiter, escape='"' if doubled else "\\")
    target = io.StringIO()
    escape = None if doubled else "\\"
    csv.writer(target, delimiter=delimiter, doublequote=doubled, escapechar=escape, quoting=csv.QUOTE_ALL).writerow(row)
    record = target.getvalue().removesuffix("\r\n").encode()
    assert [field.decode() for field in split(record, dialect.framing)] == row


@given(st.text(st.sampled_from('ab",'), max_size=10).map(str.encode))
def test_splits_as_the_csv_module_does_or_says_why_not(record):
    rows = csv.reader([record.decode()], strict=True)
    try:
        ours = [(field or b"").decode() for field in split(record, Dialect().framing)]
    except RowError:
        with pytest.raises(csv.Error):
            next(rows)
    else:
        assert ours == (next(rows) or [""])


@pytest.mark.parametrize(
    ("record", "result"),
    [
        (b'1,,""', [b"1", None, b""]),
        (b'1,5" pipe', [b"1", b'5" pipe']),
        (b'1,"5"" pipe"', [b"1", b'5" pipe']),
        (b'1,"a\r\n"', [b"1", b"a\r\n"]),
        (b'1,"a"b', fields.AFTER_QUOTE),
        (b'1,"a" ', fields.AFTER_QUOTE),
        (b'1, "a"', fields.BLANK_BEFORE_QUOTE),
        (b'1,"a', fields.NEVER_CLOSED),
    ],
)
def test_fields(record, result):
    if isinstance(result, str):
        with pytest.raises(RowError, match=result):
            split(record, Dialect().framing)
    else:
        assert split(record, Dialect().framing) == result


def test_an_escape_before_other_characters_stands_for_itself():
    assert split(rb'"a\"b","c\\d","e\nf",g\h', Dialect(escape="\\").framing) == [b'a"b', rb"c\d", rb"e\nf", rb"g\h"]


@pytest.mark.parametrize(
    ("start", "dialect", "result"),
    [
        (b"id,name\n1,a\n", Dialect(), Header(("id", "name"), 8, 1, 0)),
        (b"\xef\xbb\xbfid,name\r\n1,a\n", Dialect(), Header(("id", "name"), 12, 1, 3)),
        (
            b"\xef\xbb\xbfsep=;\r\nOrder ID;Amount\r\n1;2,5\r\n",
            Dialect(delimiter=";"),
            Header(("Order ID", "Amount"), 27, 2, 10),
        ),
        (b"\n\nid\n", Dialect(), Header(("id",), 5, 3, 2)),
        (b"made by x\nat noon\nid\n1\n", Dialect(skip_lines=2), Header(("id",), 21, 3, 18)),
        (b'"a\nb",c\n', Dialect(), Header(("a\nb", "c"), 8, 2, 0)),
        (b"id", Dialect(), Header(("id",), 2, 0, 0)),
        (b"", Dialect(), Header(None, 0, 0, 0)),
        (b"\n", Dialect(), Header(None, 1, 0, 1)),
        (b"\xef\xbb\xbf1,a\n", Dialect(header=False), Header(None, 3, 0, 3)),
        (b"sep=,\n1,a\n", Dialect(header=False), Header(None, 6, 1, 6)),
        (b"stra\xdfe\n", Dialect(encoding="ISO-8859-1"), Header(("straße",), 7, 1, 0)),
    ],
)
def test_header(start, dialect, result):
    assert header(start, dialect, is_whole=True) == result


@pytest.mark.parametrize(
    ("start", "problem"),
    [
        (b"A,B,C,\n1,2,3,\n", "has no name for column 4 in its header"),
        (b"id,Id\n", "has column Id, id twice in its header"),
        ("id,ıd\n".encode(), "has column id, ıd twice in its header"),
        (b"sep=;\nid\n", "says that its delimiter is ';'"),
        (b'id,"name\n1,a\n', "header that cannot be split"),
        (b"id,n\xff\n", "is not UTF-8"),
    ],
)
def test_header_that_is_none(start, problem):
    with pytest.raises(FileError, match=problem):
        header(start, Dialect(), is_whole=True)


def test_header_without_an_end():
    with pytest.raises(FileError, match="no end of the header within 65536 bytes"):
        header(b"a" * fields.HEADER_BYTES, Dialect(), is_whole=False)


@pytest.mark.parametrize("changes", [{"delimiter": '"'}, {"quote": "é"}, {"encoding": "EBCDIC"}, {"delimiter": "ab"}])
def test_dialect_that_is_none(changes):
    with pytest.raises(DefinitionError):
        Dialect(**changes)
