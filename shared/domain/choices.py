"""The closed lists a person chooses from when an export is defined."""

from enum import StrEnum


class DataType(StrEnum):
    """What is exported: events or user profiles."""

    ALL_EVENTS = "all_events"
    SELECT_EVENTS = "select_events"
    ALL_USER_PROPERTIES = "all_user_properties"

    @property
    def is_profiles(self) -> bool:
        """True for user profiles, False for events."""
        return self is DataType.ALL_USER_PROPERTIES


class Frequency(StrEnum):
    """How often an export runs; the kind never changes after creation."""

    ONE_TIME = "one_time"
    RECURRING = "recurring"
    LIVE = "live"


class Format(StrEnum):
    """The format of the files."""

    JSON = "json"
    CSV = "csv"
    XML = "xml"
    PARQUET = "parquet"


class Compression(StrEnum):
    """How text files are packed, or the column codec of Parquet."""

    NONE = "none"
    GZIP = "gzip"
    SNAPPY = "snappy"
    ZSTD = "zstd"


class ExportStatus(StrEnum):
    """Where an export stands; PENDING means that it awaits its next run."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    STOPPED = "STOPPED"


class Identifier(StrEnum):
    """What a user is known by; the value is also the warehouse column."""

    EMAIL = "email"
    IDENTITY = "identity"
    PHONE = "phone"


def default_compression(data_type: DataType, file_format: Format) -> Compression:
    """Gzip for profiles and as the codec of Parquet, none for event files in text."""
    packed = data_type.is_profiles or file_format is Format.PARQUET
    return Compression.GZIP if packed else Compression.NONE
