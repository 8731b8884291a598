"""What is committed names no registry and no folder of one machine, and every pin has its hash."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# One letter of each stands in brackets, so that this file does not hold what it forbids.
FORBIDDEN = {
    "an option that names a registry": r"(?<!\S)--(extra-)?([i]ndex-url|[f]ind-links|[t]rusted-)",
    "the host of a registry": r"python[h]osted\.org|\b[p]ypi\.(org|python)|\b[r]egistry\.\w+\.\w",
    "a folder of one machine": r"(?<![\w.~>-])/(hom[e]|User[s]|wor[k]|op[t])/\w",
    "the home of root": r"(?<![\w.~>-])/roo[t]/\.",
}
PINS = ["requirements.txt", "requirements-local.txt", "requirements-dev.txt"]
SERVER_PINS = "tests/servers/requirements-bigquery.txt"
# In venvs of their own.
ASIDE = [
    "bench/requirements.txt",
    "infra/requirements.txt",
    ".ci/requirements.txt",
    SERVER_PINS,
]
ALL_PINS = [*PINS, "requirements-demo.txt", *ASIDE]
# What git ignores; other such folders begin with a dot.
SKIPPED = {"__pycache__", "bench/data", "build"}


def committed_texts() -> Iterator[tuple[str, str]]:
    """Yield name and text of the files that git would commit, without asking git."""
    folders = [ROOT]
    while folders:
        for path in folders.pop().iterdir():
            name = path.relative_to(ROOT).as_posix()
            if path.is_file():
                yield name, path.read_text("utf-8", errors="replace")
            elif path.name == ".ci" or not (
                path.name.startswith(".") or {path.name, name} & SKIPPED
            ):
                folders.append(path)


def complaints(text: str) -> list[str]:
    return [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)]


def pins(name: str) -> dict[str, str]:
    """Return package -> version of a pinned file, each of whose entries must bear a hash."""
    entries = re.split(r"\n(?=\w)", re.sub(r"(?m)^\s*#.*\n", "", (ROOT / name).read_text("utf-8")))
    found = {}
    for entry in filter(str.strip, entries):
        pin = re.match(r"([a-z0-9-]+)==([\w.]+)( \\\n +--hash=sha256:[0-9a-f]{64})+\s*$", entry)
        assert pin, f"{name}: {entry.splitlines()[0]} is not pinned with a hash"
        found[pin[1]] = pin[2]
    return found


def wanted(name: str) -> set[str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return {re.split(r"\[|==", line)[0] for line in lines if re.match(r"\w", line)}


def test_no_committed_file_names_a_registry_or_a_folder_of_one_machine():
    found = {name: wrong for name, text in committed_texts() if (wrong := complaints(text))}
    assert found == {}


@pytest.mark.parametrize(
    "pieces",
    [
        ("pip install --extra-", "index-url x"),
        ("--", "index-url=x"),
        ("a --find", "-links wheels"),
        ("# from files.python", "hosted.org"),
        ("python = '/ho", "me/ann/bin/python'"),
        ("cd /wo", "rk/main"),
        ("see /ro", "ot/.cache"),
    ],
)
def test_a_forbidden_address_is_found(pieces):
    assert complaints("".join(pieces)) != []


@pytest.mark.parametrize(
    "text",
    ["pip-compile --no-emit-index-url", "</root>", "/root/Event", "framework/x", "file:///tmp/x"],
)
def test_ordinary_text_is_left_alone(text):
    assert complaints(text) == []


@pytest.mark.parametrize("name", ALL_PINS)
def test_every_requirement_is_pinned_and_hashed(name):
    assert pins(name)


@pytest.mark.parametrize("name", [*PINS, *ASIDE])
def test_what_is_asked_for_is_pinned(name):
    assert wanted(name.replace(".txt", ".in")) - set(pins(name)) == set()


@pytest.mark.parametrize("name", [*PINS[1:], "bench/requirements.txt"])
def test_every_layer_installs_the_versions_that_the_cloud_runs(name):
    cloud, layer = pins("requirements.txt"), pins(name)
    assert {package: layer.get(package) for package in cloud} == cloud


def test_the_demo_data_is_never_installed():
    demo = set(pins("requirements-demo.txt"))
    assert all(demo.isdisjoint(pins(name)) for name in PINS)


def test_only_the_script_of_the_build_knows_what_lies_beside_this_folder():
    beside = "shared/tools/tf" + "offline"
    assert [name for name, text in committed_texts() if beside in text] == [".ci/run"]
