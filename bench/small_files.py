"""Files of a table after many small batches, before and after its own compaction: `python -m bench.small_files`.

Glue's table optimizer runs in AWS alone; Iceberg's own procedures stand in for it here.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from pyspark.sql import SparkSession
from tests.glue import support
from tests.glue.batches import Batches

from glue_etl.definition import Column

from . import engine
from .figures import text_table

_COLUMNS = (Column("id", "bigint"), Column("name", "string"), Column("amount", "decimal(12,2)"))
_ROWS = 10_000
# A merge brings as many new rows as it changes.
_STEP = {"append": _ROWS, "merge": _ROWS // 2}


def main() -> None:
    """Publishes the batches, in each way that adds to a table, and shows its files."""
    parser = argparse.ArgumentParser(prog="python -m bench.small_files", description=__doc__)
    parser.add_argument("--batches", type=int, default=100)
    batches = parser.parse_args().batches
    support.account()
    with tempfile.TemporaryDirectory() as scratch:
        session = engine.start(Path(scratch))
        rows = [("table", "data files", "delete files", "MB", "seconds to read it")]
        for mode in _STEP:
            name = _publish(mode, batches)
            rows.append((f"{batches} batches, {mode}", *_files(session, name)))
            _compact(session, name, is_sorted=mode == "merge")
            rows.append(("after compaction", *_files(session, name)))
        print(text_table(rows))


def _publish(mode: str, batches: int) -> str:
    """Publishes batches of 10,000 rows; answers the name of the table."""
    key = ("id",) if mode == "merge" else ()
    made = Batches(support.dataset(_COLUMNS, name=f"small_{mode}", write_mode=mode, primary_key=key))
    for number in range(batches):
        ids = f"range({number * _STEP[mode]}, {number * _STEP[mode] + _ROWS})"
        made.add(f"b{number}", f"SELECT id, md5(string(id)) AS name, CAST(id AS decimal(12,2)) AS amount FROM {ids}")
        made.curate(f"b{number}")
    return f"glue_catalog.curated.{made.of.name}"


def _files(session: SparkSession, name: str) -> tuple[str, ...]:
    """Data files, delete files, megabytes, seconds of a query that reads all rows."""
    data, deletes, size = session.sql(
        f"SELECT count_if(content = 0), count_if(content > 0), sum(file_size_in_bytes) FROM {name}.files"
    ).first()
    started = time.perf_counter()
    session.sql(f"SELECT count(DISTINCT name), sum(amount) FROM {name}").collect()
    return str(data), str(deletes), f"{size / 10**6:.1f}", f"{time.perf_counter() - started:.1f}"


def _compact(session: SparkSession, name: str, is_sorted: bool) -> None:
    strategy = "sort" if is_sorted else "binpack"
    session.sql(
        f"CALL glue_catalog.system.rewrite_data_files(table => '{name}', strategy => '{strategy}', "
        "options => map('min-input-files', '5', 'delete-file-threshold', '1'))"
    )
    # Deletes in files that are no more.
    session.sql(f"CALL glue_catalog.system.rewrite_position_delete_files(table => '{name}')")


if __name__ == "__main__":
    main()
