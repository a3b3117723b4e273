"""What can go wrong, one class each. A message names data set, place, rule and what to do."""


class GlueEtlError(Exception):
    """Base of every error that this package raises on purpose."""


class DefinitionError(GlueEtlError):
    """The definition of the data set cannot be used."""


class FileError(GlueEtlError):
    """A file cannot be read. The message says what it `is` or `has`; the file is quarantined as a whole."""


class SourceSchemaError(GlueEtlError):
    """A source file's columns are not those of the contract, and the contract says to fail."""


class SourceReadError(GlueEtlError):
    """The source database cannot be read as the contract and the connection say."""


class TableSchemaError(GlueEtlError):
    """A column of a table cannot take the type that it is to have. Nothing was changed."""


class SourceLostError(GlueEtlError):
    """What a batch brought in is neither at the source nor in the raw zone as it was."""


class AccountingError(GlueEtlError):
    """Rows were lost or doubled: read differs from good + quarantined + duplicates. Nothing was committed."""


class QualityError(GlueEtlError):
    """Quality rules of severity `error` did not hold; the batches were rejected."""


class EvaluationError(GlueEtlError):
    """A quality rule could not be evaluated. That is no verdict: the batch stays open."""


class BatchStateError(GlueEtlError):
    """An operator asked for what the state of a batch does not allow. Nothing was changed."""


class StandbyError(GlueEtlError):
    """The environment's active Region is another one. Nothing was done."""


class LeaseLostError(GlueEtlError):
    """Another run took the batch over; what that run commits stands."""
