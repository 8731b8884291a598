"""The e-mails about an import: one when its runs begin to fail, one when it works again."""

from enum import StrEnum


class ImportNotice(StrEnum):
    """The e-mails of an unbroken series of failed runs, each at most once."""

    FAILED = "IMPORT_FAILED"
    RECOVERED = "IMPORT_RECOVERED"
