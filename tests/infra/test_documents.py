"""What the operator's documents tell to type, open or set is there."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from functions.local.cli import app
from shared.config import Limits, Watching

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*sorted(ROOT.glob("docs/*.md")), ROOT / "infra/README.md", ROOT / "README.md"]
EXAMPLES = {"LIMIT_EXPORTS_PER_TICK", "LIMIT_REDELIVER_AFTER"}  # both have to be found


def ids(path):
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(params=DOCUMENTS, ids=ids)
def document(request):
    return request.param


def words(pattern, text):
    return set(re.findall(pattern, text))


def test_links_lead_to_files(document):
    links = words(r"\]\(([^)#:]+)\)", document.read_text("utf-8"))
    assert {link for link in links if not (document.parent / link).exists()} == set()


def test_files_that_are_named_are_there(document):
    text = document.read_text("utf-8")
    named = words(
        r"(?<![\w/.-])((?:docs|infra|bench|shared)/[\w/.-]+\.(?:md|tfvars|tf|py|yaml|json))\b", text
    )
    missing = {name for name in named if not (ROOT / name).exists()}
    assert missing - {"infra/settings/PROJECT.tfvars"} == set()


def test_commands_are_commands(document):
    text = document.read_text("utf-8")
    targets = words(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"))
    assert words(r"(?m)(?:\$ |`|&& )make ([a-z-]+)", text) - targets == set()
    modules = words(r"python -m ((?:infra|bench|shared)\.[\w.]+)", text)
    assert {m for m in modules if not (ROOT / f"{m.replace('.', '/')}.py").exists()} == set()
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    assert words(r"main\.py ([a-z][a-z-]+)", text) - known == set()


def test_limits_that_can_be_set_are_limits(document):
    known = {f"LIMIT_{field.name.upper()}" for field in fields(Limits)}
    known |= {f"WATCH_{field.name.upper()}" for field in fields(Watching)}
    assert (
        words(r"\b((?:LIMIT|WATCH)_[A-Z_]+[A-Z])\b", document.read_text("utf-8")) - known == set()
    )
    assert known >= EXAMPLES


def test_names_in_the_cloud_are_those_that_terraform_gives(document):
    text = document.read_text("utf-8")
    terraform = "\n".join(path.read_text("utf-8") for path in (ROOT / "infra").rglob("*.tf"))
    jobs = words(r"scheduler jobs \w+ (\S+)", text)
    assert {job for job in jobs if job.removeprefix("sluice-") not in terraform} == set()
    secrets = words(r"secret(?:s versions add)? `?([a-z]+-[a-z]+)\b", text) & {
        "mail-password",
        "database-owner",
    }
    assert {secret for secret in secrets if f'"{secret}"' not in terraform} == set()
    outputs = words(r"terraform -chdir=infra output (?:-json )?(\w+)", text)
    assert {name for name in outputs if f'output "{name}"' not in terraform} == set()
