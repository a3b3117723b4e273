"""Tests of the Glue jobs, on real Spark and a real emulated account: `python -m unittest discover -s tests`."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "glue-jobs"), str(ROOT / "local" / "python")]
