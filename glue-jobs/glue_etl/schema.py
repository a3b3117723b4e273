"""How the columns of a source and those of the contract go together: which files may come in, with which columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .definition import Column, DatabaseSource, DataSet
from .lake import BATCH_ID, INGESTED_AT, TableColumn, widest
from .processed import REJECTED, REJECTION
from .raw_files import FILE
from .reading.fields import fold
from .rows import RANK, SALT

# Those of the tables, those that a row has on its way there, and those that Iceberg gives to every table.
_RESERVED = (
    BATCH_ID,
    INGESTED_AT,
    REJECTED,
    REJECTION,
    FILE,
    SALT,
    RANK,
    "_file",
    "_pos",
    "_deleted",
    "_spec_id",
    "_partition",
)


@dataclass
class Schema:
    """Columns that a batch is to have, found file by file. `stopped` says why files break the contract's `fail`."""

    dataset: DataSet
    is_typed: bool
    stopped: list[str] = field(default_factory=list)
    _new: dict[str, str] = field(default_factory=dict)
    _changed: dict[str, str] = field(default_factory=dict)

    def admit(self, file: str, columns: Mapping[str, str]) -> str | None:
        """Takes the columns (Spark types by name) of a file in; answers why it must stay out, or None."""
        known = {column.source_name: column for column in self.dataset.columns}
        new = [name for name in columns if name not in known]
        missing = [name for name in known if name not in columns]
        if len(missing) == len(known):
            return "has none of the contract's columns"
        other = _other_case(new, known)
        if other:
            return other
        broken = self._broken_promise(columns, new, missing)
        if broken:
            self.stopped.append(f"{file} {broken}")
            return broken
        if self.dataset.on_new_column == "evolve":
            clash = _clash(new, [column.name for column in known.values()], self._new)
            if clash:
                return clash
            for name in new:
                self._new[name] = _common(self._new.get(name), columns[name])
        if self.dataset.on_changed_column == "evolve" and self.is_typed:
            for name, column in known.items():
                before = self._changed.get(column.name, column.type)
                self._changed[column.name] = widest(before, columns.get(name, before)) or before
        return None

    def columns(self, present: Sequence[TableColumn]) -> list[Column]:
        """The contract's columns and the new ones of the source; `present` are those of the table as it is.

        A type is the contract's, or a wider one that the source or the table has.
        """
        types = {column.name: column.type for column in present}
        contract = [
            replace(
                column,
                type=self._changed.get(column.name, column.type),
                required=column.required or column.name in self.dataset.primary_key,
            )
            for column in self.dataset.columns
        ]
        new = [
            Column(name, widest(type, types.get(name, type)) or types[name], "New in the source, not in the contract")
            for name, type in self._new.items()
        ]
        return [*contract, *new]

    def _broken_promise(self, columns: Mapping[str, str], new: Sequence[str], missing: Sequence[str]) -> str | None:
        dataset = self.dataset
        if new and dataset.on_new_column == "fail":
            return (
                f"has column {', '.join(new)}, unknown to the contract (onNewColumn: fail); add it to the contract, or "
                "set onNewColumn to evolve or ignore"
            )
        if missing and dataset.on_missing_column == "fail":
            return (
                f"lacks column {', '.join(missing)} of the contract (onMissingColumn: fail); have it delivered again, "
                "or set onMissingColumn to null"
            )
        if dataset.on_changed_column == "fail" and self.is_typed:
            for column in dataset.columns:
                given = columns.get(column.source_name, column.type)
                if given == "string" and isinstance(dataset.source, DatabaseSource):
                    continue  # what Spark has no type for comes from a database as text
                if widest(given, column.type) != column.type:
                    return (
                        f"has column {column.source_name} as {given}, not {column.type} (onChangedColumn: fail); "
                        "change the contract, or set onChangedColumn to evolve or ignore"
                    )
        return None


def _other_case(new: Sequence[str], known: Iterable[str]) -> str | None:
    """What is wrong with a column that is one of the contract's but for its case: it is neither new nor the one."""
    folded = {fold(name): name for name in known}
    for name in new:
        if fold(name) in folded:
            return f"has column {name}, which differs from {folded[fold(name)]} in case alone"
    return None


def _clash(new: Sequence[str], contract: Sequence[str], others: Iterable[str]) -> str | None:
    """What keeps new columns from becoming some of the table's: catalogs take no account of case."""
    reserved = [name for name in new if name.lower() in _RESERVED]
    if reserved:
        return f"has column {', '.join(reserved)}, a name that tables keep for themselves"
    for name in new:
        if name in contract:
            return f"has column {name}, a name that the contract gives to another one (physicalName)"
        same = [other for other in (*contract, *others, *new) if other.lower() == name.lower() and other != name]
        if same:
            return f"has column {name}, which differs from {same[0]} in case alone"
    return None


def _common(one: str | None, other: str) -> str:
    """A type for values of both."""
    return other if one is None else widest(one, other) or "string"
