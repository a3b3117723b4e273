"""What can go wrong, one class each. A message names data set, place, rule and what to do."""


class GlueEtlError(Exception):
    """Base of every error that this package raises on purpose."""


class DefinitionError(GlueEtlError):
    """The definition of the data set cannot be used."""


class SourceSchemaError(GlueEtlError):
    """A source file's columns are not those of the contract, and the contract says to fail."""


class AccountingError(GlueEtlError):
    """Rows were lost or doubled: read differs from good + quarantined + duplicates. Nothing was committed."""


class QualityError(GlueEtlError):
    """Quality rules of severity `error` did not hold; the batches were rejected."""


class LeaseLostError(GlueEtlError):
    """Another run took the batch over; what that run commits stands."""
