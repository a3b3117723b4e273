import json
import unittest
from importlib.resources import files

import yaml
from jsonschema import Draft201909Validator

from . import ROOT


class ContractsTest(unittest.TestCase):
    def test_every_contract_is_valid_by_the_standard(self):
        schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8"))
        validator = Draft201909Validator(schema)
        contracts = sorted((ROOT / "datasets").rglob("*.odcs.yaml"))
        self.assertTrue(contracts, "datasets/ holds no contract")
        for contract in contracts:
            with self.subTest(contract.name):
                problems = validator.iter_errors(yaml.safe_load(contract.read_text("utf-8")))
                self.assertEqual([f"{problem.json_path}: {problem.message}" for problem in problems], [])
