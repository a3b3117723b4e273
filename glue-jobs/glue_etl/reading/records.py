"""Cuts bytes into records, the same ones however a file is split.

A record ends at LF, CRLF or a lone CR outside quotes; a file may mix them. A range owns the records that start in it.
The first record of a range is known once the `Transfer`s of all ranges before it are composed:

    transfers = [scan(range, before, framing) for each range]     # in parallel
    states = states_at(transfers)                                 # on the driver
    records = cut(range and what follows, before, framing, *states[n], limit=size of the range)   # in parallel
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import FileError
from .dialect import Framing
from .quotes import LOOK_BEHIND, Quoted, QuoteScanner, State

# A longer record is most likely a quote that is never closed; it is not worth the memory of a task.
MAX_RECORD_BYTES = 64 * 2**20
BOM = b"\xef\xbb\xbf"
_READ_AHEAD = 64 * 1024
_LF, _CR = 10, 13
_BLANKS = (ord(" "), ord("\t"))


@dataclass(frozen=True)
class Transfer:
    """What a range of bytes does to the scan: the state behind it for each `State` before it, its size and line breaks.

    The line break of a CR at the end of a range counts there, an LF that follows it in the next range does not count.
    """

    states: tuple[State, State, State, State]
    size: int
    line_breaks: int

    def then(self, other: Transfer) -> Transfer:
        """The transfer of this range followed by another one. Associative."""
        states = tuple(other.states[state] for state in self.states)
        return Transfer(states, self.size + other.size, self.line_breaks + other.line_breaks)  # type: ignore[arg-type]


NOTHING = Transfer(tuple(State), 0, 0)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Records:
    """Records of a buffer. Arrays have one element per record: offsets in the buffer (int64), 1-based lines (int64).

    `ends` excludes the line break, `nexts` includes it. Blank lines are no records: `blank_bytes` counts theirs. `odd`
    marks records whose quoting is not plain RFC 4180, which readers take in different ways. `delimiters` counts those
    outside quotes in records that end in one, which readers may drop; it is -1 for others. `start` and `stop` delimit
    the bytes that the range owns: records and blank lines, `stop - start` bytes in all. `is_complete` is false if the
    last owned record goes on behind the buffer: extend it, and cut again.
    """

    starts: np.ndarray
    ends: np.ndarray
    nexts: np.ndarray
    lines: np.ndarray
    odd: np.ndarray
    delimiters: np.ndarray
    start: int
    stop: int
    blank_bytes: int
    is_complete: bool

    def __len__(self) -> int:
        return len(self.starts)


def scan(data: bytes, before: bytes, framing: Framing) -> Transfer:
    """What the range `data` does to the state; `before` are the LOOK_BEHIND bytes before it, or all there are."""
    line_breaks = len(_Breaks(data, before, framing).firsts())
    if not framing.multiline:
        return Transfer(NOTHING.states, len(data), line_breaks)
    scanner = QuoteScanner(data, before, framing)
    states = tuple(scanner.follow(state).end for state in State)
    return Transfer(states, len(data), line_breaks)  # type: ignore[arg-type]


def states_at(transfers: Sequence[Transfer]) -> list[tuple[State, int]]:
    """(state, 1-based line) at the start of each range; the ranges are a file from its first byte on."""
    found, so_far = [], NOTHING
    for transfer in transfers:
        found.append((so_far.states[State.OUTSIDE], so_far.line_breaks + 1))
        so_far = so_far.then(transfer)
    return found


def cut(
    data: bytes,
    before: bytes,
    framing: Framing,
    state: State = State.OUTSIDE,
    line: int = 1,
    limit: int | None = None,
    is_last: bool = True,
) -> Records:
    """The records that start in the first `limit` bytes of the buffer; None: in all of it.

    `state` and `line` are those at the first byte. Where `is_last` is true, the buffer ends with the file, and so
    does a record without a line break.
    """
    size, breaks = len(data), _Breaks(data, before, framing)
    ends, nexts = breaks.ends()
    if framing.multiline:
        quoted = QuoteScanner(data, before, framing).follow(state)
        is_end = ~quoted.hides(ends) if len(quoted.opens) else slice(None)
        ends, nexts = ends[is_end], nexts[is_end]
    first = _first_start(data, before, framing, state, nexts)
    if not framing.multiline:
        quoted = _quoted_from(data, first, framing)
    starts = np.concatenate(([first], nexts[nexts > first]))
    ends, nexts = ends[nexts > first], nexts[nexts > first]
    # A CR at the end of the buffer may be the first half of a CRLF.
    if not is_last and framing.lone_cr and len(ends) and nexts[-1] == size and data[-1] == _CR:
        ends, nexts = ends[:-1], nexts[:-1]
    elif is_last and starts[-1] < size:
        ends, nexts = np.append(ends, size), np.append(nexts, size)
    owned = int(np.searchsorted(starts, size if limit is None else limit))
    closed = min(owned, len(ends))
    stop = int(nexts[closed - 1]) if closed else min(first, size)
    starts, ends, nexts = starts[:closed], ends[:closed], nexts[:closed]
    lines = line + np.searchsorted(breaks.firsts(), starts)
    odd = _odd(data, framing, quoted, starts, ends, is_last)
    delimiters = _delimiters(data, framing, quoted, starts, ends)
    is_record = ends > starts
    blank = int((nexts - starts)[~is_record].sum())
    taken = (part[is_record] for part in (starts, ends, nexts, lines, odd, delimiters))
    return Records(*taken, min(first, size), stop, blank, is_complete=owned <= closed)


def cut_range(
    read: Callable[[int, int], bytes], start: int, stop: int, size: int, framing: Framing, state: State, line: int
) -> tuple[bytes, Records]:
    """The records that start in [start, stop) of a file of `size` bytes, and the buffer that starts at `start`.

    `read(offset, size)` answers so many bytes of the file, or those up to its end. Raises FileError if a record has
    more than MAX_RECORD_BYTES.
    """
    before = read(max(0, start - LOOK_BEHIND), min(start, LOOK_BEHIND)) if start else b""
    # With the bytes behind it, the last record mostly is complete at once.
    data, more = read(start, stop - start + _READ_AHEAD), _READ_AHEAD
    while True:
        is_last = start + len(data) >= size
        records = cut(data, before, framing, state, line, stop - start, is_last)
        if records.is_complete or is_last:
            return data, records
        _refuse_endless(data, records, line)
        data += read(start + len(data), more)
        more = min(more * 4, MAX_RECORD_BYTES)


def cut_stream(
    pieces: Iterator[bytes], framing: Framing, size: int, line: int = 1
) -> Iterator[tuple[bytes, int, Records]]:
    """(buffer, offset of its first byte in the stream, records) for about `size` bytes at a time, in order.

    Each buffer starts with a record and holds whole ones. Raises FileError as `cut_range` does.
    """
    data, before, offset, is_last, wanted = b"", b"", 0, False, size
    while not is_last:
        parts, length = [data], len(data)
        while length < wanted and not is_last:
            piece = next(pieces, None)
            is_last = piece is None
            if piece is not None:
                parts.append(piece)
                length += len(piece)
        data = b"".join(parts)
        records = cut(data, before, framing, State.OUTSIDE, line, None, is_last)
        if records.stop == 0 and not is_last:
            _refuse_endless(data, records, line)
            wanted = 2 * len(data)
            continue
        if len(data):
            yield data, offset, records
        line += len(_Breaks(data[: records.stop], before, framing).firsts())
        before = (before + data[: records.stop])[-LOOK_BEHIND:]
        data, offset, wanted = data[records.stop :], offset + records.stop, size


def _refuse_endless(data: bytes, records: Records, line: int) -> None:
    if len(data) - records.stop > MAX_RECORD_BYTES:
        line += data.count(b"\n", 0, records.stop)
        raise FileError(
            f"has a record of more than {MAX_RECORD_BYTES // 2**20} MiB from line {line} on; is a quote never closed?"
        )


def _places(data: bytes, byte: int | None) -> np.ndarray:
    if byte is None or data.find(byte) < 0:
        return np.empty(0, np.int64)
    return np.flatnonzero(np.frombuffer(data, np.uint8) == byte)


def _byte_at(view: np.ndarray, offsets: np.ndarray, behind: int = _LF) -> np.ndarray:
    """The bytes at ascending offsets; `behind` where they are behind the end."""
    found = view[np.minimum(offsets, len(view) - 1)] if len(view) else np.zeros(len(offsets), np.uint8)
    found[np.searchsorted(offsets, len(view)) :] = behind
    return found


class _Breaks:
    """The line breaks of a buffer, within quotes or not."""

    def __init__(self, data: bytes, before: bytes, framing: Framing):
        self._feeds = _places(data, _LF)
        self._returns = _places(data, _CR) if framing.lone_cr else np.empty(0, np.int64)
        self._lone_cr = framing.lone_cr
        view = np.frombuffer(data, np.uint8)
        self._is_pair = _byte_at(view, self._returns + 1, behind=0) == _LF
        self._follows = np.zeros(len(self._feeds), bool)
        if len(self._feeds):
            self._follows = view[self._feeds - 1] == _CR
            if self._feeds[0] == 0:
                self._follows[0] = before.endswith(b"\r")

    def firsts(self) -> np.ndarray:
        """Offset of the first byte of each line break; an LF behind the CR of `before` is none."""
        if not self._lone_cr:
            return self._feeds
        alone = self._feeds[~self._follows]
        return np.sort(np.concatenate((alone, self._returns))) if len(self._returns) else alone

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the content before each line break ends, and where the next line starts."""
        if not self._lone_cr:
            return self._feeds - (self._follows & (self._feeds > 0)), self._feeds + 1
        firsts, alone = self.firsts(), self._feeds[~self._follows]
        if not len(self._returns):
            return firsts, firsts + 1
        nexts = np.sort(np.concatenate((alone + 1, self._returns + 1 + self._is_pair)))
        return firsts, nexts


