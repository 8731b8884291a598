"""`make deploy`: the archive, a place for Terraform's state, a plan, and the plan applied.

Settings beside project and region stand in infra/settings/PROJECT.tfvars, if there is such a file;
variables.tf says what there is.
"""

import argparse
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.tools.archive import ROOT, build

BUILD = ROOT / "build"
INFRA = ROOT / "infra"


class Stopped(Exception):
    """What a person has to do before it goes on."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One project, and the commands that bring a version into it."""

    terraform: Sequence[str]
    project: str
    region: str
    admin: str
    state_bucket: str

    def plan(self, archive: Path, out: Path) -> None:
        """Make the bucket for Terraform's state, if need be, and plan; raises Stopped."""
        if not self._does("gcloud", "storage", "buckets", "describe", f"gs://{self.state_bucket}"):
            self._make_bucket()
        self._terraform("init", "-input=false", f"-backend-config=bucket={self.state_bucket}")
        # Relative, so that it is the same on a laptop and in Cloud Build.
        given = {
            "project": self.project,
            "region": self.region,
            "state_bucket": self.state_bucket,
            "archive": f"../build/{archive.name}",
        }
        if self.admin:
            given["admin_email"] = self.admin
        settings = INFRA / "settings" / f"{self.project}.tfvars"
        files = [f"-var-file=settings/{settings.name}"] if settings.exists() else []
        variables = [f"-var={name}={value}" for name, value in given.items()]
        self._terraform("plan", "-input=false", *files, *variables, f"-out={out.absolute()}")

    def apply(self, plan: Path) -> None:
        """Apply exactly this plan, and show where the dashboard is; raises Stopped."""
        self._terraform("apply", "-input=false", str(plan.absolute()))
        self._terraform("output")

    def _make_bucket(self) -> None:
        """Versions are kept: Terraform's state is the one thing here that cannot be made again."""
        name = f"gs://{self.state_bucket}"
        closed = ("--uniform-bucket-level-access", "--public-access-prevention")
        self._run("gcloud", "storage", "buckets", "create", name, *closed, *self._where())
        self._run("gcloud", "storage", "buckets", "update", name, "--versioning")

    def _where(self) -> tuple[str, str]:
        return f"--project={self.project}", f"--location={self.region}"

    def _terraform(self, *arguments: str) -> None:
        self._run(*self.terraform, f"-chdir={INFRA}", *arguments)

    def _run(self, *command: str) -> None:
        print(f"$ {shlex.join(command)}", flush=True)
        if subprocess.run(command, check=False).returncode:
            raise Stopped(f"This did not work: {shlex.join(command)}\nThe reason stands above.")

    def _does(self, *command: str) -> bool:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0


def missing(terraform: Sequence[str]) -> list[str]:
    """What has to be installed first, in a sentence each."""
    wanted = {
        terraform[0]: "Terraform 1.9 or newer: https://developer.hashicorp.com/terraform/install",
        "gcloud": "the Google Cloud CLI: https://cloud.google.com/sdk/docs/install",
    }
    return [f"Install {what}" for name, what in wanted.items() if shutil.which(name) is None]


def deploy(given: argparse.Namespace) -> None:
    """The steps, one after the other; raises Stopped."""
    terraform = shlex.split(given.terraform)
    if not (given.project and given.region):
        raise Stopped(
            "Say where to: make deploy PROJECT=my-project REGION=europe-west1 ADMIN=you@example.com"
        )
    if wanted := missing(terraform):
        raise Stopped("\n".join(wanted))
    bucket = given.state_bucket or f"{given.project}-sluice-terraform"
    deployment = Deployment(terraform, given.project, given.region, given.admin, bucket)
    archive = given.archive or build(BUILD)
    if archive.absolute().parent != BUILD or not archive.exists():
        raise Stopped(f"There is no archive {archive} below build/: run `make archive` first.")
    print(f"The archive is build/{archive.name}.", flush=True)
    plan = given.plan_only or BUILD / "deploy.tfplan"
    deployment.plan(archive, plan)
    if given.plan_only:
        return
    if not given.yes and input("Apply this plan? Only yes is taken for a yes: ") != "yes":
        raise Stopped("Nothing was changed.")
    deployment.apply(plan)


def main() -> None:
    """Read the command line; end with what has to be done when it does not go on."""
    parser = argparse.ArgumentParser(prog="python -m infra.tools.deploy", description=__doc__)
    parser.add_argument("--terraform", default="terraform", help="any terraform command")
    parser.add_argument("--project", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--admin", default="", help="e-mail address of the first admin")
    parser.add_argument("--state-bucket", default="", help="PROJECT-sluice-terraform if not given")
    parser.add_argument("--archive", type=Path, help="take this one, which make archive has built")
    parser.add_argument("--plan-only", type=Path, help="write the plan here and apply nothing")
    parser.add_argument("--yes", action="store_true", help="apply without being asked")
    try:
        deploy(parser.parse_args())
    except Stopped as stopped:
        sys.exit(str(stopped))


if __name__ == "__main__":
    main()
