"""What tasks do with files of text: each turns the records of some bytes of a file into rows in Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from .definition import Column
from .errors import AccountingError, FileError
from .objects import Objects
from .reading import fields
from .reading.dialect import JSON_LINES, Dialect, Framing
from .reading.fields import Header
from .reading.json_lines import keys_of, write_lines
from .reading.native import Constant, Rejected, write_range
from .reading.quotes import LOOK_BEHIND, State
from .reading.records import BOM, Records, Transfer, cut_range, cut_stream, scan
from .reading.rows import ReadColumn
from .reading.streams import GZIP, gunzipped, transcoded
from .reading.texts import Texts

# So much of a file, as text, is in the memory of a task.
RANGE_BYTES = 64 * 2**20


@dataclass(frozen=True)
class TextFile:
    """A file of text: its URI, its bytes as it is stored, and what stands before its rows."""

    uri: str
    size: int
    header: Header
    names: tuple[str, ...]
    is_gzip: bool


@dataclass(frozen=True)
class Plan:
    """What is the same for all files of a batch. Staged files go to the folder `target`, a URI.

    `dialect` is None for files with an object of JSON on each line.
    """

    dialect: Dialect | None
    columns: tuple[Column, ...]
    texts: Texts
    file_column: str
    target: str

    @property
    def framing(self) -> Framing:
        """What cuts the files into records."""
        return self.dialect.framing if self.dialect else JSON_LINES

    @property
    def codec(self) -> str:
        """Python's name of the encoding of records."""
        return self.dialect.codec if self.dialect else "utf-8"

    def is_stream(self, file: TextFile) -> bool:
        """Whether the file can only be read from its beginning."""
        return file.is_gzip or (self.dialect is not None and self.dialect.is_transcoded)

    def columns_of(self, file: TextFile) -> list[ReadColumn]:
        """The columns with their positions in the file."""
        positions = {name: position for position, name in enumerate(file.names)}
        return [ReadColumn(column, positions.get(column.source_name), self.texts) for column in self.columns]


@dataclass(frozen=True)
class Piece:
    """Bytes of a file that one task reads: the records that start in [start, stop). `number` is its own in the batch.

    `state` and `line` are those at `start`.
    """

    number: int
    file: TextFile
    start: int
    stop: int
    state: State = State.OUTSIDE
    line: int = 1


@dataclass
class Staged:
    """What came of a piece: URIs of files with good and with rejected rows, and how many there are.

    [start, stop) are the bytes that its records, and blank lines, took; of a stream, those after gzip is undone.
    `problem` says why the file cannot be read.
    """

    number: int
    uri: str
    start: int
    stop: int
    good: int = 0
    rejected: int = 0
    good_files: list[str] = field(default_factory=list)
    rejected_files: list[str] = field(default_factory=list)
    problem: str | None = None


@dataclass(frozen=True)
class Keys:
    """The keys of the objects of a file of JSON, how many lines it has, and why it cannot be read, or None."""

    names: frozenset[str] = frozenset()
    lines: int = 0
    problem: str | None = None

    def also(self, other: Keys) -> Keys:
        """Those of both parts of the file."""
        return Keys(self.names | other.names, self.lines + other.lines, self.problem or other.problem)


class Worker:
    """Reads pieces, with one client for all of them."""

    def __init__(self, plan: Plan):
        self._plan = plan

    @cached_property
    def _objects(self) -> Objects:
        return Objects()

    def scan(self, piece: Piece) -> Transfer:
        """What the bytes of the piece do to the state of the scan."""
        before = self._objects.read(piece.file.uri, *_before(piece.start))
        data = self._objects.read(piece.file.uri, piece.start, piece.stop - piece.start)
        return scan(data, before, self._plan.framing)

    def write(self, piece: Piece) -> Staged:
        """Stages the rows of the piece."""
        staged = Staged(piece.number, piece.file.uri, piece.start, piece.start)
        try:
            for data, offset, records in self._buffers(piece, staged):
                self._stage(piece, staged, data, offset, records)
        except FileError as error:
            staged.problem = str(error)
        return staged

    def keys(self, piece: Piece) -> tuple[str, Keys]:
        """The file of a piece of JSON, and what its lines have."""
        found = Keys()
        try:
            for data, _, records in self._buffers(piece, Staged(piece.number, piece.file.uri, 0, 0)):
                found = found.also(Keys(keys_of(data, records), len(records)))
        except FileError as error:
            found = found.also(Keys(problem=str(error)))
        return piece.file.uri, found

    def _buffers(self, piece: Piece, staged: Staged) -> Iterator[tuple[bytes, int, Records]]:
        """(buffer, offset of its first byte in the file, its records)."""
        file, framing = piece.file, self._plan.framing
        if self._plan.is_stream(file):
            stream = _Stream(self._objects, file, self._plan.dialect)
            for data, offset, records in cut_stream(stream.rows(), framing, RANGE_BYTES, piece.line):
                staged.stop = piece.start + offset + records.stop
                yield data, piece.start + offset, records
            stream.check(staged.stop)
            return

        def read(offset: int, size: int) -> bytes:
            # S3 refuses a range that begins at the object's end.
            return self._objects.read(file.uri, offset, size) if offset < file.size else b""

        data, records = cut_range(read, piece.start, piece.stop, file.size, framing, piece.state, piece.line)
        staged.start, staged.stop = piece.start + records.start, piece.start + records.stop
        yield data, piece.start, records

    def _stage(self, piece: Piece, staged: Staged, data: bytes, offset: int, records: Records) -> None:
        if not len(records):
            return
        plan, name = self._plan, f"{plan_name(piece.number)}-{len(staged.good_files) + len(staged.rejected_files)}"
        constants = [Constant(plan.file_column, "string", piece.file.uri)]
        with TemporaryDirectory(prefix="rows-") as folder:
            target = Path(folder, "rows.parquet")
            columns, blank = plan.columns_of(piece.file), 0
            if plan.dialect:
                written = write_range(data, records, plan.dialect, len(piece.file.names), columns, constants, target)
            else:
                lines = write_lines(data, records, columns, constants, target)
                written, blank = lines.written, lines.blank
            if written.good:
                staged.good += written.good
                staged.good_files.append(f"{plan.target}/{name}.parquet")
                self._objects.put(target, staged.good_files[-1])
            if written.rejected:
                rejected = Path(folder, "rejected.json")
                rejected.write_text("".join(self._note(piece.file, each, offset) for each in written.rejected))
                staged.rejected += len(written.rejected)
                staged.rejected_files.append(f"{plan.target}/{name}.json")
                self._objects.put(rejected, staged.rejected_files[-1])
        if written.good + len(written.rejected) + blank != len(records):
            raise AccountingError(
                f"{piece.file.uri}: {len(records)} records, but {written.good} good and {written.rejected} bad"
            )

    def _note(self, file: TextFile, record: Rejected, offset: int) -> str:
        """A rejected record as a line of JSON."""
        raw = record.raw.decode(self._plan.codec, "backslashreplace")
        place = {"line": record.line, "byte": offset + record.offset}
        return json.dumps({"file": file.uri, "reasons": record.reasons, "raw": raw, **place}) + "\n"


