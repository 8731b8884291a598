"""Builds the archive that all functions are made from: what `main.py` loads, and nothing else.

The same source gives the same bytes on every machine, and the file's name ends with their hash, so
that an archive that was deployed once is never written again.
"""

import argparse
import ast
from collections.abc import Iterable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import main

ROOT = Path(__file__).parents[2]
OURS = ("functions", "shared")
# Beside the functions: the job that brings the tables to the archive's version.
JOBS = ("shared.state.deploy",)
ALWAYS = ("main.py", "requirements.txt", "LICENSE")
# The earliest moment that a zip file can tell; the real one would change the bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)


def build(out: Path, root: Path = ROOT) -> Path:
    """Write the archive below `out`; gives its path, `sluice-HASH.zip`."""
    content = packed(root, files(root, [*main.ENTRY_POINTS.values(), *JOBS]))
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"sluice-{sha256(content).hexdigest()[:16]}.zip"
    path.write_bytes(content)
    return path


def packed(root: Path, paths: Iterable[Path]) -> bytes:
    """The zip file; stored and not compressed, since compressors differ between machines."""
    content = BytesIO()
    with ZipFile(content, "w", ZIP_STORED) as archive:
        for path in sorted(paths):
            entry = ZipInfo(path.relative_to(root).as_posix(), EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return content.getvalue()


def files(root: Path, modules: Iterable[str]) -> set[Path]:
    """The files of these modules, of all they import anywhere, and the data beside them."""
    sources = set(_closure(root, modules))
    packages = {path.parent for path in sources if path.parent != root}
    data = {file for package in packages for file in _data(package)}
    return sources | data | {root / name for name in ALWAYS}


def _closure(root: Path, modules: Iterable[str]) -> set[Path]:
    """The modules and whatever of ours they import, also later and inside functions."""
    found: dict[str, Path] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        path = _path_of(root, name)
        if name in found or path is None:
            continue
        found[name] = path
        # A package is loaded before what is in it.
        waiting.append(name.rpartition(".")[0])
        waiting.extend(_imports(root, name, path))
    return set(found.values())


def _path_of(root: Path, name: str) -> Path | None:
    """The file of one of our modules; None for names in a module, and for modules of others."""
    if name.split(".")[0] not in OURS:
        return None
    base = root.joinpath(*name.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _imports(root: Path, name: str, path: Path) -> Iterator[str]:
    """Every dotted name that the module imports; what it takes out of a module counts, too."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                start = ".".join([*above, *([module] if module else [])])
                yield start
                yield from (f"{start}.{alias.name}" for alias in names)
            case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(value=str(name))]):
                yield name
            case ast.Call(
                func=ast.Name(id="import_module"),
                args=[ast.JoinedStr(values=[ast.Constant(value=str(start)), *_])],
            ):
                # One of a package's modules, by a name that is put together: any of them.
                folder = root.joinpath(*start.rstrip(".").split("."))
                yield from (f"{start}{file.stem}" for file in folder.glob("*.py"))


def _data(package: Path) -> Iterator[Path]:
    """What lies in a package and is no module: files, and folders that are no packages."""
    for path in package.iterdir():
        if path.name == "__pycache__" or path.suffix in (".py", ".pyc"):
            continue
        if path.is_file():
            yield path
        elif not (path / "__init__.py").exists():
            yield from (
                file
                for file in path.rglob("*")
                if file.is_file() and "__pycache__" not in file.parts
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m infra.tools.archive", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    print(build(parser.parse_args().out))
