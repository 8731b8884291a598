"""The archive holds what `main.py` loads and nothing else, and is the same on every machine."""

import os
from pathlib import Path
from zipfile import ZipFile

import pytest

import main
from infra.tools.archive import JOBS, build, files

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    with ZipFile(build(tmp_path_factory.mktemp("archive"))) as archive:
        return archive.namelist()


@pytest.fixture
def tree(tmp_path):
    """A small source tree: what a handler imports, in every way, and what it does not."""
    for name, text in {
        "functions/__init__.py": "",
        "functions/worker/__init__.py": "",
        "functions/worker/main.py": (
            "from . import near\ndef f():\n    from shared.jobs import write\n"
        ),
        "functions/worker/near.py": "",
        "functions/worker/far.py": "",
        "functions/worker/templates/page.html": "<p>",
        "functions/local/__init__.py": "",
        "functions/local/cli.py": "",
        "shared/__init__.py": "",
        "shared/jobs/__init__.py": "",
        "shared/jobs/write.py": "import shared.words\nimport_module('shared.late')\n",
        "shared/late.py": "import_module(f'shared.many.{name}')\n",
        "shared/many/__init__.py": "",
        "shared/many/one.py": "",
        "shared/jobs/other.py": "",
        "shared/words.py": "import json\nfrom elsewhere import thing\n",
        "shared/words.json": "{}",
        "shared/state/migrations/env.py": "",
        "main.py": "",
        "requirements.txt": "",
        "LICENSE": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_what_is_imported_is_packed_with_the_data_beside_it_and_nothing_else(tree):
    found = {path.relative_to(tree).as_posix() for path in files(tree, ["functions.worker.main"])}
    assert found == {
        "functions/__init__.py",
        "functions/worker/__init__.py",
        "functions/worker/main.py",
        "functions/worker/near.py",
        "functions/worker/templates/page.html",
        "shared/__init__.py",
        "shared/jobs/__init__.py",
        "shared/jobs/write.py",
        "shared/late.py",
        "shared/many/__init__.py",
        "shared/many/one.py",
        "shared/words.json",
        "shared/words.py",
        "shared/state/migrations/env.py",
        "main.py",
        "requirements.txt",
        "LICENSE",
    }


def test_the_command_line_and_the_tools_stay_at_home(names):
    away = ("functions/local/", "infra/", "tests/", "bench/", "requirements-")
    assert [name for name in names if name.startswith(away)] == []


def test_every_function_is_packed_with_its_data_and_the_migrations(names):
    wanted = {f"{module.replace('.', '/')}.py" for module in [*main.ENTRY_POINTS.values(), *JOBS]}
    versions = ROOT.glob("shared/state/migrations/versions/*.py")
    wanted |= {path.relative_to(ROOT).as_posix() for path in versions}
    wanted |= {"shared/warehouse_schema.json", "functions/api/templates/base.html"}
    assert wanted - set(names) == set()


def test_no_file_of_this_machine_is_packed(names):
    assert [name for name in names if "__pycache__" in name or "/." in name] == []


def test_the_same_source_gives_the_same_archive_and_another_one_another(tree, monkeypatch):
    monkeypatch.setattr(main, "ENTRY_POINTS", {"worker": "functions.worker.main"})
    first = build(tree / "first", tree)
    os.utime(tree / "shared/words.py", (0, 0))
    (tree / "shared/words.py").chmod(0o600)
    second = build(tree / "second", tree)
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    (tree / "shared/words.py").write_text("import json  # and more\n")
    assert build(tree / "second", tree).name != first.name