class _Stream:
    """A file that is read from its beginning, and counted."""

    def __init__(self, objects: Objects, file: TextFile, dialect: Dialect | None):
        self._objects, self._file, self._dialect = objects, file, dialect
        self._stored = self._decoded = 0

    def rows(self) -> Iterator[bytes]:
        """The text behind the header."""
        skipped = self._file.header.size
        for piece in text_of(self._counted(), self._file.is_gzip, self._dialect):
            self._decoded += len(piece)
            yield piece[skipped:]
            skipped = max(0, skipped - len(piece))

    def check(self, stop: int) -> None:
        """Raises AccountingError unless the stored bytes are all read, and `stop` is the end of the text."""
        if (self._stored, stop) != (self._file.size, self._decoded):
            raise AccountingError(
                f"{self._file.uri}: read {self._stored} of {self._file.size} bytes, and accounts for {stop} of "
                f"{self._decoded} bytes of text; nothing was committed, run the job again"
            )

    def _counted(self) -> Iterator[bytes]:
        for piece in self._objects.pieces(self._file.uri):
            self._stored += len(piece)
            yield piece


def look(uri: str, size: int, start: bytes, dialect: Dialect, contract: tuple[str, ...]) -> TextFile | None:
    """A CSV file, by its first HEADER_BYTES; None if it has no record at all. Raises FileError.

    Without a header its columns are those of the contract.
    """
    is_gzip, is_whole = _is_gzip(uri, start), len(start) >= size
    if is_gzip or dialect.is_transcoded:
        start, is_whole = _text_start(start, is_gzip, dialect, is_whole)
    header = fields.header(start[: fields.HEADER_BYTES], dialect, is_whole and len(start) <= fields.HEADER_BYTES)
    names = contract if not dialect.header else header.names
    return None if names is None else TextFile(uri, size, header, names, is_gzip)


def look_at_json(uri: str, size: int, start: bytes, contract: tuple[str, ...]) -> TextFile:
    """A file with an object of JSON on each line. Raises FileError."""
    is_gzip = _is_gzip(uri, start)
    text = next(gunzipped(iter([start])), b"") if is_gzip else start
    mark = len(BOM) if text.startswith(BOM) else 0
    return TextFile(uri, size, Header(None, mark, 0, mark), contract, is_gzip)


def text_of(pieces: Iterator[bytes], is_gzip: bool, dialect: Dialect | None) -> Iterator[bytes]:
    """The text of a file, in an encoding that can be cut as bytes."""
    content = gunzipped(pieces) if is_gzip else pieces
    return transcoded(content, dialect) if dialect else content


def _is_gzip(uri: str, start: bytes) -> bool:
    is_gzip = start[: len(GZIP)] == GZIP
    if uri.endswith(".gz") and not is_gzip:
        raise FileError("is not gzip, and its name ends in .gz")
    return is_gzip


def _text_start(start: bytes, is_gzip: bool, dialect: Dialect, is_whole: bool) -> tuple[bytes, bool]:
    """The first bytes of the text, at least HEADER_BYTES unless there are fewer, and whether they are all."""
    found, text = b"", text_of(iter([start]), is_gzip, dialect)
    try:
        for piece in text:
            found += piece
            if len(found) > fields.HEADER_BYTES:
                return found, False
    except FileError:
        if is_whole:
            raise
    return found, is_whole


def _before(start: int) -> tuple[int, int]:
    """Offset and size of what the scan has to know of the bytes before."""
    return max(0, start - LOOK_BEHIND), min(start, LOOK_BEHIND)


def plan_name(number: int) -> str:
    """Name of a piece's files, by which they sort in the order of the batch."""
    return f"{number:07}"
