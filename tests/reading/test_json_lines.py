import json
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_etl.definition import Column
from glue_etl.reading import json_lines
from glue_etl.reading.dialect import JSON_LINES
from glue_etl.reading.fields import RowError
from glue_etl.reading.json_lines import members, quick_members, write_lines
from glue_etl.reading.records import cut
from glue_etl.reading.rows import ReadColumn

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)


def written(value, text: str) -> str | None:
    return value if isinstance(value, str) else None if value is None else text


@given(OBJECTS, st.booleans(), st.sampled_from((None, 1)))
def test_members_of_what_a_writer_of_json_writes(found, ascii, indent):
    line = json.dumps(found, ensure_ascii=ascii)
    try:
        line.encode()
    except UnicodeEncodeError:
        return
    expected = {key: written(value, json.dumps(value, ensure_ascii=ascii)) for key, value in found.items()}
    assert members(line) == expected
    assert quick_members(line) in (None, expected)


PARTS = st.sampled_from(
    [*'{}[],:"\\ 1é', r"\u00e4", r"\ud800", "01", "-0", "1.10", "1e5", "null", "true", "NaN", "Infinity", '"a"', '"A"']
    + ['"b":1', '"a":2']
)


@given(st.lists(PARTS, max_size=12).map("".join))
def test_takes_no_line_that_the_json_module_refuses_and_no_other(text):
    line = f'{{"k":{text}}}'
    try:
        found = members(line)
    except RowError:
        assert quick_members(line) is None
        return
    assert found.keys() == json.loads(line).keys()
    assert quick_members(line) in (None, found)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id":1}{"id":2}{"id":3}', json_lines.SEVERAL),
        ('{"id":4} garbage', json_lines.NOT_JSON),
        ('{"id":4},', json_lines.NOT_JSON),
        ('[{"id":1}]', json_lines.AN_ARRAY),
        (',{"id":1}', json_lines.NOT_JSON),
        ("1", json_lines.NOT_AN_OBJECT),
        ('"a"', json_lines.NOT_AN_OBJECT),
        ("{'id':1}", json_lines.NOT_JSON),
        ('{"id":1,}', json_lines.NOT_JSON),
        ('{"id":01}', json_lines.NOT_JSON),
        ('{"id":NaN}', f"{json_lines.NOT_JSON} (NaN)"),
        ('{"id":[-Infinity]}', f"{json_lines.NOT_JSON} (-Infinity)"),
        ('{"id":1,"id":2}', "row: the key id twice"),
        ('{"id":{"a":1,"a":2}}', "row: the key a twice"),
        (r'{"id":"\ud800"}', json_lines.LONE_SURROGATE),
        (r'{"id":[{"\udc00":1}]}', json_lines.LONE_SURROGATE),
        ('{"id":' + "[" * 100_000, json_lines.TOO_DEEP),
        ('{"id":"a\nb"}', json_lines.NOT_JSON),
        ("\ufeff{}", json_lines.NOT_JSON),
        ("", json_lines.NOT_JSON),
    ],
)
def test_lines_that_are_no_object(line, reason):
    assert quick_members(line) is None
    with pytest.raises(RowError) as error:
        members(line)
    assert str(error.value) == reason


def test_digits_and_nested_values_are_the_text_that_stands_there():
    line = r'{"a": 12345678901234567890.123456789, "b": 1e400, "c": 1.10, "d": { "x": [1.0 , "é"] }, '
    line += r'"e": "\u00e9", "f": -0}'
    assert members(line) == {
        "a": "12345678901234567890.123456789",
        "b": "1e400",
        "c": "1.10",
        "d": '{ "x": [1.0 , "é"] }',
        "e": "é",
        "f": "-0",
    }


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    return tmp_path_factory.mktemp("json") / "x.parquet"


