import itertools

import pytest
from automaton import records as expected_records
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.errors import FileError
from glue_etl.reading import records
from glue_etl.reading.dialect import JSON_LINES, Dialect, Framing
from glue_etl.reading.quotes import LOOK_BEHIND, State
from glue_etl.reading.records import NOTHING, Records, cut, cut_range, cut_stream, scan, states_at

DIALECTS = st.builds(
    Dialect,
    delimiter=st.sampled_from(",;§|"),
    escape=st.sampled_from('""\\'),
    multiline=st.sampled_from((True, True, False)),
)
PARTS = (b'"', b'"', b"\n", b"\r", b"\r\n", b",", b";", b"|", "§".encode(), b"\xa7", b"\\", b" ", b"a", b"\0", b"\xff")
TEXTS = st.lists(st.sampled_from(PARTS), max_size=60).map(b"".join)
CUTS = st.lists(st.integers(0, 10**6), max_size=5)


def ranges(data: bytes, cuts: list[int]) -> list[tuple[int, int]]:
    """The file in pieces, some of them empty."""
    return list(itertools.pairwise((0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data))))


def spans(found: Records, offset: int = 0) -> list[tuple[int, int, int, int]]:
    rows = zip(found.starts.tolist(), found.ends.tolist(), found.nexts.tolist(), found.lines.tolist(), strict=True)
    return [(offset + start, offset + end, offset + following, line) for start, end, following, line in rows]


def before(data: bytes, at: int) -> bytes:
    return data[max(0, at - LOOK_BEHIND) : at]


@given(TEXTS, DIALECTS, CUTS)
def test_records_of_ranges_are_those_of_the_automaton(data, dialect, cuts):
    framing, pieces = dialect.framing, ranges(data, cuts)
    states = states_at([scan(data[a:b], before(data, a), framing) for a, b in pieces])
    found, owned = [], 0
    for (a, b), (state, line) in zip(pieces, states, strict=True):
        _, part = cut_range(lambda at, size: data[at : at + size], a, b, len(data), framing, state, line)
        found += spans(part, a)
        owned += part.stop - part.start
        assert part.stop - part.start == part.blank_bytes + int((part.nexts - part.starts).sum())
    assert found == expected_records(data, framing)
    assert owned == len(data)


@given(TEXTS, DIALECTS, CUTS, st.integers(1, 30))
def test_records_of_a_stream_are_those_of_the_automaton(data, dialect, cuts, size):
    pieces = iter([data[a:b] for a, b in ranges(data, cuts)])
    batches = list(cut_stream(pieces, dialect.framing, size))
    assert [span for _, at, part in batches for span in spans(part, at)] == expected_records(data, dialect.framing)
    assert sum(part.stop - part.start for _, _, part in batches) == len(data)


@given(st.lists(TEXTS, min_size=3, max_size=3), DIALECTS)
def test_transfers_compose_in_any_grouping(parts, dialect):
    data = b"".join(parts)
    ends = list(itertools.accumulate(map(len, parts), initial=0))
    one, two, three = (scan(data[a:b], before(data, a), dialect.framing) for a, b in itertools.pairwise(ends))
    assert one.then(two).then(three) == one.then(two.then(three)) == NOTHING.then(scan(data, b"", dialect.framing))


@pytest.mark.parametrize(
    ("data", "odd"),
    [
        (b'1,"a"\n2,"b""c"\n', [False, False]),
        (b'1,5" pipe\n2,b\n', [False, False]),
        (b'1,"a"b\n2,b\n', [True, False]),
        (b'1, "a"\n2,b\n', [True, False]),
        (b'1,"a" ,x\n2,b\n', [True, False]),
        (b'1,a\n2,"b\n', [False, True]),
        (b'1,"abc\n2,x\n3,"def"\n4,y', [True, False]),
    ],
)
def test_odd_records_are_those_that_readers_take_in_different_ways(data, odd):
    assert cut(data, b"", Framing()).odd.tolist() == odd


def test_a_stray_quote_costs_one_record():
    data = b'1,a\n2,"5" pipe"\n3,b\n4,"c\nd"\n'
    found = cut(data, b"", Framing())
    assert [data[a:b] for a, b, _, _ in spans(found)] == [b"1,a", b'2,"5" pipe"', b"3,b", b'4,"c\nd"']


def test_lines_of_json_end_in_lf_alone():
    data = b'{"a":1}\r\n\r\n{"b"\r:2}\n{}'
    found = cut(data, b"", JSON_LINES)
    assert [data[a:b] for a, b, _, _ in spans(found)] == [b'{"a":1}', b'{"b"\r:2}', b"{}"]
    assert found.blank_bytes == 2


def test_a_record_that_never_ends_is_a_problem_of_the_file(monkeypatch):
    monkeypatch.setattr(records, "MAX_RECORD_BYTES", 1000)
    data = b'1,a\n2,"' + b"x" * 500_000
    with pytest.raises(FileError, match="from line 2 on"):
        cut_range(lambda at, size: data[at : at + size], 0, 10, len(data), Framing(), State.OUTSIDE, 1)
    with pytest.raises(FileError, match="from line 2 on"):
        list(cut_stream(iter([data, b"y"]), Framing(), 100))
