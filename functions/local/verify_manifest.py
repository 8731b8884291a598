"""Reads a manifest that may hold anything, and keeps what can be checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

VERSIONS = (1,)
FORMATS = ("json", "csv", "xml", "parquet")
COMPRESSIONS = ("none", "gzip", "snappy", "zstd")
_TOTALS = ("rows_expected", "rows_written", "rows_rejected")
_IDS = ("request_id", "run_stamp", "account_id")
_TIMES = ("snapshot_at", "started_at", "finished_at")


@dataclass(frozen=True, slots=True)
class Listed:
    """One file as the manifest tells of it; what it does not tell, or tells wrongly, is None."""

    name: str
    rows: int | None
    event_name: str | None = None
    bytes: int | None = None
    uncompressed_bytes: int | None = None
    crc32c: str | None = None
    sha256: str | None = None
    md5: str | None = None


@dataclass(slots=True)
class Manifest:
    """What a manifest promises, and what is wrong with the manifest itself."""

    request_id: int = 0
    run_stamp: int = 0
    account_id: int = 0
    format: str = ""
    gzipped: bool = False
    profiles: bool = False
    totals: dict[str, int] = field(default_factory=dict)
    files: list[Listed] = field(default_factory=list)
    rejects: list[Listed] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    # Whether it could be understood well enough to look at its files.
    usable: bool = False


def read_manifest(content: bytes) -> Manifest:
    """Understand as much as possible; everything that is not as it should be is a problem."""
    manifest = Manifest()
    try:
        told = json.loads(content.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        manifest.problems.append("the manifest is not UTF-8 text")
        return manifest
    except (ValueError, RecursionError):
        manifest.problems.append("the manifest is not legal JSON")
        return manifest
    if not isinstance(told, dict):
        manifest.problems.append("the manifest is not one JSON object")
        return manifest
    if told.get("version") not in VERSIONS:
        manifest.problems.append(f"the manifest's version {_brief(told.get('version'))} is unknown")
        return manifest
    _read_frame(manifest, told)
    _read_times(manifest, told)
    manifest.files = _read_list(manifest, told, "files")
    manifest.rejects = _read_list(manifest, told, "rejects")
    return manifest


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _read_frame(manifest: Manifest, told: Mapping[str, Any]) -> None:
    ids = {key: _count(manifest, told, key) or 0 for key in _IDS}
    manifest.request_id, manifest.run_stamp = ids["request_id"], ids["run_stamp"]
    manifest.account_id = ids["account_id"]
    for key in _TOTALS:
        if (count := _count(manifest, told, key)) is not None:
            manifest.totals[key] = count
    manifest.format = str(told.get("format"))
    manifest.profiles = told.get("data_type") == "all_user_properties"
    for key, known in (("format", FORMATS), ("compression", COMPRESSIONS)):
        if told.get(key) not in known:
            manifest.problems.append(f"the manifest's {key} {_brief(told.get(key))} is unknown")
    manifest.gzipped = told.get("compression") == "gzip" and manifest.format != "parquet"
    manifest.usable = manifest.format in FORMATS and told.get("compression") in COMPRESSIONS


def _read_times(manifest: Manifest, told: Mapping[str, Any]) -> None:
    times = {key: _time(manifest, key, told.get(key)) for key in _TIMES}
    if times["started_at"] and times["finished_at"] and times["finished_at"] < times["started_at"]:
        manifest.problems.append("the manifest's finished_at lies before its started_at")
    window = told.get("window")
    if not isinstance(window, dict):
        manifest.problems.append("the manifest has no window with start and end")
        return
    start, end = (_time(manifest, f"window {key}", window.get(key)) for key in ("start", "end"))
    if start and end and end <= start:
        manifest.problems.append("the manifest's window ends before it starts")


def _time(manifest: Manifest, what: str, value: object) -> datetime | None:
    if value is None:
        return None
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        manifest.problems.append(
            f"the manifest's {what} {_brief(value)} is no time with an offset (RFC 3339)"
        )
        return None
    return read


def _read_list(manifest: Manifest, told: Mapping[str, Any], key: str) -> list[Listed]:
    entries = told.get(key)
    if not isinstance(entries, list):
        manifest.problems.append(f"the manifest has no list of {key}")
        return []
    found = []
    for place, entry in enumerate(entries, 1):
        if isinstance(entry, str):
            entry = {"name": entry}
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            manifest.problems.append(f"entry {place} of the manifest's {key} has no name")
            continue
        found.append(_listed(manifest, entry, strict=key == "files"))
    return found


def _listed(manifest: Manifest, entry: Mapping[str, Any], *, strict: bool) -> Listed:
    name = entry["name"]
    numbers: dict[str, int | None] = {}
    for key in ("rows", "bytes", "uncompressed_bytes"):
        needed = strict or key in entry
        numbers[key] = _count(manifest, entry, key, f" of {_brief(name)}") if needed else None
    texts: dict[str, str | None] = {}
    for key in ("crc32c", "sha256", "md5", "event_name"):
        value = entry.get(key)
        texts[key] = value if isinstance(value, str) else None
        if value is not None and texts[key] is None:
            manifest.problems.append(f"the manifest's {key} of {_brief(name)} is no text")
    if strict and texts["crc32c"] is None:
        manifest.problems.append(f"the manifest has no crc32c of {_brief(name)}")
    return Listed(
        name=name,
        rows=numbers["rows"],
        bytes=numbers["bytes"],
        uncompressed_bytes=numbers["uncompressed_bytes"],
        **texts,
    )


def _count(manifest: Manifest, told: Mapping[str, Any], key: str, owner: str = "") -> int | None:
    value = told.get(key)
    if type(value) is int and value >= 0:
        return value
    manifest.problems.append(f"the manifest's {key}{owner} is {_brief(value)}, not a whole number")
    return None


def _brief(value: object) -> str:
    text = json.dumps(value, default=str) if value is not None else "missing"
    return text if len(text) <= 120 else text[:117] + "..."
