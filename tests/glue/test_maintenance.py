import json
import os
import threading
import unittest
import uuid
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

import boto3
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from glue_etl import lake, maintenance
from glue_etl.definition import Column
from glue_etl.lake import Table, TableColumn

from .support import account, dataset, run_of, spark

ROLE = "arn:aws:iam::123456789012:role/optimizer"
TYPES = ["compaction", "retention", "orphan_file_deletion"]


class GlueApi(ThreadingHTTPServer):
    """Holds table optimizers, as the emulated account does not: one of a table and type is created once.

    `calls` are the actions with their requests; `refusal` is the code of an error that each is answered with.
    """

    def __init__(self):
        self.calls: list[tuple[str, dict]] = []
        self.refusal: str | None = None
        self._held: set[tuple[str, str, str]] = set()
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, action: str, request: dict) -> str | None:
        """Takes the request in; answers the code of an error, or None."""
        self.calls.append((action, request))
        key = request["DatabaseName"], request["TableName"], request["Type"]
        if self.refusal or (action == "CreateTableOptimizer" and key in self._held):
            return self.refusal or "AlreadyExistsException"
        self._held.add(key)
        return None

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: GlueApi

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        action = self.headers["X-Amz-Target"].removeprefix("AWSGlue.")
        error = self.server.answer(action, json.loads(body))
        self.send_response(400 if error else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"__type": error, "Message": "as the test says"} if error else {}).encode())

    def log_message(self, *_: object) -> None:
        pass


class MaintenanceTest(unittest.TestCase):
    def setUp(self):
        account()
        self.api = GlueApi()
        self.addCleanup(self.api.close)
        endpoint = {"AWS_ENDPOINT_URL_GLUE": f"http://127.0.0.1:{self.api.server_port}"}
        environment = mock.patch.dict(os.environ, endpoint)
        environment.start()
        self.addCleanup(environment.stop)
        self.name = f"t_{uuid.uuid4().hex[:8]}"

    def ensure(self, role: str | None = ROLE, **changes) -> list[tuple[str, str]]:
        """Ensures the table; answers the calls that this made, each with the type of the optimizer."""
        table = Table(f"glue_catalog.curated.{self.name}", "", [TableColumn("a", "int")], **changes)
        run = run_of("curate", dataset([Column("a", "int")]), "b")
        run.options = replace(run.options, table_optimizer_role=role)
        before = len(self.api.calls)
        maintenance.ensure(run, table)
        return [(action, request["Type"]) for action, request in self.api.calls[before:]]

    def test_a_table_gets_its_optimizers_once(self):
        self.assertEqual(self.ensure(), [("CreateTableOptimizer", type) for type in TYPES])
        self.assertEqual(self.ensure(), [])

    def test_requests_are_as_the_api_has_them(self):
        self.ensure(sort_by=("a",))
        model = boto3.client("glue").meta.service_model.operation_model("CreateTableOptimizer")
        for _, request in self.api.calls:
            with self.subTest(request["Type"]):
                self.assertEqual(ParamValidator().validate(request, model.input_shape).generate_report(), "")
                where = {name: request[name] for name in ("CatalogId", "DatabaseName", "TableName")}
                self.assertEqual(
                    where, {"CatalogId": "123456789012", "DatabaseName": "curated", "TableName": self.name}
                )
                configuration = request["TableOptimizerConfiguration"]
                self.assertEqual((configuration["roleArn"], configuration["enabled"]), (ROLE, True))

    def test_a_sorted_table_stays_sorted(self):
        for sort_by, strategy in (((), "binpack"), (("a",), "sort")):
            self.name = f"t_{uuid.uuid4().hex[:8]}"
            self.ensure(sort_by=sort_by)
            compaction = self.configuration("compaction")["compactionConfiguration"]["icebergConfiguration"]
            self.assertEqual(compaction["strategy"], strategy)

    def test_lost_files_are_looked_for_in_the_folder_of_the_table_alone(self):
        """Not in those of tables whose names begin as its own does: `orders_quarantine` beside `orders`."""
        self.ensure()
        orphans = self.configuration("orphan_file_deletion")["orphanFileDeletionConfiguration"]["icebergConfiguration"]
        self.assertTrue(orphans["location"].endswith(f"/{self.name}/"), orphans["location"])

    def test_optimizers_that_a_run_left_unfinished_are_brought_up_to_date(self):
        killed = mock.patch.object(lake, "set_properties", side_effect=[None, KeyboardInterrupt])
        with killed, self.assertRaises(KeyboardInterrupt):
            self.ensure()
        both = [(action, type) for type in TYPES for action in ("CreateTableOptimizer", "UpdateTableOptimizer")]
        self.assertEqual(self.ensure(), both)
        self.assertEqual(self.ensure(), [])

    def test_another_role_is_another_setting(self):
        self.ensure()
        self.assertEqual(len(self.ensure(f"{ROLE}-2")), 2 * len(TYPES))
        self.assertEqual(self.configuration("compaction")["roleArn"], f"{ROLE}-2")

    def test_without_a_role_there_are_none(self):
        self.assertEqual(self.ensure(role=None), [])
        self.assertTrue(lake.exists(spark(), f"glue_catalog.curated.{self.name}"))

    def test_a_refusal_is_the_error_of_the_run_and_the_next_run_tries_again(self):
        self.api.refusal = "AccessDeniedException"
        with self.assertRaisesRegex(ClientError, "AccessDeniedException.*as the test says"):
            self.ensure()
        self.api.refusal = None
        self.assertEqual(len(self.ensure()), len(TYPES))

    def configuration(self, type: str) -> dict:
        """What the API was told last of the table's optimizer of that type."""
        requests = [
            request for _, request in self.api.calls if (request["TableName"], request["Type"]) == (self.name, type)
        ]
        return requests[-1]["TableOptimizerConfiguration"]