def rows(data: bytes, contract: list[Column], target):
    """(good rows, (line, reasons, raw) of the others, keys)."""
    target.unlink(missing_ok=True)
    records = cut(data, b"", JSON_LINES)
    found = write_lines(data, records, [ReadColumn(column, None) for column in contract], [], target)
    good = []
    if found.written.good:
        # A connection remembers files that it has read.
        with duckdb.connect() as connection:
            good = connection.execute("FROM read_parquet(?)", [str(target)]).fetchall()
    assert len(good) + len(found.written.rejected) + found.blank == len(records)
    return good, [(bad.line, list(bad.reasons), bad.raw) for bad in found.written.rejected], found.keys


ID = Column("id", "int", required=True)


def test_case_12_objects_without_line_breaks(target):
    line = b'{"event_id":1,"page":"home"}{"event_id":2,"page":"cart"}{"event_id":3,"page":"pay"}'
    good, bad, _ = rows(
        line + b'\n{"event_id":4,"page":"home"}\n', [Column("event_id", "int"), Column("page", "string")], target
    )
    assert (good, bad) == ([(4, "home")], [(1, [json_lines.SEVERAL], line)])


@pytest.mark.parametrize(
    "data",
    [b'[{"id":11,"name":"a"},\n{"id":12,"name":"b"}]', b'[{"id":21}\n,{"id":22}\n]\n', b'[{"id":1},{"id":2}]\n'],
)
def test_case_13_an_array_is_in_quarantine_with_all_its_text(data, target):
    good, bad, _ = rows(data, [ID, Column("name", "string")], target)
    assert (good, b"\n".join(raw for _, _, raw in bad)) == ([], data.rstrip(b"\n"))


def test_case_14_keys_that_differ_in_case(target):
    data = b'{"id":1,"UserUPN":"ann"}\n{"id":2,"UserUpn":"bob"}\n{"id":3,"UserUPN":"cat","userupn":"x"}\n'
    good, bad, keys = rows(data, [ID, Column("user_upn", "string", physical_name="UserUPN")], target)
    assert good == [(1, "ann")]
    assert [reasons for _, reasons, _ in bad] == [
        ["row: the key UserUpn differs from UserUPN in case alone"],
        ["row: the key userupn differs from UserUPN in case alone"],
    ]
    assert keys == {"id", "UserUPN"}


def test_unknown_keys_that_differ_in_case(target):
    good, bad, keys = rows(b'{"id":1,"x":1}\n{"id":2,"X":1}\n{"id":3,"x":1,"X":2}\n', [ID], target)
    assert (good, keys) == ([(1,), (2,)], {"id", "x", "X"})
    assert bad[0][1] == ["row: the key X differs from x in case alone"]


def test_values_keep_to_the_grammar_and_raw_is_the_line(target):
    contract = [ID, Column("d", "decimal(38,2)"), Column("s", "string"), Column("b", "boolean")]
    lines = [
        b'{"id":1,"d":"1,5"}',
        b'{"id":2,"d":1.239}',
        b'{"id":3,"d":12345678901234567890.10,"s":1e400,"b":true}',
        b'{"id":"4","d":null,"s":"","b":"false"}',
        b' {"s":"x"} ',
        b"  \r",
        b'{"id":7,"s":"\xff"}',
        b'{"id":8,"s":[1, 2]}',
    ]
    good, bad, keys = rows(b"\n".join(lines), contract, target)
    assert good == [
        (3, Decimal("12345678901234567890.10"), "1e400", True),
        (4, None, "", False),
        (8, None, "[1, 2]", None),
    ]
    assert bad == [
        (1, ["d: not a decimal(38,2)"], lines[0]),
        (2, ["d: does not fit into decimal(38,2)"], lines[1]),
        (5, ["id: required"], lines[4]),
        (7, [json_lines.NOT_UTF8], lines[6]),
    ]
    assert keys == {"id", "d", "s", "b"}


@given(st.lists(OBJECTS.map(lambda found: {**found, "s": found.get("")}), max_size=20))
@settings(max_examples=20)
def test_texts_come_through_to_parquet(target, objects):
    data = "\n".join(map(json.dumps, objects)).encode()
    good, bad, _ = rows(data, [Column("s", "string")], target)
    expected = []
    for found in objects:
        try:
            expected.append((members(json.dumps(found))["s"],))
        except RowError:
            continue
    assert good == expected or bad
