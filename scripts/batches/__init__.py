"""Batches of a data set: `npm run batches -- --help`."""
