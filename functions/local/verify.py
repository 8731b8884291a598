"""Checks delivered files against their manifests, offline, trusting nothing that it reads."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from functions.local.verify_rows import Engine
from functions.local.verify_run import Problem, RunCheck, names_by_run
from shared.errors import InvalidInput

MANIFESTS = "_manifests"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was looked at, and everything that is wrong with it."""

    manifests: tuple[str, ...]
    files: int
    rows: int
    bytes: int  # as stored
    problems: tuple[Problem, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether every promise of every manifest holds."""
        return not self.problems


def _no_progress(_done: int, _total: int) -> None:
    return


def verify(
    url_or_path: str, *, on_progress: Callable[[int, int], None] = _no_progress
) -> VerifyReport:
    """Check one manifest, or every `_manifests/*.json` below a folder.

    Each file is read once, in bounded memory. `on_progress` gets bytes done and their total.
    Raises InvalidInput when there is nothing to check; what is wrong with files is in the report.
    """
    began = time.monotonic()
    paths = _manifests(_path(url_or_path))
    engine = Engine()
    checks = [RunCheck(path, engine) for path in paths]
    total = sum(check.bytes_listed for check in checks)
    done = 0
    names: dict[Path, dict[str, list[str]]] = {}
    with closing(engine):
        for check in checks:
            for size in check.files_one_by_one():
                done += size
                on_progress(min(done, total), total)
            if check.root not in names:
                names[check.root] = names_by_run(check.root)
            check.whole(names[check.root])
    return VerifyReport(
        manifests=tuple(str(path) for path in paths),
        files=sum(check.files for check in checks),
        rows=sum(check.rows for check in checks),
        bytes=sum(check.bytes for check in checks),
        problems=tuple(problem for check in checks for problem in check.problems),
        seconds=time.monotonic() - began,
    )


def _path(url_or_path: str) -> Path:
    if "://" not in url_or_path and not url_or_path.startswith("file:"):
        return Path(url_or_path)
    parts = urlsplit(url_or_path)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        raise InvalidInput(
            f"{url_or_path} cannot be reached from here; give a folder or a manifest on this"
            " machine, as a path or as file:///path."
        )
    return Path(unquote(parts.path))


def _manifests(path: Path) -> list[Path]:
    if path.is_file():
        if path.parent.name != MANIFESTS:
            raise InvalidInput(
                f"{path} is no manifest; manifests stand in a folder {MANIFESTS} of the bucket."
            )
        return [path]
    if not path.is_dir():
        raise InvalidInput(f"{path} does not exist; give a bucket's folder or a manifest.")
    own = path.glob("*.json") if path.name == MANIFESTS else path.rglob(f"{MANIFESTS}/*.json")
    found = sorted(each for each in own if each.is_file() and not each.name.startswith("."))
    if not found:
        raise InvalidInput(
            f"No manifest is below {path}; a run that is not finished has none, or give another"
            " folder."
        )
    return found
