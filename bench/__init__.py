"""Measurements, each beside a baseline of the same run: `npm run bench -- --help`."""

import tests.glue  # noqa: F401 - lets the package be found where it stands
