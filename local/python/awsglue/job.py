"""Job: marks where a run begins and ends; on the service it keeps Glue's own bookmark."""

from collections.abc import Mapping

from .context import GlueContext


class Job:
    """There is no bookmark here: `commit` after `init` is all that can be got wrong, and that is checked."""

    def __init__(self, glue_context: GlueContext):
        self._context = glue_context
        self._name: str | None = None

    def init(self, job_name: str, args: Mapping[str, str] | None = None) -> None:
        """Begins the run."""
        self._name = job_name

    def commit(self) -> None:
        """Ends the run; raises RuntimeError without `init`."""
        if self._name is None:
            raise RuntimeError("Job.commit() before Job.init()")
