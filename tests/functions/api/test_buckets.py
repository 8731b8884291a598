"""Buckets by the API: a key goes in and never comes out."""

import json

import pytest

from tests.credentials.keys import EMAIL, KEY_ID, key_file, pem
from tests.functions.api.problems import problem
from tests.leaks import found_in

BUCKETS = "/v1/accounts/1/buckets"
KEYS = "/v1/accounts/1/api-keys"


@pytest.fixture(name="key")
def _key():
    return key_file().decode()


@pytest.fixture(name="url")
def _url(world, cloud_storage):
    """A bucket that is not saved yet."""
    return f"gs://{cloud_storage.new_bucket()}"


def test_a_bucket_is_saved_with_its_key_which_nobody_sees_again(api, url, key):
    made = api.post(BUCKETS, {"url": url, "nickname": "Partner", "service_account_key": key})
    assert made.status_code == 201, made.get_json()
    saved = made.get_json()
    assert (saved["nickname"], saved["kind"], saved["email"]) == ("Partner", "key", EMAIL)
    assert saved["key_id"] == KEY_ID
    everything = api.get(BUCKETS).get_data(as_text=True) + made.get_data(as_text=True)
    everything += api.get("/v1/accounts/1/audit").get_data(as_text=True)
    assert not found_in(everything)


def test_a_bucket_is_tested_rotated_and_removed(api, url, key):
    saved = api.post(BUCKETS, {"url": url, "service_account_key": key}).get_json()
    path = f"{BUCKETS}/{saved['bucket_id']}"
    tested = api.post(f"{path}:test").get_json()
    assert (tested["works"], tested["reason"]) == (True, None)
    assert "passed" in {step["outcome"] for step in tested["steps"]}
    new = key_file(private_key=pem(number=1), private_key_id="f" * 40).decode()
    rotated = api.post(f"{path}:rotate", {"service_account_key": new})
    assert rotated.get_json()["key_id"] == "f" * 40
    assert api("DELETE", path).status_code == 204
    problem(api.get(path), 404)


def test_a_bucket_that_does_not_open_is_told_with_its_reason(api, world, cloud_storage):
    name = cloud_storage.new_bucket()
    saved = api.post(BUCKETS, {"url": f"gs://{name}"}).get_json()
    cloud_storage.client().bucket(name).delete()
    answer = api.post(f"{BUCKETS}/{saved['bucket_id']}:test")
    assert answer.status_code == 200
    assert (answer.get_json()["works"], answer.get_json()["reason"]) == (
        False,
        "404-bucket-not-found",
    )


def test_a_small_object_is_left_only_where_that_is_asked_for(api, world, cloud_storage):
    name = cloud_storage.new_bucket()
    saved = api.post(BUCKETS, {"url": f"gs://{name}"}).get_json()
    path = f"{BUCKETS}/{saved['bucket_id']}:test"
    for body in (None, {}, {"write": False}):
        assert [step["part"] for step in api.post(path, body).get_json()["steps"]][-1] == "settings"
    for wrong in ({"write": "true"}, {"write": 1}, {"leave": True}):
        problem(api.post(path, wrong), 422)
    with cloud_storage.client() as client:
        assert list(client.list_blobs(name)) == []
        step = api.post(path, {"write": True}).get_json()["steps"][-1]
        (blob,) = client.list_blobs(name)
    assert (step["part"], step["outcome"]) == ("object", "passed")
    assert blob.name in step["detail"]


def test_a_missing_bucket_is_not_saved_and_the_advice_is_given(api, world, key):
    refusal = problem(
        api.post(BUCKETS, {"url": "gs://nobody-has-this-one", "service_account_key": key}), 422
    )
    assert "Check that the bucket name matches exactly" in refusal["detail"]
    assert "create the key again, copy and paste it" in refusal["detail"]


def test_no_error_repeats_a_key(api, url, key):
    broken = json.dumps(json.loads(key) | {"token_uri": "https://example.com"})
    for body in (
        {"url": url, "service_account_key": broken},
        {"url": url, "service_account_key": key, key: 1},
        {"url": key, "service_account_key": key},
        {"url": url, "impersonate": key},
        {"url": url, "nickname": key},
        {"url": url, "service_account_key": {"nested": key}},
    ):
        answer = api.post(BUCKETS, body)
        problem(answer, 422)
        assert not found_in(answer.get_data(as_text=True))


def test_a_bucket_in_use_is_not_removed(api, world, cloud_bucket):
    body = {"bucket": f"gs://{cloud_bucket}", "data_type": "all_events", "frequency": "live"}
    made = api.post("/v1/accounts/1/exports", body)
    assert made.status_code == 201, made.get_json()
    refusal = problem(api("DELETE", f"{BUCKETS}/{world.bucket_id}"), 422)
    assert str(made.get_json()["request_id"]) in refusal["detail"]


def test_testing_too_often_has_to_wait(api, world):
    path = f"{BUCKETS}/{world.bucket_id}:test"
    answers = [api.post(path) for _ in range(30)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused != []
    problem(refused[0], 429)
    assert int(refused[0].headers["Retry-After"]) > 0


def test_credentials_are_tried_and_neither_they_nor_the_bucket_are_kept(api, url, key):
    before = api.get(BUCKETS).get_json()
    tried = api.post(f"{BUCKETS}:try", {"url": url, "service_account_key": key})
    assert tried.status_code == 200, tried.get_json()
    assert (tried.get_json()["works"], tried.get_json()["reason"]) == (True, None)
    missing = {"url": "gs://nobody-has-this-one", "service_account_key": key}
    failed = api.post(f"{BUCKETS}:try", missing).get_json()
    assert (failed["works"], failed["reason"]) == (False, "404-bucket-not-found")
    assert [step["outcome"] for step in failed["steps"]].count("failed") == 1
    assert api.get(BUCKETS).get_json() == before
    entry = api.get("/v1/accounts/1/audit?action=buckets.try").get_json()["items"][0]
    assert (entry["target"], entry["detail"]["works"]) == ("gs://nobody-has-this-one", False)
    assert not found_in(tried.get_data(as_text=True))


@pytest.mark.parametrize("path", [BUCKETS, f"{BUCKETS}:try"])
def test_a_folder_is_no_bucket_for_whoever_is_not_at_the_machine(api, world, path):
    made = api.post(KEYS, {"name": "maker", "scopes": ["buckets:write"]}).get_json()
    headers = {"Authorization": f"Bearer {made['secret']}"}
    for url in (world.house.bucket.as_uri(), "file:///etc", "gs://../../etc", "http://127.0.0.1/"):
        name = {"nickname": "mine"} if path == BUCKETS else {}
        answer = api.post(path, {"url": url} | name, headers=headers)
        assert answer.status_code == 422 or not answer.get_json()["works"], answer.get_json()
    assert len(api.get(BUCKETS).get_json()["items"]) == 1


def test_the_proof_of_ownership_is_shown_and_stays(api):
    shown = api.get("/v1/accounts/1/ownership-proof").get_json()
    assert shown == api.get("/v1/accounts/1/ownership-proof").get_json()
    assert shown["proof"].startswith("sluice:")
