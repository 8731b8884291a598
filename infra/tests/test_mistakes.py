"""Mistakes in the deployment are found before anybody applies them."""

from contextlib import contextmanager

import pytest

from infra.tools.check import INSTALL, Checks, Failed


@contextmanager
def changed(checks, name, old, new):
    """The copy with one text in another's place."""
    path = checks.infra / name
    text = path.read_text("utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in {name} any more"
    path.write_text(text.replace(old, new, 1), "utf-8")
    try:
        yield
    finally:
        path.write_text(text, "utf-8")


INVOKER = """
resource "google_cloud_run_v2_service_iam_member" "everybody" {
  project  = var.project
  location = var.region
  name     = module.function["api"].service
  role     = "roles/run.invoker"
  member   = "allUsers"
}
"""
READER = """
resource "google_project_iam_member" "extra" {
  project = var.project
  role    = "roles/secretmanager.secretAccessor"
  member  = module.function["api"].member
}
"""


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("exports.tf", "attempt_deadline =", "attempt_dedline =", '"attempt_dedline" is not exp'),
        ("exports.tf", '  name             = "sluice-tick"\n', "", 'argument "name" is required'),
        (
            "modules/queue/main.tf",
            "  topic   = google_pubsub_topic.queue.id\n",
            "",
            '"topic" is requ',
        ),
        (
            "network.tf",
            '"google_compute_router"',
            '"google_compute_ruoter"',
            "google_compute_ruoter",
        ),
        ("state.tf", 'module.function["api"].database_user', 'module.function["api"].user', "user"),
    ],
)
def test_a_wrong_attribute_or_a_missing_argument_is_found(checks, name, old, new, said):
    with changed(checks, name, old, new), pytest.raises(Failed) as caught:
        checks.run("validate")
    assert said in " ".join(str(caught.value).split())


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "exports.tf",
            "roles/bigquery.readSessionUser",
            "roles/bigquery.readSessionsUser",
            "no row",
        ),
        ("exports.tf", "roles/bigquery.readSessionUser", "roles/editor", "is a basic role"),
        (
            "api.tf",
            "# Through the proxy",
            INVOKER + "# Through the proxy",
            "allUsers lets everybody",
        ),
        (
            "api.tf",
            "# Through the proxy",
            READER + "# Through the proxy",
            "no row for: api | roles/secretm",
        ),
        ("secrets.tf", '"planner", "worker",', '"worker",', "a row for nothing: planner"),
    ],
)
def test_a_grant_that_is_not_in_the_table_is_found(checks, name, old, new, said):
    with changed(checks, name, old, new), pytest.raises(Failed) as caught:
        checks.plan()
    assert said in str(caught.value)


def test_a_plan_that_breaks_a_promise_fails_its_test(checks):
    with (
        changed(
            checks,
            "network.tf",
            "private_ip_google_access = false",
            "private_ip_google_access = true",
        ),
        pytest.raises(Failed, match="only while Private Google Access is off"),
    ):
        checks.run("test", *checks.given, "-filter=tests/data.tftest.hcl")


def test_a_file_that_is_not_formatted_is_found(checks):
    with changed(checks, "budget.tf", "  amount {", "      amount {"), pytest.raises(Failed):
        checks.run("fmt", "-check", "-recursive")


def test_where_terraform_is_missing_it_is_said_what_to_install(tmp_path):
    with pytest.raises(Failed) as caught:
        Checks([str(tmp_path / "terraform")], tmp_path / "copy").begin()
    assert str(caught.value) == INSTALL
