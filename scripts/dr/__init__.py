"""Restores, failover and failback: `scripts/dr.sh --help`."""
