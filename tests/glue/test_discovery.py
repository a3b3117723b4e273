import unittest

from . import ROOT


class DiscoveryTest(unittest.TestCase):
    def test_unittest_discover_finds_every_module(self):
        loader = unittest.TestLoader()
        found = loader.discover(str(ROOT / "tests"))
        self.assertEqual(loader.errors, [])
        modules = {type(test).__module__ for suite in found for tests in suite for test in tests}
        self.assertEqual(modules, {f"glue.{file.stem}" for file in ROOT.glob("tests/glue/test_*.py")})
