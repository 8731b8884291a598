"""Checks one stored file against its entry in the manifest."""

import base64
import binascii
from dataclasses import dataclass, field
from pathlib import Path

from functions.local.load_files import GZIP_ERRORS
from functions.local.verify_content import StoredFile, Sums
from functions.local.verify_json import count_json
from functions.local.verify_manifest import Listed, Manifest
from functions.local.verify_rows import Content, Engine, count_csv, count_parquet, count_xml
from shared.domain.counted import counted

# The promise to every reader: payload before gzip for text, the stored object for Parquet.
FILE_BYTES_MAX = 100_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What one file holds, and what is wrong with it."""

    rows: int = 0
    bytes: int = 0
    name_line: bool | None = None
    problems: list[str] = field(default_factory=list)


def check_file(root: Path, listed: Listed, manifest: Manifest, engine: Engine) -> Finding:
    """Read a data file once: its bytes against their sums, its rows by a parser of their own."""
    return _check(root, listed, manifest, engine)


def check_rejects(root: Path, listed: Listed, engine: Engine) -> Finding:
    """Read a reject file: JSON Lines, a rejected row a line."""
    return _check(root, listed, None, engine)


def _check(root: Path, listed: Listed, manifest: Manifest | None, engine: Engine) -> Finding:
    kind = manifest.format if manifest is not None else "json"
    path = _located(root, listed.name)
    if path is None:
        return Finding(problems=["its name leads out of the folder"])
    gzipped = manifest is not None and manifest.gzipped
    event_name = None
    if manifest is not None and not manifest.profiles:
        event_name = listed.event_name or ""
    try:
        with StoredFile(path, listed, gzipped=gzipped) as stored:
            content = _content(path, stored, kind, event_name, engine)
            sums = stored.sums()
    except FileNotFoundError:
        return Finding(problems=["it is missing"])
    except OSError as error:
        return Finding(problems=[f"it cannot be opened ({error.strerror})"])
    problems = [*_compare(listed, sums, kind), *content.problems]
    if listed.rows is not None and content.rows != listed.rows:
        problems.append(f"it has {counted(content.rows, 'row')}, the manifest says {listed.rows:,}")
    return Finding(content.rows, sums.bytes, content.name_line, problems)


def _located(root: Path, name: str) -> Path | None:
    """The file of that name, None when the name, or a link on its way, leads out of the folder."""
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in name:
        return None
    try:
        path = root.joinpath(*parts)
        return path if path.resolve().is_relative_to(root.resolve()) else None
    except (OSError, ValueError, RuntimeError):
        # No file system has such a name (too long, a loop of links): it will be reported missing.
        return root.joinpath("no-such-file")


def _content(
    path: Path, stored: StoredFile, kind: str, event_name: str | None, engine: Engine
) -> Content:
    try:
        if kind == "csv":
            return count_csv(stored.payload, event_name)
        if kind == "xml":
            return count_xml(stored.payload, event_name)
        if kind == "json":
            return count_json(stored.payload, event_name, engine)
    except GZIP_ERRORS:
        # Told once, with the sums.
        return Content()
    return count_parquet(path, event_name, engine)


def _compare(listed: Listed, sums: Sums, kind: str) -> list[str]:
    wrong = []
    if listed.bytes is not None and sums.bytes != listed.bytes:
        wrong.append(f"it has {counted(sums.bytes, 'byte')}, the manifest says {listed.bytes:,}")
    if listed.crc32c is not None and sums.crc32c != listed.crc32c:
        wrong.append(f"its CRC32C is {sums.crc32c}, the manifest says {listed.crc32c[:80]}")
    if listed.sha256 is not None and sums.sha256 != listed.sha256.lower():
        wrong.append("its SHA-256 is not the one in the manifest")
    if listed.md5 is not None and sums.md5 != _hex(listed.md5):
        wrong.append("its MD5 is not the one in the manifest")
    if sums.damage is not None:
        wrong.append(f"it is no whole gzip file ({sums.damage})")
    elif kind != "parquet" and listed.uncompressed_bytes not in (None, sums.uncompressed_bytes):
        wrong.append(
            f"it has {sums.uncompressed_bytes:,} bytes before compression,"
            f" the manifest says {listed.uncompressed_bytes:,}"
        )
    size = sums.bytes if kind == "parquet" else sums.uncompressed_bytes
    if size > FILE_BYTES_MAX:
        wrong.append(f"it is larger than {FILE_BYTES_MAX:,} bytes")
    return wrong


def _hex(digest: str) -> str:
    """An MD5 as hexadecimal; Cloud Storage shows it in base64."""
    if len(digest) == 32:
        return digest.lower()
    try:
        return base64.b64decode(digest, validate=True).hex()
    except (binascii.Error, ValueError):
        return digest
