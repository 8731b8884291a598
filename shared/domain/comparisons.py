"""What a replay delivered else than before: by file, and by row where rows are known."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

# What is stored and shown of a comparison; totals count all.
FILES_SHOWN = 500
EVENTS_SHOWN = 500


class Level(StrEnum):
    """How closely two deliveries could be compared."""

    ROWS = "rows"
    FILES = "files"


class FileKey(NamedTuple):
    """What a file is of, in every delivery of its window; None stands for profiles."""

    event_name: str | None
    event_date: date | None
    file_index: int


class FileFacts(NamedTuple):
    """A delivered file."""

    key: FileKey
    rows: int
    bytes: int
    crc32c: str


class RowChange(NamedTuple):
    """So many rows of a planned file that were added, are missing or have changed."""

    key: FileKey
    kind: str
    rows: int


@dataclass(slots=True)
class Rows:
    """How many rows of something differ, and how many there were and are."""

    before: int = 0
    after: int = 0
    added: int = 0
    missing: int = 0
    changed: int = 0

    def count(self, kind: str, rows: int) -> None:
        """Add rows of a kind."""
        setattr(self, kind, getattr(self, kind) + rows)

    @property
    def differ(self) -> bool:
        """Whether anything is different."""
        return bool(self.before != self.after or self.added or self.missing or self.changed)

    def to_dict(self, *, by_row: bool) -> dict[str, Any]:
        """As it is stored; what nobody could compare is null."""
        kinds = ("added", "missing", "changed")
        found = {f"rows_{kind}": getattr(self, kind) if by_row else None for kind in kinds}
        return {"rows_before": self.before, "rows_after": self.after} | found


@dataclass(slots=True)
class _File:
    rows: Rows = field(default_factory=Rows)
    before: list[tuple[int, str]] = field(default_factory=list)
    after: list[tuple[int, str]] = field(default_factory=list)

    def same_bytes(self) -> bool:
        return self.before == self.after


def compare(
    before: Iterable[FileFacts],
    after: Iterable[FileFacts],
    changes: Sequence[RowChange] | None,
    *,
    rows_gone: int = 0,
    why_files: str = "",
    bytes_tell: bool = True,
) -> dict[str, Any]:
    """The comparison as it is stored and shown.

    `changes` None: only files could be compared, for the reason `why_files`. `rows_gone` were
    delivered before and are in the warehouse no more; they count as missing. `bytes_tell`: the same
    rows give the same bytes, which is not so for Parquet, whose files name their run.
    """
    files = _by_file(before, after, changes or ())
    events: dict[str | None, Rows] = defaultdict(Rows)
    total = Rows()
    for key, each in files.items():
        for rows in (events[key.event_name], total):
            for kind in ("before", "after", "added", "missing", "changed"):
                rows.count(kind, getattr(each.rows, kind))
    total.missing += rows_gone
    by_row = changes is not None
    differing = [key for key in sorted(files, key=_order) if _differs(files[key], bytes_tell)]
    named = sorted((name for name in events if events[name].differ), key=lambda name: name or "")
    return {
        "level": str(Level.ROWS if by_row else Level.FILES),
        "why_files": why_files,
        **total.to_dict(by_row=by_row),
        "rows_gone": rows_gone,
        "files_same": len(files) - len(differing),
        "files_differ": len(differing),
        "events": [
            {"event_name": name} | events[name].to_dict(by_row=by_row)
            for name in named[:EVENTS_SHOWN]
        ],
        "events_left_out": max(0, len(named) - EVENTS_SHOWN),
        "files": [
            _file_dict(key, files[key], by_row, bytes_tell) for key in differing[:FILES_SHOWN]
        ],
        "files_left_out": max(0, len(differing) - FILES_SHOWN),
    }


def changes_at(
    rows: Iterable[Mapping[str, Any]],
    before: Sequence[Sequence[Sequence[FileKey]]],
    after: Sequence[Sequence[FileKey]],
) -> list[RowChange]:
    """Counted differences with the files that their places stand for.

    Places are (slice, file in it); `before` has the files of each earlier delivery, `after` those
    of the replay. Rows whose place is unknown count for no file in particular.
    """
    found = []
    for row in rows:
        slices = after if row["delivery"] < 0 else before[row["delivery"]]
        key = FileKey(None, None, 0)
        if row["slice_no"] is not None and 0 <= row["slice_no"] < len(slices):
            key = slices[row["slice_no"]][row["file_no"]]
        found.append(RowChange(key, row["kind"], row["rows"]))
    return found


def _by_file(
    before: Iterable[FileFacts], after: Iterable[FileFacts], changes: Iterable[RowChange]
) -> dict[FileKey, _File]:
    files: dict[FileKey, _File] = defaultdict(_File)
    for file in before:
        files[file.key].rows.count("before", file.rows)
        files[file.key].before.append((file.bytes, file.crc32c))
    for file in after:
        files[file.key].rows.count("after", file.rows)
        files[file.key].after.append((file.bytes, file.crc32c))
    for change in changes:
        files[change.key].rows.count(change.kind, change.rows)
    return files


def _differs(file: _File, bytes_tell: bool) -> bool:
    return file.rows.differ or (bytes_tell and not file.same_bytes())


def _file_dict(key: FileKey, file: _File, by_row: bool, bytes_tell: bool) -> dict[str, Any]:
    return {
        "event_name": key.event_name,
        "event_date": None if key.event_date is None else key.event_date.isoformat(),
        "file_index": key.file_index,
        "same_bytes": file.same_bytes() if bytes_tell else None,
        **file.rows.to_dict(by_row=by_row),
    }


def _order(key: FileKey) -> tuple[str, date, int]:
    return (key.event_name or "", key.event_date or date.min, key.file_index)
