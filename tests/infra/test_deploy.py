"""`make deploy` and Cloud Build run the steps in order, and say what is missing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from infra.tools.archive import build

ROOT = Path(__file__).parents[2]
BUILDS = ["cloudbuild.yaml", "cloudbuild.preview.yaml", "infra/apply.cloudbuild.yaml"]


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """Stand-ins for gcloud and terraform, which write down how they were called."""
    log = tmp_path / "log"
    for name in ("gcloud", "terraform"):
        program = tmp_path / name
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" >>"{log}"\n'
            f'case "$*" in *"buckets describe"*) exit 1;; *"$FAILS"*) exit 3;; esac\n'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("FAILS", "no such command")
    return log


def deploy(*arguments, answer=""):
    return subprocess.run(
        [sys.executable, "-m", "infra.tools.deploy", *arguments],
        cwd=ROOT,
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )


HERE = ("--project", "my-project", "--region", "europe-west1", "--admin", "ada@example.com")


def test_a_deployment_makes_state_archive_and_plan_and_applies_what_was_approved(commands):
    done = deploy(*HERE, answer="yes\n")
    assert done.returncode == 0, done.stderr
    ran = commands.read_text().splitlines()
    steps = [re.sub(r"-chdir=\S+ ", "", line) for line in ran]
    assert [" ".join(step.split()[:4]) for step in steps] == [
        "gcloud storage buckets describe",
        "gcloud storage buckets create",
        "gcloud storage buckets update",
        "terraform init -input=false -backend-config=bucket=my-project-sluice-terraform",
        "terraform plan -input=false -var=project=my-project",
        f"terraform apply -input=false {ROOT}/build/deploy.tfplan",
        "terraform output",
    ]
    assert re.search(r"-var=archive=\.\./build/sluice-[0-9a-f]{16}\.zip ", steps[4])
    assert "--public-access-prevention" in steps[1]


@pytest.mark.parametrize("answer", ["", "y\n", "no\n"])
def test_without_a_yes_nothing_is_applied(commands, answer):
    done = deploy(*HERE, answer=answer + "\n")
    assert done.returncode == 1
    assert done.stderr == "Nothing was changed.\n"
    assert "apply" not in commands.read_text()


def test_a_step_that_fails_ends_it_and_is_named(commands, monkeypatch):
    monkeypatch.setenv("FAILS", "plan ")
    done = deploy(*HERE, "--yes")
    assert done.returncode == 1
    assert "This did not work: terraform" in done.stderr
    assert "apply" not in commands.read_text()


def test_an_archive_that_was_built_is_not_built_again(commands):
    archive = build(ROOT / "build")
    copy = archive.with_name("sluice-0000000000000000.zip")
    copy.write_bytes(archive.read_bytes())
    deploy(*HERE, "--yes", "--archive", "build/sluice-0000000000000000.zip")
    copy.unlink()
    assert "-var=archive=../build/sluice-0000000000000000.zip " in commands.read_text()
    said = deploy(*HERE, "--yes", "--archive", "build/sluice-0000000000000000.zip").stderr
    assert "run `make archive` first" in said


def test_it_says_where_to_and_what_to_install(monkeypatch, tmp_path):
    assert "make deploy PROJECT=my-project" in deploy("--project", "", "--region", "").stderr
    monkeypatch.setenv("PATH", str(tmp_path))
    said = deploy(*HERE).stderr
    assert "Install Terraform 1.9" in said
    assert "Install the Google Cloud CLI" in said


@pytest.mark.parametrize("name", BUILDS)
def test_a_build_calls_what_there_is_and_is_told_what_it_uses(name):
    text = (ROOT / name).read_text("utf-8")
    build = yaml.safe_load(text)
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    for step in build["steps"]:
        words = " ".join([step.get("entrypoint", ""), *step["args"]])
        called = set(re.findall(r"(?m)^make ([a-z-]+)$", words))
        if step.get("entrypoint") == "make":
            called = {word for word in step["args"] if "=" not in word}
        assert called - targets == set(), step["id"]
        for module in re.findall(r"infra\.tools\.(\w+)", words):
            assert (ROOT / "infra/tools" / f"{module}.py").exists()
        assert ":latest" not in step["name"]
    used = set(re.findall(r"\$(_[A-Z_]+)", text))
    assert used == set(build["substitutions"]) & used
    ids = [step["id"] for step in build["steps"]]
    assert {name for step in build["steps"] for name in step.get("waitFor", [])} - {
        "-",
        *ids,
    } == set()


def test_the_apply_on_approval_takes_the_plan_of_the_build_before():
    plan, apply = ((ROOT / name).read_text("utf-8") for name in (BUILDS[0], BUILDS[2]))
    assert "plans/$SHORT_SHA/" in plan
    assert "_PLAN=$SHORT_SHA" in plan
    assert "plans/$_PLAN/" in apply
    assert all(".terraform.lock.hcl" in text for text in (plan, apply))
    assert "apply -input=false" in apply
    assert (
        "apply"
        not in plan.replace("infra/apply", "").replace("sluice-apply", "").split("steps:")[1]
    )
