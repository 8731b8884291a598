"""Checks one run: its manifest, each of its files, their sum, and what lies beside them."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from functions.local.verify_file import Finding, check_file, check_rejects
from functions.local.verify_manifest import Listed, Manifest, read_manifest
from functions.local.verify_rows import Engine
from shared.domain.counted import counted

# A manifest of a million files has about 400 MB; more is not read into memory.
MANIFEST_BYTES_MAX = 1_000_000_000
# Names of a run begin with request id and run stamp, those of profiles with the account before.
_RUN = re.compile(r"(\d+)-(\d+)-(?:\d+-)?")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    manifest: str  # path of the manifest
    file: str | None  # name in the bucket; None when the run as a whole is meant
    what: str

    def __str__(self) -> str:
        return f"{self.file or self.manifest}: {self.what}"


class RunCheck:
    """One manifest under examination; `problems` grows while it is."""

    def __init__(self, path: Path, engine: Engine) -> None:
        self._path = path
        self._engine = engine
        self._root = path.parent.parent
        self._manifest = _read(path)
        self._rows_rejected = 0
        self._name_lines: set[bool] = set()
        self.files = 0
        self.rows = 0
        self.bytes = 0
        self.problems = [Problem(str(path), None, what) for what in self._manifest.problems]

    @property
    def bytes_listed(self) -> int:
        """How much there is to read, as far as the manifest can be believed."""
        return sum(listed.bytes or 0 for listed in self._manifest.files)

    def files_one_by_one(self) -> Iterator[int]:
        """Check the files, telling the listed bytes of each after it was read."""
        if not self._manifest.usable:
            return
        for listed in self._listed_once(self._manifest.files):
            found = check_file(self._root, listed, self._manifest, self._engine)
            self._take(listed, found)
            self.files += 1
            self.rows += found.rows
            if found.name_line is not None:
                self._name_lines.add(found.name_line)
            yield listed.bytes or 0
        for listed in self._listed_once(self._manifest.rejects):
            found = check_rejects(self._root, listed, self._engine)
            self._take(listed, found)
            self._rows_rejected += found.rows

    @property
    def root(self) -> Path:
        """The folder that stands for the bucket."""
        return self._root

    def whole(self, names: Mapping[str, Sequence[str]]) -> None:
        """Check what only shows in the end; `names` comes from `names_by_run` of the folder."""
        manifest = self._manifest
        if not manifest.usable:
            return
        if self._path.name != f"{manifest.request_id}-{manifest.run_stamp}.json":
            self._wrong("the manifest's name is not that of its request id and run stamp")
        if len(self._name_lines) > 1:
            self._wrong("some of its files begin with the name of the event and some do not")
        self._check_totals()
        listed = {each.name for each in (*manifest.files, *manifest.rejects)}
        run = f"{manifest.request_id}-{manifest.run_stamp}"
        for key in (run, f"{manifest.account_id}-{run}"):
            for name in names.get(key, ()):
                if name not in listed:
                    self._wrong("it is in the folder, but the manifest does not list it", name)

    def _check_totals(self) -> None:
        totals = self._manifest.totals
        listed = sum(each.rows or 0 for each in self._manifest.files)
        if totals.get("rows_written") not in (None, listed):
            self._wrong(
                f"rows_written is {totals['rows_written']:,}, but its files are listed with"
                f" {counted(listed, 'row')}"
            )
        if totals.get("rows_rejected") not in (None, self._rows_rejected):
            self._wrong(
                f"rows_rejected is {totals['rows_rejected']:,}, but the reject files hold"
                f" {counted(self._rows_rejected, 'row')}"
            )
        if len(totals) == 3:
            done = totals["rows_written"] + totals["rows_rejected"]
            if done != totals["rows_expected"]:
                self._wrong(
                    f"rows_written + rows_rejected is {done:,}, but rows_expected is"
                    f" {totals['rows_expected']:,}"
                )

    def _listed_once(self, entries: list[Listed]) -> Iterator[Listed]:
        seen: set[str] = set()
        for listed in entries:
            if listed.name in seen:
                self._wrong("the manifest lists it twice", listed.name)
            else:
                seen.add(listed.name)
                yield listed

    def _take(self, listed: Listed, found: Finding) -> None:
        self.bytes += found.bytes
        for what in found.problems:
            self._wrong(what, listed.name)

    def _wrong(self, what: str, file: str | None = None) -> None:
        self.problems.append(Problem(str(self._path), file, what))


def _read(path: Path) -> Manifest:
    try:
        if path.stat().st_size > MANIFEST_BYTES_MAX:
            return Manifest(problems=["the manifest is larger than any manifest can be"])
        return read_manifest(path.read_bytes())
    except OSError as error:
        return Manifest(problems=[f"the manifest cannot be read ({error.strerror})"])


def names_by_run(root: Path) -> dict[str, list[str]]:
    """The names in a folder under each run that they may belong to, by their first numbers."""
    found: dict[str, list[str]] = {}
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            numbers = _RUN.match(name)
            if numbers is None:
                continue
            full = (Path(folder) / name).relative_to(root).as_posix()
            # Of events "request-stamp-", of profiles "account-request-stamp-".
            for key in {"-".join(numbers.group(1, 2)), numbers.group(0)[:-1]}:
                found.setdefault(key, []).append(full)
    return found
