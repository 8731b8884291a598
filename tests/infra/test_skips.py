"""An exception from a check of the deployment stands beside the resource, with its reason."""

import re
from pathlib import Path

INFRA = Path(__file__).parents[2] / "infra"


def test_every_exception_has_its_reason():
    lines = [line for path in INFRA.rglob("*.tf") for line in path.read_text("utf-8").splitlines()]
    skips = [line.strip() for line in lines if "checkov:" in line]
    assert skips
    wrong = [
        line for line in skips if not re.fullmatch(r"# checkov:skip=CKV2?_GCP_\d+:\w.{6,}", line)
    ]
    assert wrong == []


def test_no_setting_leaves_out_a_check_everywhere():
    names = {".checkov.yaml", ".checkov.yml", ".checkovignore"}
    assert [path for path in INFRA.parent.iterdir() if path.name in names] == []
    assert "--skip-check" not in (INFRA / "tools/check.py").read_text("utf-8")
