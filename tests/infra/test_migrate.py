"""Before traffic moves: an image is built from the archive, and its job has to end well."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "infra/tools/migrate.sh"
GIVEN = {
    "PROJECT": "my-project",
    "REGION": "europe-west1",
    "ARCHIVE": "gs://my-project-sluice-source/sluice-0123456789abcdef.zip",
    "ACCOUNT": "sluice-migrator@my-project.iam.gserviceaccount.com",
    "BUILD_ACCOUNT": "projects/my-project/serviceAccounts/sluice-builder",
    "IMAGE": "europe-west1-docker.pkg.dev/my-project/sluice/migrate",
    "NETWORK": "sluice",
    "SUBNET": "sluice-inward",
    "SECRET": "database-owner",
    "STATE_URL": "postgresql+psycopg://sluice-owner@10.64.32.3/sluice?sslmode=require",
    "STATE_USERS": "sluice-api@my-project.iam,sluice-worker@my-project.iam",
}


@pytest.fixture
def gcloud(tmp_path):
    """A stand-in that writes down its arguments, one call a line; it fails at the word FAILS."""
    program = tmp_path / "gcloud"
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\037" "$@" >>"{tmp_path}/log"\necho >>"{tmp_path}/log"\n'
        'case "$*" in *"$FAILS"*) exit 7;; esac\n'
    )
    program.chmod(0o755)
    return tmp_path


def migrate(path, **given):
    done = subprocess.run(
        [SCRIPT],
        env=GIVEN | {"PATH": f"{path}:/usr/bin:/bin", "FAILS": "no such word"} | given,
        capture_output=True,
        text=True,
        check=False,
    )
    log = path / "log"
    calls = log.read_text().splitlines() if log.exists() else []
    return done, [call.rstrip("\037").split("\037") for call in calls]


def test_the_image_is_built_from_the_archive_and_its_job_is_waited_for(gcloud):
    done, [build, job] = migrate(gcloud)
    assert done.returncode == 0, done.stderr
    assert build[:3] == ["builds", "submit", GIVEN["ARCHIVE"]]
    assert job[:4] == ["run", "jobs", "deploy", "migrate"]
    assert {"--execute-now", "--wait"} <= set(job)
    variables = job[job.index("--set-env-vars") + 1]
    assert variables == f"^|^STATE_URL={GIVEN['STATE_URL']}|STATE_USERS={GIVEN['STATE_USERS']}"
    assert job[job.index("--set-secrets") + 1] == "PGPASSWORD=database-owner:latest"


@pytest.mark.parametrize(("fails", "calls"), [("submit", 1), ("jobs deploy", 2)])
def test_a_step_that_fails_ends_the_deployment(gcloud, fails, calls):
    done, made = migrate(gcloud, FAILS=fails)
    assert done.returncode == 7
    assert len(made) == calls


def test_without_gcloud_it_is_said_what_to_install(tmp_path):
    for name in ("bash", "dirname"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    done, _ = migrate(tmp_path, PATH=str(tmp_path))
    assert done.returncode == 1
    assert "install the Google Cloud CLI" in done.stderr
