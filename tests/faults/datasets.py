"""The data sets of the cases: one that is merged by key and one that is appended, each delivered in two batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DataSet:
    """Its definition as synth writes it, and what is delivered before each ingest: {object name: text}.

    `curated` is what must come of it: the rows in the end, with the contract's columns, as JSON has them.
    """

    name: str
    definition: dict[str, Any]
    deliveries: tuple[dict[str, str], ...]
    curated: tuple[tuple, ...]


def _column(name: str, kind: str, **checks: Any) -> dict[str, Any]:
    unchecked = dict.fromkeys(("format", "pattern", "minLength", "maxLength", "minimum", "maximum"))
    return {"name": name, "type": kind, "description": name, "required": False, **unchecked, **checks}


def _data_set(
    name: str, columns: list[dict[str, Any]], *deliveries: dict[str, str], curated: tuple[tuple, ...], **changes: Any
) -> DataSet:
    csv = {"header": True, "delimiter": ",", "quote": '"', "escape": '"', "encoding": "UTF-8", "nullValue": "NA"}
    definition = {
        "name": name,
        "description": f"The {name} of the fault cases",
        "source": {
            "type": "s3",
            "bucket": "source",
            "prefix": f"{name}/",
            "pattern": "*.csv",
            "format": "csv",
            "csv": {**csv, "multiline": True},
        },
        "columns": columns,
        "primaryKey": [],
        "partitionBy": [],
        "writeMode": "append",
        "orderBy": None,
        "onNewColumn": "evolve",
        "onMissingColumn": "fail",
        "onChangedColumn": "ignore",
        "deleteMarker": None,
        "rules": [],
        **changes,
    }
    return DataSet(name, definition, deliveries, curated)


# Duplicates within a file and across files, rows that break a rule, are ragged or cannot be cast; then an update, a
# row that comes too late to count, a deletion, a new column, and a file that is delivered again with other rows.
ORDERS = _data_set(
    "orders",
    [
        _column("id", "int", required=True),
        _column("status", "string", pattern="open|sent|gone"),
        _column("amount", "decimal(9,2)"),
        _column("version", "int"),
    ],
    {
        "1.csv": "id,status,amount,version\n1,open,10.00,1\n2,open,20.00,1\n2,sent,20.00,2\n3,open,x,1\n4,open\n",
        "2.csv": "id,status,amount,version\n4,open,40.00,1\n5,lost,50.00,1\n6,open,60.00,5\n1,open,10.00,1\n",
    },
    {
        "1.csv": "id,status,amount,version\n1,sent,11.00,2\n7,open,70.00,1\nNA,open,1.00,1\n",
        "3.csv": "id,status,amount,version,note\n4,gone,40.00,2,cancelled\n6,sent,61.00,4,late\n"
        "8,open,80.00,1,\n8,sent,80.00,2,\n",
    },
    curated=(
        (1, "sent", 11.00, 2),
        (2, "sent", 20.00, 2),
        (6, "open", 60.00, 5),
        (7, "open", 70.00, 1),
        (8, "sent", 80.00, 2),
    ),
    primaryKey=["id"],
    orderBy="version",
    writeMode="merge",
    deleteMarker={"column": "status", "value": "gone"},
    rules=[{"dqdl": "RowCount > 0", "severity": "error"}],
)

# Rows without a key: the same text twice is two rows, so that nothing but the ledger and the catalog tell a repetition.
EVENTS = _data_set(
    "events",
    [_column("at", "timestamp"), _column("what", "string", required=True)],
    {"1.csv": "at,what\n2020-01-01T00:00:00Z,start\n2020-01-01T00:00:00Z,start\n2020-01-02T00:00:00Z,NA\n"},
    {"2.csv": "at,what\n2020-01-01T00:00:00Z,start\n2020-01-03T00:00:00Z,stop\n"},
    curated=(
        ("2020-01-01T00:00:00.000Z", "start"),
        ("2020-01-01T00:00:00.000Z", "start"),
        ("2020-01-01T00:00:00.000Z", "start"),
        ("2020-01-03T00:00:00.000Z", "stop"),
    ),
    partitionBy=["what"],
)
