"""Imports point one way, and every deployed function pays for its own imports only."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import main

ROOT = Path(__file__).parents[1]
OURS = ("main", "functions", "shared", "infra")


@dataclass(frozen=True)
class Rule:
    """What one part of the house may import of the others; `outside` None means any library."""

    may: tuple[str, ...]
    never: tuple[str, ...] = ()
    outside: frozenset[str] | None = None


# functions -> jobs -> domain, formats, ports, state. The longest matching name rules a module;
# a part of the house may always import itself.
RULES = {
    "main": Rule(may=("functions",)),
    # Tools of the deployment, with nothing but Python and the table of entry points.
    "infra": Rule(may=("main",), outside=frozenset()),
    "functions": Rule(may=("shared",), never=("shared.adapters",)),
    "functions.local": Rule(may=("main", "functions", "shared")),
    "shared.errors": Rule(may=()),
    "shared.reasons": Rule(may=(), outside=frozenset()),
    "shared.redaction": Rule(may=(), outside=frozenset()),
    "shared.config": Rule(may=("shared.errors",)),
    "shared.tracing": Rule(may=(), outside=frozenset()),
    "shared.log_events": Rule(may=(), outside=frozenset()),
    "shared.logs": Rule(
        may=(
            "shared.errors",
            "shared.config",
            "shared.log_events",
            "shared.redaction",
            "shared.tracing",
        )
    ),
    "shared.domain": Rule(
        may=("shared.errors",), outside=frozenset({"dateutil", "numpy", "pyarrow"})
    ),
    "shared.credentials": Rule(
        may=("shared.errors", "shared.logs", "shared.reasons", "shared.domain"),
        outside=frozenset({"cryptography", "google"}),
    ),
    "shared.formats": Rule(may=("shared.errors", "shared.domain")),
    "shared.loading": Rule(may=("shared.errors", "shared.domain", "shared.schema")),
    "shared.import_ports": Rule(
        may=(
            "shared.errors",
            "shared.domain",
            "shared.credentials",
            "shared.loading",
            "shared.schema",
        )
    ),
    "shared.source_questions": Rule(
        may=("shared.errors", "shared.domain", "shared.import_ports"), outside=frozenset()
    ),
    "shared.source_answers": Rule(
        may=(
            "shared.errors",
            "shared.domain",
            "shared.import_ports",
            "shared.source_questions",
        ),
        outside=frozenset({"pyarrow"}),
    ),
    "shared.schema": Rule(may=("shared.errors", "shared.domain")),
    "shared.mail": Rule(
        may=("shared.errors", "shared.domain", "shared.reasons"), outside=frozenset({"jinja2"})
    ),
    "shared.ports": Rule(
        may=("shared.errors", "shared.domain", "shared.formats", "shared.credentials")
    ),
    "shared.state": Rule(
        may=("shared.errors", "shared.config", "shared.logs", "shared.domain", "shared.redaction")
    ),
    "shared.jobs": Rule(
        may=("shared",), never=("shared.adapters", "shared.bootstrap", "shared.handling")
    ),
    "shared.adapters": Rule(
        may=("shared",), never=("shared.bootstrap", "shared.jobs", "shared.state")
    ),
    "shared.bootstrap": Rule(may=("shared",), never=("shared.handling", "shared.push")),
    # A house of its own, which it builds and drives as functions drive theirs.
    "shared.drill": Rule(may=("shared",), never=("shared.handling", "shared.push")),
    # What all handlers share.
    "shared.handling": Rule(
        may=(
            "shared.errors",
            "shared.logs",
            "shared.ports",
            "shared.push",
            "shared.tracing",
        )
    ),
    "shared.push": Rule(may=("shared.errors",)),
}
# The packages themselves, loaded with every module: no imports.
EMPTY = {"shared", "functions", "infra"}
BY_NAME = {"import_module", "__import__"}


def rule_of(module: str) -> tuple[str, Rule] | None:
    """Return the part of the house the module belongs to, with its rule."""
    parts = module.split(".")
    if parts[0] == "functions" and len(parts) > 1 and parts[1] != "local":
        return ".".join(parts[:2]), RULES["functions"]  # each function is a part of its own
    for length in range(len(parts), 0, -1):
        if (name := ".".join(parts[:length])) in RULES and name != "functions":
            return name, RULES[name]
    return None


def imports(module: str, text: str, *, package: bool = False) -> Iterator[str]:
    """Yield the full dotted name of everything that the text of a module imports, anywhere."""
    base = module.split(".") if package else module.split(".")[:-1]
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=source, names=names, level=level):
                above = base[: len(base) - level + 1] if level else []
                start = ".".join([*above, *([source] if source else [])])
                yield from (f"{start}.{alias.name}" for alias in names)
            case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]):
                if getattr(func, "attr", getattr(func, "id", "")) in BY_NAME:
                    yield name


def under(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def wrong_arrows(module: str, text: str, *, package: bool = False) -> list[str]:
    """Return the imports of a module that its rule forbids."""
    if module in EMPTY:
        return list(imports(module, text, package=True))
    if (found := rule_of(module)) is None:
        return [f"{module} has no rule in RULES"]
    home, rule = found
    wrong = []
    for name in imports(module, text, package=package):
        top = name.split(".")[0]
        if top in OURS:
            fine = under(name, (home,)) or (under(name, rule.may) and not under(name, rule.never))
        else:
            fine = rule.outside is None or top in rule.outside | sys.stdlib_module_names
        if not fine:
            wrong.append(name)
    return wrong


def sources() -> Iterator[tuple[str, Path]]:
    folders = ("functions", "shared", "infra/tools")
    inside = (path for folder in folders for path in ROOT.glob(f"{folder}/**/*.py"))
    for path in [ROOT / "main.py", *inside]:
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path


def test_every_import_points_the_right_way():
    wrong = {}
    for module, path in sources():
        package = path.name == "__init__.py"
        name = module.removesuffix(".__init__") if package else module
        if found := wrong_arrows(name, path.read_text("utf-8"), package=package):
            wrong[name] = found
    assert wrong == {}


@pytest.mark.parametrize(
    ("module", "text", "wrong"),
    [
        ("shared.domain.x", "from shared.state import runs", ["shared.state.runs"]),
        ("shared.domain.x", "from ..jobs.plan import plan", ["shared.jobs.plan.plan"]),
        ("shared.domain.x", "import duckdb", ["duckdb"]),
        ("shared.domain.x", "import json, numpy\nfrom shared.errors import InvalidInput", []),
        ("shared.formats.x", "from shared import adapters", ["shared.adapters"]),
        ("shared.jobs.x", "import shared.adapters.gcs", ["shared.adapters.gcs"]),
        ("shared.jobs.x", "from shared.bootstrap import start", ["shared.bootstrap.start"]),
        ("shared.jobs.x", "def f():\n    import functions.worker", ["functions.worker"]),
        ("shared.jobs.x", "from shared import state, domain, formats, ports", []),
        ("shared.state.x", "import_module('shared.jobs.plan')", ["shared.jobs.plan"]),
        ("shared.domain.x", "super().__init__('duckdb')", []),
        ("shared.adapters.x", "from shared import ports, jobs", ["shared.jobs"]),
        ("functions.worker.main", "import functions.planner.main", ["functions.planner.main"]),
        ("functions.worker.main", "from shared.adapters import gcs", ["shared.adapters.gcs"]),
        ("functions.worker.main", "from . import push\nfrom shared.jobs import plan", []),
        ("functions.local.cli", "from functions.worker.main import worker", []),
        ("shared", "from shared.errors import OurFault", ["shared.errors.OurFault"]),
        ("shared.novelty", "", ["shared.novelty has no rule in RULES"]),
    ],
)
def test_a_wrong_arrow_is_found(module, text, wrong):
    assert wrong_arrows(module, text) == wrong


def test_no_module_is_named_after_one_of_the_standard_library():
    assert [str(path) for _, path in sources() if path.stem in sys.stdlib_module_names] == []


def test_the_table_of_entry_points_is_the_list_of_function_folders():
    folders = {path.parent.name for path in ROOT.glob("functions/*/main.py")} - {"local"}
    assert set(main.ENTRY_POINTS) == folders
    assert all(main.ENTRY_POINTS[name] == f"functions.{name}.main" for name in folders)


def test_an_unknown_entry_point_is_an_ordinary_missing_attribute():
    with pytest.raises(AttributeError, match="no attribute 'nobody'"):
        _ = main.nobody


def in_a_fresh_process(program: str, *args: str, cwd: Path) -> str:
    command = [sys.executable, "-c", program, *args]
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_importing_main_loads_no_heavy_library():
    program = "import sys; old = set(sys.modules); import main; print(*set(sys.modules) - old)"
    loaded = {name.split(".")[0] for name in in_a_fresh_process(program, cwd=ROOT).split()}
    assert "main" in loaded
    assert loaded & {"google", "duckdb", "flask", "pyarrow", "sqlalchemy", "functions"} == set()


@pytest.mark.parametrize("module", sorted(main.ENTRY_POINTS.values()))
def test_a_function_that_starts_loads_no_library_that_only_its_work_needs(module):
    program = "import sys, importlib; importlib.import_module(sys.argv[1]); print(*sys.modules)"
    loaded = set(in_a_fresh_process(program, module, cwd=ROOT).split())
    assert module in loaded
    assert loaded & {"alembic", "duckdb", "google.cloud.bigquery", "google.cloud.storage"} == set()


def test_the_framework_finds_our_own_packages_and_a_plain_function_of_each_name(tmp_path):
    """The framework appends this folder to the path, so an installed namesake would win."""
    program = (
        "import sys, functions_framework as framework\n"
        "source, *names = sys.argv[1:]\n"
        "for name in names:\n"
        "    app = framework.create_app(name, source)\n"
        "    assert getattr(sys.modules['main'], name).__name__ == name\n"
        "import shared, functions\n"
        "print(shared.__file__, functions.__file__)\n"
    )
    args = [str(ROOT / "main.py"), *main.ENTRY_POINTS]
    found = in_a_fresh_process(program, *args, cwd=tmp_path).split()
    assert found == [str(ROOT / name / "__init__.py") for name in ("shared", "functions")]


def test_no_installed_package_has_a_name_of_ours():
    assert set(OURS) & set(packages_distributions()) == set()
