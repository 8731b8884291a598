"""What `make check-infra` hands to these tests: its Terraform, and a Python with few packages."""

import json
import os
import shlex
from pathlib import Path

import pytest

from infra.tools.archive import build
from infra.tools.check import Checks


@pytest.fixture(scope="session")
def python():
    """The Python of a venv that holds requirements.txt and nothing else."""
    return os.environ["CHECK_PYTHON"]


@pytest.fixture(scope="session")
def checks(tmp_path_factory):
    """A copy of the deployment that a test may break, if it mends it again."""
    checks = Checks(shlex.split(os.environ["CHECK_TERRAFORM"]), tmp_path_factory.mktemp("copy"))
    checks.begin()
    return checks


@pytest.fixture(scope="session")
def plan(checks):
    """The plan of tests/check.tfvars, as JSON."""
    return json.loads(checks.plan().read_text("utf-8"))


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Path:
    """The archive as it would be deployed."""
    return build(tmp_path_factory.mktemp("archive"))
