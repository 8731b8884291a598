"""The names of delivered objects: unique, legal everywhere and at most 1,023 bytes long."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from shared.domain.choices import Compression, Format
from shared.domain.event_forms import (
    candidate_forms,
    cut_text,
    event_form,
    hashed,
    own_suffix,
    suffix_of,
    unmistakable,
)
from shared.domain.local_time import local_date
from shared.domain.prefixes import RESERVED, SEGMENT_BYTES_MAX

__all__ = [
    "RunNames",
    "candidate_forms",
    "event_form",
    "hashed",
    "manifest_name",
]


@dataclass(frozen=True, slots=True)
class RunNames:
    """Names the objects of one run; every name holds the request id and the run stamp.

    `form` is the file-name form that the raw event name owns in its account for good.
    """

    account_id: int
    request_id: int  # epoch seconds
    run_stamp: int  # epoch seconds
    database_id: str
    format: Format
    compression: Compression
    prefix: str = ""  # a template that `check_prefix` has accepted
    time_zone: str = "UTC"  # of {run_date}

    def event_file(self, form: str, raw: str, event_date: date, index: int) -> str:
        """The file of an event, its local date, and an index within both that counts from 0."""
        head = f"{self.request_id}-{self.run_stamp}-"
        tail = f"-{_compact(event_date)}-{index}-{self.database_id}.{self._extension()}"
        room = SEGMENT_BYTES_MAX - len(head) - len(tail)
        shown = unmistakable(form, raw)
        if len(shown.encode()) > room:
            suffix = own_suffix(shown, raw) or suffix_of(raw)
            stem = shown.removesuffix(suffix)
            shown = cut_text(stem, room - len(suffix)) + suffix
        return self._folder(form, raw, event_date) + head + shown + tail

    def profile_file(self, index: int | None) -> str:
        """A file of profiles; `index` is None where the run has this one planned part only."""
        number = "" if index is None else f"-{index}"
        head = f"{self.account_id}-{self.request_id}-{self.run_stamp}-{self.database_id}{number}"
        if self.compression is not Compression.GZIP:
            name = f"{head}.{self.format.value}"
        elif self.format is Format.PARQUET:
            name = f"{head}-parquet.gzip"
        else:
            name = f"{head}-{self.format.value}.gz"
        return self._folder() + name

    def manifest(self) -> str:
        """The manifest; never behind the prefix, so that it is found without the settings."""
        return manifest_name(self.request_id, self.run_stamp)

    def rejects(self, slice_no: int) -> str:
        """The reject file of a slice; beside the manifest, apart from the data."""
        return f"_rejects/{self.request_id}-{self.run_stamp}-{slice_no}.json"

    def _extension(self) -> str:
        packed = self.compression is Compression.GZIP
        if self.format is Format.PARQUET:
            return "parquet.gzip" if packed else "parquet"
        return f"{self.format.value}.gz" if packed else self.format.value

    def _folder(self, form: str = "", raw: str = "", event_date: date | None = None) -> str:
        """The prefix with its tokens filled in."""
        if not self.prefix:
            return ""
        run_date = local_date(datetime.fromtimestamp(self.run_stamp, UTC), self.time_zone)
        values = {
            "{account_id}": str(self.account_id),
            "{request_id}": str(self.request_id),
            "{run_date}": _compact(run_date),
            "{event_date}": "" if event_date is None else _compact(event_date),
        }
        template = self.prefix
        for token, value in values.items():
            template = template.replace(token, value)
        return "".join(_segment(part, form, raw) + "/" for part in template[:-1].split("/"))


def manifest_name(request_id: int, run_stamp: int) -> str:
    """The manifest of a run, whatever its settings are."""
    return f"_manifests/{request_id}-{run_stamp}.json"


def _segment(template: str, form: str, raw: str) -> str:
    """One folder name with the event name filled in, cut where it grows too long."""
    if "{event_name}" not in template:
        return template
    room = SEGMENT_BYTES_MAX - len(template.replace("{event_name}", "").encode())
    shown = form
    if len(form.encode()) > room:
        shown = cut_text(form, room - len(suffix_of(raw))) + suffix_of(raw)
    segment = template.replace("{event_name}", shown)
    # An event may be called "..", "" or "_manifests"; its folder may not.
    return segment + suffix_of(raw) if segment in ("", ".", "..", *RESERVED) else segment


def _compact(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"
