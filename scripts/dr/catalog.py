"""Iceberg tables in the Glue Data Catalog: an entry that points to a metadata file."""

from __future__ import annotations

import json
from typing import Any

from .iceberg import Lake

_HIVE_TYPES = {"long": "bigint", "timestamptz": "timestamp", "uuid": "string"}


class Catalog:
    """The tables of one database."""

    def __init__(self, glue: Any, database: str):
        self._glue, self.database = glue, database

    def pointer(self, table: str) -> str | None:
        """URI of the table's metadata file; None if there is no such table."""
        found = self._entry(table)
        return found and found["Parameters"]["metadata_location"]

    def tables(self) -> dict[str, str]:
        """All tables, with the URIs of their metadata files."""
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=self.database)
        found = [table for page in pages for table in page["TableList"]]
        return {
            table["Name"]: table["Parameters"]["metadata_location"]
            for table in found
            if "metadata_location" in table.get("Parameters", {})
        }

    def point(self, table: str, uri: str, metadata: dict[str, Any]) -> None:
        """Has the entry point to another metadata file, whose content is `metadata`; makes the entry if there is none.

        As Iceberg's own commits do it does so only if nobody has changed the entry since it was looked at.
        """
        before = self._entry(table)
        parameters = {"table_type": "ICEBERG", "metadata_location": uri}
        if before:
            parameters["previous_metadata_location"] = before["Parameters"]["metadata_location"]
        entry = {
            "Name": table,
            "TableType": "EXTERNAL_TABLE",
            "Description": metadata["properties"].get("comment", ""),
            "Parameters": parameters,
            "StorageDescriptor": {"Location": metadata["location"], "Columns": columns(metadata)},
        }
        if before is None:
            self._glue.create_table(DatabaseName=self.database, TableInput=entry)
        elif before["Parameters"]["metadata_location"] != uri:
            version = {"VersionId": before["VersionId"]} if "VersionId" in before else {}
            self._glue.update_table(DatabaseName=self.database, TableInput=entry, SkipArchive=True, **version)

    def drop(self, table: str) -> None:
        """Removes the entry, and with it the catalog's optimizers of the table; its files stay."""
        self._glue.delete_table(DatabaseName=self.database, Name=table)

    def _entry(self, table: str) -> dict[str, Any] | None:
        try:
            return self._glue.get_table(DatabaseName=self.database, Name=table)["Table"]
        except self._glue.exceptions.EntityNotFoundException:
            return None


def columns(metadata: dict[str, Any]) -> list[dict[str, str]]:
    """Columns as the catalog shows them; engines read them from the metadata."""
    [schema] = [each for each in metadata["schemas"] if each["schema-id"] == metadata["current-schema-id"]]
    return [
        {"Name": field["name"], "Type": _hive_type(field["type"]), "Comment": field.get("doc", "")}
        for field in schema["fields"]
    ]


def read(lake: Lake, uri: str) -> dict[str, Any]:
    """A metadata file."""
    return json.loads(lake.read(uri.split("/", 3)[3]))


def _hive_type(type: Any) -> str:
    if isinstance(type, str):
        return _HIVE_TYPES.get(type, type.replace(" ", ""))
    if type["type"] == "list":
        return f"array<{_hive_type(type['element'])}>"
    if type["type"] == "map":
        return f"map<{_hive_type(type['key'])},{_hive_type(type['value'])}>"
    fields = [f"{field['name']}:{_hive_type(field['type'])}" for field in type["fields"]]
    return f"struct<{','.join(fields)}>"
