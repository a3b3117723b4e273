"""Stand-in for the parts of Glue's own library that the jobs use; the real one exists only on the service."""
