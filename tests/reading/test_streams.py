import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.errors import FileError
from glue_etl.reading.dialect import Dialect
from glue_etl.reading.streams import gunzipped, transcoded

PIECES = st.integers(1, 50)


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(st.lists(st.binary(max_size=100), min_size=1, max_size=4), PIECES, st.integers(0, 3))
def test_gzip_of_any_number_of_members(contents, size, padding):
    data = b"".join(map(gzip.compress, contents)) + b"\0" * padding
    assert b"".join(gunzipped(pieces(data, size))) == b"".join(contents)


@given(st.binary(min_size=1, max_size=100), PIECES, st.data())
def test_truncated_gzip_is_a_problem_of_the_file(content, size, data):
    whole = gzip.compress(content)
    with pytest.raises(FileError):
        list(gunzipped(pieces(whole[: data.draw(st.integers(1, len(whole) - 1))], size)))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (gzip.compress(b"a") + b"garbage", "bytes behind the end"),
        (gzip.compress(b"a") + b"\0x", "bytes behind the end"),
        (b"id,name\n", "is not gzip"),
        (gzip.compress(b"a" * 100)[:-9] + b"\0" * 9, "is not gzip, or broken"),
    ],
)
def test_what_is_not_gzip(data, problem):
    with pytest.raises(FileError, match=problem):
        list(gunzipped([data]))


@pytest.mark.parametrize("encoding", ["Shift_JIS", "EUC-KR", "GB18030", "Big5", "UTF-16", "UTF-16LE", "UTF-16BE"])
@given(st.text(st.sampled_from('a",\n|\\1中')), PIECES)
def test_text_of_each_encoding_becomes_utf8(encoding, text, size):
    dialect = Dialect(encoding=encoding)
    data = text.encode(dialect.source_codec)
    assert b"".join(transcoded(pieces(data, size), dialect)) == text.encode()


def test_utf16_without_a_mark_is_big_endian():
    assert b"".join(transcoded([b"\0", b"a\0b"], Dialect(encoding="UTF-16"))) == b"ab"


def test_broken_bytes_stay_in_their_record():
    found = b"".join(
        transcoded(
            ["1,a\n2,".encode("utf-16-le") + b"\x00\xd8" + "\n3,c".encode("utf-16-le") + b"!"],
            Dialect(encoding="UTF-16LE"),
        )
    )
    lines = found.split(b"\n")
    assert (lines[0], lines[1][:2], lines[2][:3]) == (b"1,a", b"2,", b"3,c")
    assert not any(_is_utf8(line) for line in lines[1:])


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
