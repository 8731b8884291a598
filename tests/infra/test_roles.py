"""A grant that is not in the table, or that no table may hold, is found in a plan."""

import pytest

from infra.tools.roles import Grant, complaints, table

README = """
| file | holds |
| --- | --- |
| `a` | b |

| account | role | resource | reason |
| --- | --- | --- | --- |
| `worker`, `api` | `roles/x.y` | `project` | It has to. |
| `agent gcp-sa-pubsub` | `roles/pubsub.publisher` | `topic dead-letters` | Puts them there. |
"""
WORKER = "serviceAccount:sluice-worker@p1.iam.gserviceaccount.com"
API = "serviceAccount:sluice-api@p1.iam.gserviceaccount.com"
AGENT = "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"
RIGHT = [
    ("google_project_iam_member", {"member": WORKER, "role": "roles/x.y", "project": "p1"}),
    ("google_project_iam_member", {"member": API, "role": "roles/x.y", "project": "p1"}),
    (
        "google_pubsub_topic_iam_member",
        {"member": AGENT, "role": "roles/pubsub.publisher", "topic": "dead-letters"},
    ),
]


def plan(*grants):
    return {
        "variables": {"project": {"value": "p1"}},
        "resource_changes": [
            {"address": f"{kind}.x", "type": kind, "change": {"after": values}}
            for kind, values in [*grants, ("google_pubsub_topic", {"name": "x"})]
        ],
    }


def test_a_plan_with_exactly_the_grants_of_the_table_is_right():
    assert complaints(plan(*RIGHT), README) == []


def test_a_cell_with_commas_stands_for_a_row_each():
    assert table(README) == {
        Grant("worker", "roles/x.y", "project"),
        Grant("api", "roles/x.y", "project"),
        Grant("agent gcp-sa-pubsub", "roles/pubsub.publisher", "topic dead-letters"),
    }


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        (
            "google_project_iam_member",
            {"member": WORKER, "role": "roles/x.z"},
            "worker | roles/x.z",
        ),
        ("google_project_iam_member", {"member": WORKER, "role": "roles/editor"}, "basic role"),
        ("google_project_iam_member", {"member": "allUsers", "role": "roles/x.y"}, "everybody in"),
        (
            "google_cloud_run_v2_service_iam_member",
            {"member": "allAuthenticatedUsers", "role": "roles/run.invoker", "name": "api"},
            "lets everybody in",
        ),
        (
            "google_secret_manager_secret_iam_member",
            {"member": API, "role": "roles/secretmanager.secretAccessor", "secret_id": "k"},
            "no row for: api | roles/secretmanager.secretAccessor | secret k",
        ),
        ("google_project_iam_policy", {"policy_data": "{}"}, "_iam_member that the table can name"),
        ("google_storage_bucket_iam_binding", {"role": "roles/x.y"}, "that the table can name"),
        (
            "google_project_iam_member",
            {"member": WORKER, "role": "roles/x.y", "condition": [{"title": "later"}]},
            "worker | roles/x.y | project if later",
        ),
    ],
)
def test_a_grant_outside_of_the_table_is_found(kind, values, said):
    found = complaints(plan(*RIGHT, (kind, {"project": "p1"} | values)), README)
    assert any(said in complaint for complaint in found), found


def test_a_row_that_nothing_needs_is_found():
    assert complaints(plan(*RIGHT[1:]), README) == [
        "infra/README.md has a row for nothing: worker | roles/x.y | project"
    ]


def test_a_row_without_a_reason_is_refused():
    with pytest.raises(ValueError, match="needs four cells and a reason"):
        table(README.replace("It has to.", ""))
