"""Files of text on the driver: plans who reads which bytes, and checks that every byte was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar

from pyspark.sql import DataFrame, SparkSession

from .errors import AccountingError
from .lake import quoted
from .reading.records import states_at
from .text_tasks import RANGE_BYTES, Keys, Piece, Plan, Staged, TextFile, Worker

T = TypeVar("T")
# Tasks for each core, so that a slow one does not keep the others waiting.
_TASKS_PER_CORE = 4
_REJECTED = "file string, reasons array<string>, raw string, line bigint, byte bigint"


@dataclass(frozen=True)
class StagedRows:
    """The rows of a batch's files, in files that no table knows yet; `problems` are those of unreadable files."""

    spark: SparkSession
    plan: Plan
    staged: Sequence[Staged]
    problems: dict[str, str]

    @property
    def records(self) -> int:
        """How many records the readable files have."""
        return sum(each.good + each.rejected for each in self._readable)

    @property
    def files(self) -> list[str]:
        """URIs of all files that were staged."""
        return [file for each in self.staged for file in (*each.good_files, *each.rejected_files)]

    @property
    def text_bytes(self) -> int:
        """Bytes of text that the records took."""
        return sum(each.stop - each.start for each in self._readable)

    def good(self) -> DataFrame | None:
        """The good rows: the plan's columns, and `plan.file_column`. None if there are none."""
        files = [file for each in self._readable for file in each.good_files]
        columns = {**{column.name: column.type for column in self.plan.columns}, self.plan.file_column: "string"}
        schema = ", ".join(f"{quoted(name)} {type}" for name, type in columns.items())
        return self.spark.read.schema(schema).parquet(*files) if files else None

    def bad(self) -> DataFrame | None:
        """The rejected rows: file, reasons, raw, line, byte. None if there are none."""
        files = [file for each in self._readable for file in each.rejected_files]
        return self.spark.read.schema(_REJECTED).json(files) if files else None

    @cached_property
    def _readable(self) -> list[Staged]:
        return [each for each in self.staged if each.uri not in self.problems]


def stage(spark: SparkSession, plan: Plan, files: Sequence[TextFile]) -> StagedRows:
    """Reads the files in tasks. Raises AccountingError if a byte was read twice or not at all."""
    pieces = pieces_of(spark, plan, files)
    staged = sorted(_on_tasks(spark, plan, Worker.write, pieces), key=lambda each: each.number)
    problems = {each.uri: each.problem for each in staged if each.problem is not None}
    by_file = defaultdict(list)
    for each in staged:
        by_file[each.uri].append(each)
    for file in files:
        if file.uri not in problems:
            _check(plan, file, by_file[file.uri])
    return StagedRows(spark, plan, staged, problems)


def keys(spark: SparkSession, plan: Plan, files: Sequence[TextFile]) -> dict[str, Keys]:
    """What the lines of each file of JSON have, by its URI."""
    found: dict[str, Keys] = {}
    for uri, part in _on_tasks(spark, plan, Worker.keys, pieces_of(spark, plan, files)):
        found[uri] = found.get(uri, Keys()).also(part)
    return found


def pieces_of(spark: SparkSession, plan: Plan, files: Sequence[TextFile]) -> list[Piece]:
    """Who reads what: a range for each task, or a file that can only be read from its beginning."""
    return _located(spark, plan, list(_pieces(plan, files)))


def _pieces(plan: Plan, files: Sequence[TextFile]) -> Iterator[Piece]:
    number = 0
    for file in files:
        first = file.header.size
        starts = [] if plan.is_stream(file) else range(first, file.size, RANGE_BYTES)
        for start in starts or [first]:
            yield Piece(number, file, start, min(start + RANGE_BYTES, file.size), line=file.header.lines + 1)
            number += 1


def _located(spark: SparkSession, plan: Plan, pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with state and line at their starts: of a file of several they follow from all that come before."""
    by_file = defaultdict(list)
    for piece in pieces:
        by_file[piece.file.uri].append(piece)
    several = [piece for group in by_file.values() if len(group) > 1 for piece in group]
    found = dict(_on_tasks(spark, plan, _scanned, several)) if several else {}
    located = []
    for group in by_file.values():
        if len(group) == 1:
            located += group
            continue
        states = states_at([found[piece.number] for piece in group])
        located += [
            replace(piece, state=state, line=piece.line + line - 1)
            for piece, (state, line) in zip(group, states, strict=True)
        ]
    return located


def _scanned(worker: Worker, piece: Piece) -> tuple[int, Any]:
    return piece.number, worker.scan(piece)


def _on_tasks(spark: SparkSession, plan: Plan, work: Callable[[Worker, Piece], T], pieces: Sequence[Piece]) -> list[T]:
    """What the work answers for each piece, in any order."""

    def do(share: Iterable[Piece]) -> Iterator[T]:
        worker = Worker(plan)
        return (work(worker, piece) for piece in share)

    context = spark.sparkContext
    wanted = max(context.defaultParallelism * _TASKS_PER_CORE, sum(p.stop - p.start for p in pieces) // RANGE_BYTES)
    tasks = max(1, min(len(pieces), wanted))
    # Large ones are dealt out first, one to each task in turn.
    by_size = sorted(pieces, key=lambda piece: piece.start - piece.stop)
    dealt = list(chain.from_iterable(by_size[task::tasks] for task in range(tasks)))
    return context.parallelize(dealt, tasks).mapPartitions(do).collect() if pieces else []


def _check(plan: Plan, file: TextFile, staged: Sequence[Staged]) -> None:
    """Every byte of the file is in its header, in a record or in a blank line, and in one of them."""
    at = file.header.size
    for each in staged:
        # Where one record goes on through a whole piece, that piece has none.
        if each.start != at and each.start < each.stop:
            raise AccountingError(_unaccounted(file, at, each.start))
        at = max(at, each.stop) if each.start == at else at
    # The task that read a stream has compared them.
    if not plan.is_stream(file) and at != file.size:
        raise AccountingError(_unaccounted(file, at, file.size))


def _unaccounted(file: TextFile, at: int, next: int) -> str:
    what = "were read by no task" if at < next else "were read twice"
    low, high = sorted((at, next))
    return f"{file.uri}: bytes {low} to {high} {what}; nothing was committed, run the job again"