def _first_start(data: bytes, before: bytes, framing: Framing, state: State, nexts: np.ndarray) -> int:
    """Where the first record of the buffer starts; behind it if none does."""
    if state == State.OUTSIDE and before.endswith(b"\r") and framing.lone_cr:
        return 1 if data[:1] == b"\n" else 0
    if state == State.OUTSIDE and (before == b"" or before.endswith(b"\n")):
        return 0
    return int(nexts[0]) if len(nexts) else len(data) + 1


def _quoted_from(data: bytes, first: int, framing: Framing) -> Quoted:
    """The quoted parts behind the first record's start."""
    quoted = QuoteScanner(data[first:], b"", framing).follow(State.OUTSIDE)
    return Quoted(quoted.opens + first, quoted.closes + first, quoted.strays + first, quoted.end)


def _odd(
    data: bytes, framing: Framing, quoted: Quoted, starts: np.ndarray, ends: np.ndarray, is_last: bool
) -> np.ndarray:
    """Records in which a quote is followed by text, never closed, behind blanks, or escapes what needs no escape."""
    odd = np.zeros(len(starts), bool)
    if not len(starts) or framing.quote is None:
        return odd
    view = np.frombuffer(data, np.uint8)
    closes, strays = quoted.closes, quoted.strays
    behind = _byte_at(view, closes + 1)
    is_delimiter = behind == framing.delimiter[0]
    for distance, byte in enumerate(framing.delimiter[1:], 2):
        is_delimiter &= _byte_at(view, closes + distance) == byte
    goes_on = (behind == framing.quote) if framing.is_doubled else False
    is_plain = is_delimiter | goes_on | (behind == _LF) | (behind == _CR)
    places = [closes[~is_plain], strays[np.isin(view[strays - 1], _BLANKS)]]
    if is_last and quoted.end in (State.INSIDE, State.ESCAPED):
        places.append(quoted.opens[-1:])
    if not framing.is_doubled:
        escapes = _places(data, framing.escape)
        places.append(escapes[~np.isin(_byte_at(view, escapes + 1), (framing.quote, framing.escape))])
    for found in places:
        index = np.searchsorted(starts, found[found <= ends[-1]], "right") - 1
        odd[index[index >= 0]] = True
    if not framing.multiline and len(quoted.opens):
        # Readers that let quotes hide line breaks lose their step here.
        odd |= np.logical_or.accumulate(quoted.hides(ends))
    return odd


def _delimiters(data: bytes, framing: Framing, quoted: Quoted, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How many delimiters outside quotes each record has that ends in one; -1 for the others."""
    found = np.full(len(starts), -1, np.int64)
    if framing.quote is None or not len(starts) or not len(data):
        return found
    view = np.frombuffer(data, np.uint8)
    last = framing.delimiter[-1]
    is_counted = (ends > starts) & (view[ends - 1] == last)
    if not is_counted.any():
        return found
    places = np.flatnonzero(view == last)
    for distance, byte in enumerate(reversed(framing.delimiter[:-1]), 1):
        places = places[view[places - distance] == byte]
    # Fewer quoted parts than delimiters are looked up.
    hidden = np.searchsorted(places, quoted.closes) - np.searchsorted(places, quoted.opens)
    before = np.concatenate(([0], np.cumsum(hidden)))
    within = before[np.searchsorted(quoted.opens, ends)] - before[np.searchsorted(quoted.opens, starts)]
    counts = np.searchsorted(places, ends) - np.searchsorted(places, starts) - within
    return np.where(is_counted, counts, found)
