"""The one judge of a delivery: reads every delivered file through the manifests.

It uses nothing of the code that planned and wrote: names, counts and checksums are computed anew.
"""

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import google_crc32c

from shared.domain.runs import RunStatus
from shared.state.exports import Export
from tests.jobs.house import House
from tests.jobs.parsers import Row, rows_of, unpacked

KEYS = {
    "version", "request_id", "run_stamp", "account_id", "kind", "data_type", "format",
    "compression", "as_string", "time_zone", "window", "snapshot_at", "schema", "rows_expected",
    "rows_written", "rows_rejected", "rows_duplicate", "rows_late", "replaces", "encoder", "files",
    "rejects", "started_at", "finished_at", "producer",
}  # fmt: skip
FILE_KEYS = {
    "name", "event_name", "event_date", "index", "rows", "bytes", "uncompressed_bytes", "crc32c",
    "sha256",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one manifest delivers, once everything it says was found to be true."""

    manifest: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)
    objects: set[str] = field(default_factory=set)

    @property
    def markers(self) -> Counter[str]:
        """How often each row was delivered."""
        return Counter(row.marker for row in self.rows)

    @property
    def names(self) -> list[str]:
        """The files in the order of the manifest."""
        return [file["name"] for file in self.manifest["files"]]


def assert_delivered(
    house: House,
    export: Export,
    expected: Iterable[str] | Mapping[int, Iterable[str]],
    *,
    rejected: Iterable[str] = (),
    orphans_of: Iterable[int] = (),
) -> list[Delivery]:
    """Every expected row stands in exactly one file, every rejected one in one reject file.

    `expected` holds the markers of all runs together, or of each run by its stamp. Objects that
    no manifest names may only be those of the runs in `orphans_of`.
    """
    house.watch()
    deliveries = [read(house, path) for path in manifests(house, export)]
    done = [run.stamp for run in house.runs(export) if run.status is RunStatus.DONE]
    assert sorted(each.manifest["run_stamp"] for each in deliveries) == sorted(done)
    if isinstance(expected, Mapping):
        found = {each.manifest["run_stamp"]: each.markers for each in deliveries}
        assert found == {stamp: Counter(markers) for stamp, markers in expected.items()}
    else:
        total: Counter[str] = Counter()
        for each in deliveries:
            total += each.markers
        assert total == Counter(expected)
    assert Counter(i for each in deliveries for i in each.rejected) == Counter(rejected)
    _assert_nothing_else(house, export, deliveries, set(orphans_of))
    return deliveries


def manifests(house: House, export: Export) -> list[Path]:
    """The manifests of an export in the order of their stamps."""
    return sorted((house.bucket / "_manifests").glob(f"{export.export_id}-*.json"))


def objects(house: House) -> set[str]:
    """The names of everything in the bucket, hidden files included."""
    found = [path for path in house.bucket.rglob("*") if path.is_file()]
    return {path.relative_to(house.bucket).as_posix() for path in found}


def read(house: House, path: Path) -> Delivery:
    """Check everything that a manifest says, and give what it delivers."""
    manifest = json.loads(path.read_text(encoding="utf-8"))
    delivery = Delivery(manifest)
    assert set(manifest) == KEYS
    assert path.name == f"{manifest['request_id']}-{manifest['run_stamp']}.json"
    delivery.objects.add(f"_manifests/{path.name}")
    for moment in ("snapshot_at", "started_at", "finished_at"):
        assert datetime.fromisoformat(manifest[moment]).utcoffset() is not None
    for file in manifest["files"]:
        delivery.rows.extend(_read_file(house, manifest, file))
        delivery.objects.add(file["name"])
    for reject in manifest["rejects"]:
        delivery.rejected.update(_read_rejects(house, manifest, reject))
        delivery.objects.add(reject["name"])
    assert manifest["rows_written"] == len(delivery.rows)
    assert manifest["rows_rejected"] == len(delivery.rejected)
    assert manifest["rows_expected"] == manifest["rows_written"] + manifest["rows_rejected"]
    names = [file["name"] for file in manifest["files"]]
    assert len(set(names)) == len(names)
    return delivery


def _read_file(house: House, manifest: dict[str, Any], file: dict[str, Any]) -> list[Row]:
    assert set(file) == FILE_KEYS
    content = (house.bucket / file["name"]).read_bytes()
    assert file["bytes"] == len(content)
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    checksum = google_crc32c.Checksum(content).digest()
    assert file["crc32c"] == base64.b64encode(checksum).decode()
    payload = unpacked(content, manifest)
    limited = content if manifest["format"] == "parquet" else payload
    assert len(limited) <= house.limits.file_bytes_max
    if manifest["format"] != "parquet":
        assert file["uncompressed_bytes"] == len(payload)
    rows = rows_of(payload, manifest, file["event_name"])
    assert file["rows"] == len(rows) > 0
    head = f"{manifest['request_id']}-{manifest['run_stamp']}-"
    assert head in file["name"].rpartition("/")[2]
    if file["event_date"] is not None:
        day = file["event_date"].replace("-", "")
        assert {row.day for row in rows} == {day}
        assert f"-{day}-{file['index']}-db-1." in file["name"]
    return rows


def _read_rejects(house: House, manifest: dict[str, Any], reject: dict[str, Any]) -> dict[str, str]:
    assert reject["name"].startswith(f"_rejects/{manifest['request_id']}-{manifest['run_stamp']}-")
    lines = (house.bucket / reject["name"]).read_text(encoding="utf-8").splitlines()
    assert reject["rows"] == len(lines)
    found = [json.loads(line) for line in lines]
    key = "object_id" if manifest["data_type"] == "all_user_properties" else "event_id"
    assert all(set(each) == {key, "reason", "detail"} and each["reason"] for each in found)
    return {each[key]: each["reason"] for each in found}


def _assert_nothing_else(
    house: House, export: Export, deliveries: list[Delivery], orphan_stamps: set[int]
) -> None:
    named = [name for each in deliveries for name in each.objects]
    assert len(set(named)) == len(named), "two manifests name one object"
    others = objects(house) - set(named)
    # A profile file has the account's id in front.
    own = re.compile(rf"(?:^|/)(?:1-)?{export.export_id}-([0-9]+)[-.]")
    stamps = {name: int(found[1]) for name in others if (found := own.search(name))}
    assert {name for name, stamp in stamps.items() if stamp not in orphan_stamps} == set()
    assert {name for name in others if "/." in f"/{name}"} == set(), "half-made objects"
