"""Keyless access where nobody has logged in: a problem of its own that says how to."""

import pytest

from shared.adapters import iam
from tests.credentials.keys import EMAIL
from tests.functions.api.problems import problem

ACCOUNT = "/v1/accounts/1"
GIVEN = {"project_id": "my-project-1", "dataset_id": "shop", "impersonate": EMAIL}
BUCKET = {"url": "gs://partner-feed-of-nobody", "impersonate": EMAIL}


@pytest.fixture(autouse=True)
def _nobody(monkeypatch, tmp_path):
    """A laptop of somebody who has never logged in."""
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setattr(iam, "DETECT_S", 0.1)


def test_a_test_answers_with_the_step_that_failed(api):
    tested = api.post(f"{ACCOUNT}/connections:test", GIVEN).get_json()
    assert (tested["works"], tested["results"][0]["outcome"]) == (False, "failed")
    assert "gcloud auth application-default login" in tested["results"][0]["detail"]
    tried = api.post(f"{ACCOUNT}/buckets:try", BUCKET).get_json()
    assert (tried["works"], tried["reason"]) == (False, "own-identity-missing")


@pytest.mark.parametrize(
    ("path", "body"), [("connections", GIVEN | {"name": "Shop"}), ("buckets", BUCKET)]
)
def test_what_cannot_be_saved_so_says_what_to_do_where_sluice_runs(api, path, body):
    answer = api.post(f"{ACCOUNT}/{path}", body)
    found = problem(answer, 503)
    assert (found["type"], found["reason"]) == ("/docs#problem-not-set-up", "own-identity-missing")
    assert "gcloud auth application-default login" in found["detail"]
    assert "Retry-After" not in answer.headers
    assert api.get(f"{ACCOUNT}/{path}").get_json()["items"] == []
