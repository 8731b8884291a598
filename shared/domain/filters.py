"""Which exports a list shows: the filters that people choose, and what they mean."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shared.domain.choices import DataType, ExportStatus, Format, Frequency
from shared.domain.local_time import first_instant
from shared.domain.windows import Window
from shared.errors import InvalidInput

TEXT_CHARS_MAX = 200
PAGE_SIZES_OFFERED = (10, 20, 30, 40)  # what the list offers, 20 unless another one is chosen
# Request ids are epoch seconds, which have ten digits until the year 2286.
ID_DIGITS = 10
_ID_MAX = 2**63 - 1


class Partner(StrEnum):
    """Whom data goes to."""

    GOOGLE_CLOUD = "google_cloud"
    BIGQUERY = "bigquery"


@dataclass(frozen=True, slots=True)
class ExportFilter:
    """What an export must be to be listed; what is empty or None does not matter.

    `exported_from` and `exported_to` are inclusive local dates, on which the export had a run.
    """

    partner: Partner | None = None
    data_types: tuple[DataType, ...] = ()
    formats: tuple[Format, ...] = ()
    statuses: tuple[ExportStatus, ...] = ()
    frequencies: tuple[Frequency, ...] = ()
    exported_from: date | None = None
    exported_to: date | None = None
    # The address of a bucket, exactly as it was given.
    bucket: str | None = None
    # The beginning of a request id, or a part of a name, or of a bucket's nickname or address.
    text: str = ""

    def __post_init__(self) -> None:
        if len(self.text) > TEXT_CHARS_MAX:
            raise InvalidInput(f"Search for {TEXT_CHARS_MAX} characters at most.")
        first, last = self.exported_from, self.exported_to
        if first is not None and last is not None and last < first:
            raise InvalidInput(
                f"The last date {last} lies before the first date {first}: give them the other"
                " way round."
            )

    @property
    def words(self) -> str:
        """What is searched for, without the blanks around it."""
        return self.text.strip()

    def shows_partner(self) -> bool:
        """Whether exports can match at all: all of them go to Google Cloud."""
        return self.partner in (None, Partner.GOOGLE_CLOUD)

    def ran_within(self, zone: str) -> Window | None:
        """The span of time in which the export must have had a run; None when it does not matter.

        A range that is open on one side reaches as far as there are dates.
        """
        if self.exported_from is None and self.exported_to is None:
            return None
        first = max(self.exported_from or _EARLIEST, _EARLIEST)
        last = min(self.exported_to or _LATEST, _LATEST)
        start_at, end_at = first_instant(first, zone), first_instant(last + _ONE_DAY, zone)
        # A range wholly outside of these dates, or a date that the zone skipped, holds no run.
        return Window(start_at, max(end_at, start_at + timedelta(microseconds=1)))

    def ids(self) -> tuple[int, int] | None:
        """The request ids `[first, last)` that begin with the digits searched for, if they are."""
        text = self.words
        if not (text.isascii() and text.isdigit()):
            return None
        number, room = int(text), 10 ** max(ID_DIGITS - len(text), 0)
        return min(number * room, _ID_MAX), min((number + 1) * room, _ID_MAX)


_ONE_DAY = timedelta(days=1)
# Zones shift dates by up to a day, which no calendar has beyond its ends.
_EARLIEST, _LATEST = date(1970, 1, 2), date(9998, 12, 30)
