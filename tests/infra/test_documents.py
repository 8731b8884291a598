"""What the operator's documents tell people to type and to set is there."""

import re
import shlex
from dataclasses import fields
from pathlib import Path

from typer.main import get_command

from functions.local.cli import app
from shared.config import Limits, Watching

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("docs/*.md")), ROOT / "README.md", ROOT / "infra/README.md"]
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
TERRAFORM = "\n".join(path.read_text("utf-8") for path in sorted(ROOT.glob("infra/*.tf")))


def declared(kind):
    """The names of Terraform's blocks of one kind: variables, outputs."""
    return set(re.findall(rf'(?m)^{kind} "(\w+)"', TERRAFORM))


def typed(pattern):
    """What stands behind a prompt or in a piece of code; prose may say the same words."""
    code = re.findall(r"(?m)^ {4,}\$? ?(.+)$|`([^`\n]+)`", TEXT)
    lines = "\n".join("".join(pieces) for pieces in code)
    return set(re.findall(pattern, lines))


def test_targets_of_make_are_there():
    known = set(re.findall(r"(?m)^([a-z-]+): ", (ROOT / "Makefile").read_text("utf-8")))
    named = typed(r"(?m)(?:^|&& )make ([a-z][a-z-]+)")
    assert {"deploy", "check-infra", "audit"} <= named
    assert named - known == set()


def test_commands_of_the_command_line_are_there():
    named = typed(r"main\.py ([a-z][a-z-]+)")
    assert {"load", "verify"} <= named
    assert named - set(get_command(app).commands) == set()


def test_outputs_of_terraform_are_there():
    named = typed(r"terraform -chdir=infra output (?:-\w+ )*(\w+)")
    listed = re.search(r"At the end it shows the outputs: ((?:.|\n)*?)\n\n", TEXT)
    assert named == {"warehouse"}
    assert set(re.findall(r"`(\w+)`", listed[1])) == declared("output")


def test_settings_of_terraform_are_there():
    settings = typed(r"(?m)^(functions|database|network|account|mail)\.(?:worker\.)?(?!tf$)(\w+)$")
    assert ("database", "tier") in settings
    for variable, field in settings:
        block = re.search(rf'(?ms)^variable "{variable}" \{{.*?^\}}', TERRAFORM)
        assert re.search(rf"\b{field}\b", block[0]), f"{variable}.{field}"


def test_limits_are_there():
    known = {f"LIMIT_{field.name.upper()}" for field in fields(Limits)}
    known |= {f"WATCH_{field.name.upper()}" for field in fields(Watching)}
    named = set(re.findall(r"\b(?:LIMIT|WATCH)_[A-Z_]+[A-Z]\b", TEXT))
    assert "LIMIT_REDELIVER_AFTER" in named
    assert named - known == set()


def test_commands_in_the_documents_are_whole():
    for line in re.findall(r"(?m)^ {4}\$ ((?:gcloud|make|terraform|git|python3?) .+)$", TEXT):
        shlex.split(line.removesuffix(" \\"), comments=True)
