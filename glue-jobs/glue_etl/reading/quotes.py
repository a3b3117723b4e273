"""Where quotes open and close, found for a whole buffer at once.

A quote opens a quoted field only at the start of a field: behind a delimiter, a line break or the start of the file.
Elsewhere in a field that is not quoted it is an ordinary character (`5" pipe`). So a record with a stray quote costs
itself alone, and not, as with the bare parity of quotes, every record up to the next stray quote. In a well-formed file
both say the same (RFC 4180, section 2).

The automaton has four states; a range of bytes maps each to one. Such maps compose, so a file can be scanned in pieces.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from .dialect import Framing

# What a reader must know of the bytes before a range: the longest delimiter, 4 bytes of UTF-8.
LOOK_BEHIND = 4
_LF, _CR = 10, 13


class State(IntEnum):
    """What the bytes before a position leave open.

    CLOSING: the last byte was a quote within quotes, which closes them unless another quote follows. ESCAPED: the last
    byte was an escape character within quotes.
    """

    OUTSIDE = 0
    INSIDE = 1
    CLOSING = 2
    ESCAPED = 3


@dataclass(frozen=True)
class Quoted:
    """The quoted parts of a buffer. `opens` and `closes` are ascending offsets of quotes, int64, of the same length.

    A part that was open before the buffer opens at -1, one that is open at its end closes at the buffer's size.
    `strays` are offsets of quotes that neither open nor close, `end` is the state behind the last byte.
    """

    opens: np.ndarray
    closes: np.ndarray
    strays: np.ndarray
    end: State

    def hides(self, offsets: np.ndarray) -> np.ndarray:
        """Whether each offset, none that of a quote, lies within quotes; bool."""
        return np.searchsorted(self.opens, offsets) > np.searchsorted(self.closes, offsets)


class QuoteScanner:
    """Finds the quotes of a buffer once, and follows them from any state. `before` is what precedes it."""

    def __init__(self, data: bytes, before: bytes, framing: Framing):
        self._framing, self._size = framing, len(data)
        view = np.frombuffer(data, np.uint8)
        has_quotes = framing.quote is not None and data.find(framing.quote) >= 0
        found = np.flatnonzero(view == framing.quote) if has_quotes else np.empty(0, np.int64)
        self._first_is_quote = has_quotes and data[0] == framing.quote
        self._runs = _EscapeRuns(view, framing) if framing.quote is not None and not framing.is_doubled else None
        self._found = found
        self._at_start = _at_field_start(view, before, framing, found)

    def follow(self, state: State) -> Quoted:
        """The quoted parts of the buffer if `state` is that of the bytes before it."""
        quotes, legal, end_is_escaped = self._found, self._at_start, False
        if self._runs is not None:
            is_free = ~self._runs.escapes(quotes, state == State.ESCAPED)
            quotes, legal = quotes[is_free], legal[is_free]
            end_is_escaped = bool(self._runs.escapes(np.array([self._size]), state == State.ESCAPED)[0])
        inside = state in (State.INSIDE, State.ESCAPED)
        forced = state == State.CLOSING and self._first_is_quote
        segments, strays, open_at_end = _segments(quotes, legal, inside, forced, self._framing.is_doubled)
        places = np.concatenate((quotes, [self._size])) if len(segments) else quotes
        opens, closes = (_taken(segments, places, which) for which in (0, 1))
        if open_at_end:
            end = State.ESCAPED if end_is_escaped else State.INSIDE
        else:
            is_last = self._framing.is_doubled and len(closes) > 0 and closes[-1] == self._size - 1
            # An empty buffer leaves open what was open before it.
            end = State.CLOSING if is_last else (state if self._size == 0 else State.OUTSIDE)
        return Quoted(opens, closes, _spans(strays, quotes), end)


def _at_field_start(view: np.ndarray, before: bytes, framing: Framing, quotes: np.ndarray) -> np.ndarray:
    """Whether each quote stands where a field starts."""
    joined = np.concatenate((np.frombuffer(before[-LOOK_BEHIND:], np.uint8), view[:LOOK_BEHIND]))
    ahead = len(joined) - len(view[:LOOK_BEHIND])

    def byte_before(distance: int) -> np.ndarray:
        at = quotes - distance
        values = view[np.maximum(at, 0)].copy()
        for index in np.flatnonzero(at < 0):
            place = ahead + at[index]
            values[index] = joined[place] if place >= 0 else _LF
        return values

    if not len(quotes):
        return np.empty(0, bool)
    last = byte_before(1)
    starts = (last == _LF) | (last == _CR)
    behind_delimiter = last == framing.delimiter[-1]
    for distance, byte in enumerate(reversed(framing.delimiter[:-1]), 2):
        behind_delimiter &= byte_before(distance) == byte
    return starts | behind_delimiter


def _segments(
    quotes: np.ndarray, legal: np.ndarray, inside: bool, forced: bool, doubled: bool
) -> tuple[list[tuple[int, int]], list[tuple[int, int]], bool]:
    """Runs of quotes that open and close in turn, as (index of the first that opens, index behind the last that
    closes).

    Index -1 stands for an opening quote before the buffer. Also answers the spans of strays, and whether the last run
    is open at the end.
    """
    count = len(quotes)
    goes_on = legal.copy()
    if doubled and count:
        goes_on[1:] |= np.diff(quotes) == 1
    starts = np.flatnonzero(legal)
    stops = [np.flatnonzero(~goes_on[parity::2]) * 2 + parity for parity in (0, 1)]
    segments: list[tuple[int, int]] = []
    strays: list[tuple[int, int]] = []
    at = -1 if inside else 0
    may_start = inside or forced
    while at < count:
        if not may_start:
            place = int(np.searchsorted(starts, at))
            start = int(starts[place]) if place < len(starts) else count
            if start > at:
                strays.append((at, start))
            at = start
            if at >= count:
                break
        breaks = stops[at % 2]
        place = bisect_left(breaks, at + 2)
        stop = int(breaks[place]) if place < len(breaks) else count + (count - at) % 2
        segments.append((at, stop))
        at, may_start = stop, False
    return segments, strays, bool(segments) and segments[-1][1] > count


def _taken(segments: list[tuple[int, int]], places: np.ndarray, which: int) -> np.ndarray:
    """Offsets of every other quote of the runs, the first (0) or the second (1) of each pair."""
    parts = [np.arange(start + which, stop, 2) for start, stop in segments]
    indexes = np.concatenate(parts) if parts else np.empty(0, np.int64)
    if len(indexes) and indexes[0] < 0:
        return np.concatenate(([-1], places[indexes[1:]]))
    return places[indexes]


def _spans(spans: list[tuple[int, int]], quotes: np.ndarray) -> np.ndarray:
    parts = [quotes[start:stop] for start, stop in spans]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


class _EscapeRuns:
    """Runs of an escape character other than the quote: a character behind an odd number of them is escaped."""

    def __init__(self, view: np.ndarray, framing: Framing):
        self._places = np.flatnonzero(view == framing.escape)
        is_first = np.ones(len(self._places), bool)
        is_first[1:] = np.diff(self._places) != 1
        self._run_start = np.maximum.accumulate(np.where(is_first, np.arange(len(self._places)), 0))

    def escapes(self, offsets: np.ndarray, first_is_escaped: bool) -> np.ndarray:
        """Whether the character at each offset is escaped; `first_is_escaped` tells it of the buffer's first one."""
        place = np.searchsorted(self._places, offsets) - 1
        length = np.zeros(len(offsets), np.int64)
        behind = place >= 0
        behind[behind] = self._places[place[behind]] == offsets[behind] - 1
        index = place[behind]
        start = self._run_start[index]
        length[behind] = index - start + 1
        if first_is_escaped:
            length[behind] -= self._places[start] == 0
            length[offsets == 0] = 1
        return length % 2 == 1
