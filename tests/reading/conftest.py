"""Tests of the library that reads files, without Spark: `python -m pytest tests/reading`."""

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "glue-jobs"), str(Path(__file__).parent)]

settings.register_profile(
    "default", deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("default")
