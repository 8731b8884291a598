"""`make check-infra`: everything about the deployment that can be checked without a cloud.

Works on a copy of infra/, so that nothing that Terraform writes stays beside the sources.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.tools.archive import ROOT, build
from infra.tools.roles import complaints, read_plan

VARIABLES = "tests/check.tfvars"
INSTALL = (
    "Terraform is missing: install version 1.9 or newer "
    "(https://developer.hashicorp.com/terraform/install), or name it as in "
    "'make check-infra TERRAFORM=/path/to/terraform'."
)
# Where state lies is asked by `make deploy`; here it lies nowhere.
LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'
COMMAND_NOT_FOUND = 127
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


class Failed(Exception):
    """A step did not pass; the message is what is to be shown."""


@dataclass(frozen=True, slots=True)
class Checks:
    """Terraform's own checks of one copy of the deployment."""

    terraform: Sequence[str]
    folder: Path

    def begin(self, source: Path = ROOT) -> None:
        """Copy infra/ and what it reads; providers are looked for.

        Raises Failed, also when there is no Terraform.
        """
        try:
            self.run("version")
        except FileNotFoundError:
            raise Failed(INSTALL) from None
        shutil.rmtree(self.folder, ignore_errors=True)
        left_out = shutil.ignore_patterns("__pycache__", ".terraform*", "*.py")
        shutil.copytree(source / "infra", self.infra, ignore=left_out)
        (self.folder / "shared").mkdir()
        shutil.copy(source / "shared" / "warehouse_schema.json", self.folder / "shared")
        (self.infra / "check_override.tf").write_text(LOCAL_STATE, "utf-8")
        self.run("init", "-input=false")

    def all(self) -> None:
        """Format, validity, a plan, its grants, and the tests of the plan; raises Failed."""
        self.run("fmt", "-check", "-recursive", "-diff")
        self.run("validate")
        self.plan()
        self.run("test", *self.given)

    def plan(self) -> Path:
        """Plan, compare the grants with the table; gives the plan as JSON. Raises Failed."""
        plan = self.folder / "check.tfplan"
        self.run("plan", "-input=false", *self.given, f"-out={plan}")
        shown = self.folder / "plan.json"
        shown.write_text(self.run("show", "-json", str(plan)), "utf-8")
        readme = (self.infra / "README.md").read_text("utf-8")
        if wrong := complaints(read_plan(shown), readme):
            raise Failed("\n".join(wrong))
        return shown

    @property
    def given(self) -> tuple[str, str]:
        """The variables of the check, with an archive that is there."""
        archive = build(self.folder / "build")
        return f"-var-file={VARIABLES}", f"-var=archive={archive}"

    @property
    def infra(self) -> Path:
        """The copy of infra/."""
        return self.folder / "infra"

    def run(self, *arguments: str) -> str:
        """Run Terraform in the copy; gives what it prints, raises Failed with it."""
        chdir = [f"-chdir={self.infra}"] if arguments[0] != "version" else []
        colour = [] if arguments[0] in ("version", "show") else ["-no-color"]
        command = [*self.terraform, *chdir, arguments[0], *colour, *arguments[1:]]
        # Google's provider wants a token before it plans; nothing is there to be asked for.
        environment = os.environ | {"GOOGLE_OAUTH_ACCESS_TOKEN": "none"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode == COMMAND_NOT_FOUND:
            raise Failed(INSTALL)
        if done.returncode:
            raise Failed(f"terraform {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done.stdout


def run(what: str, command: Sequence[str], environment: dict[str, str] | None = None) -> None:
    """Run another tool and show what it prints; raises Failed when it does not pass."""
    done = subprocess.run(command, cwd=ROOT, check=False, env=os.environ | (environment or {}))
    if done.returncode:
        raise Failed(f"{what} failed; what is wrong stands above.")


def checkov(program: Path, plan: Checks) -> None:
    """Known mistakes of deployments; each exception has its reason beside the resource."""
    command = [str(program), "--directory", str(plan.infra), "--framework", "terraform"]
    done = subprocess.run(
        [*command, "--compact", "--quiet", "--output", "json"],
        capture_output=True,
        text=True,
        check=False,
        # It would else look for newer rules, and for modules in the registry.
        env=os.environ | {"BC_SKIP_MAPPING": "TRUE", "CHECKOV_RUN_SCA_PACKAGE_SCAN_V2": "false"},
    )
    try:
        results = json.loads(done.stdout)
    except ValueError:
        raise Failed(f"checkov did not answer:\n{done.stdout}{done.stderr}") from None
    failed = results["results"]["failed_checks"]
    lines = [
        f"{each['check_id']} {each['file_path']} {each['resource']}: {each['check_name']}"
        for each in failed
    ]
    if lines or not results["summary"]["passed"]:
        raise Failed("checkov:\n" + "\n".join(lines))


def main() -> None:
    """Run all checks, one after the other, and say how each ended."""
    parser = argparse.ArgumentParser(prog="python -m infra.tools.check", description=__doc__)
    parser.add_argument("--terraform", default="terraform", help="any terraform command")
    parser.add_argument("--checkov", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True, help="has requirements.txt alone")
    given = parser.parse_args()
    checks = Checks(shlex.split(given.terraform), ROOT / "build" / "check")
    tests = {"CHECK_TERRAFORM": given.terraform, "CHECK_PYTHON": str(given.python.absolute())}
    try:
        checks.begin()
        for what, step in (
            ("terraform: format, validity, plan, grants, tests of the plan", checks.all),
            ("checkov", lambda: checkov(given.checkov, checks)),
            ("tests", lambda: run("pytest", [*PYTEST, "infra/tests"], tests)),
        ):
            print(f"{what} ...", flush=True)
            step()
    except Failed as failure:
        sys.exit(str(failure))
    print("The deployment is as it should be.")


if __name__ == "__main__":
    main()
