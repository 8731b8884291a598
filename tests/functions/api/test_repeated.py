"""A creation that is sent again under its request_id is made once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.functions.api.conftest import ROLES
from tests.functions.api.problems import problem

EXPORTS = "/v1/accounts/1/exports"


@pytest.fixture(name="choices")
def _choices(house):
    return {"bucket": house.bucket.as_uri(), "data_type": "all_events", "frequency": "live"}


def count(api):
    return len(api.get(EXPORTS).get_json()["items"])


def test_the_first_answer_is_given_again_and_nothing_is_made_twice(api, choices):
    path = f"{EXPORTS}?request_id=once"
    first, second = (api.post(path, choices) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json() == second.get_json()
    assert count(api) == 1


def test_another_body_under_the_same_id_is_a_conflict(api, choices):
    path = f"{EXPORTS}?request_id=once"
    api.post(path, choices)
    refusal = problem(api.post(path, choices | {"format": "csv"}), 409)
    assert refusal["reason"] == "request-id-reused"
    assert count(api) == 1


def test_the_same_id_for_another_operation_is_a_conflict(api, world, choices):
    api.post(f"{EXPORTS}?request_id=once", choices)
    path = f"/v1/accounts/1/runs/{world.run_id}:replay?request_id=once"
    assert problem(api.post(path), 409)["reason"] == "request-id-reused"


def test_what_was_refused_may_be_mended_and_sent_again(api, choices):
    path = f"{EXPORTS}?request_id=once"
    problem(api.post(path, choices | {"every_minutes": 240}), 422)
    assert api.post(path, choices).status_code == 201


def test_ids_are_of_one_member(api, choices):
    path = f"{EXPORTS}?request_id=once"
    made = {
        api.post(path, choices, by=ROLES[role]).get_json()["request_id"]
        for role in ROLES
        if role != "viewer"
    }
    assert len(made) == 2


def test_of_many_at_once_one_makes_it(api, choices):
    api.become(ROLES["admin"])
    path = f"{EXPORTS}?request_id=once"

    def send(_: int) -> int:
        return api.client.application.test_client().post(path, json=choices).status_code

    with ThreadPoolExecutor(4) as pool:
        codes = set(pool.map(send, range(8)))
    assert codes <= {201, 409}
    assert 201 in codes
    assert count(api) == 1


@pytest.mark.parametrize("request_id", ["", " ", "a b", "x" * 65, "ä", "a\0"])
def test_an_id_of_another_form_is_refused(api, choices, request_id):
    answer = api.post(EXPORTS, choices, query_string={"request_id": request_id})
    assert problem(answer, 422)["errors"][0]["where"] == "query.request_id"


def test_a_bucket_is_saved_once(api, world, cloud_storage):
    path = "/v1/accounts/1/buckets?request_id=once"
    body = {"url": f"gs://{cloud_storage.new_bucket()}"}
    answers = [api.post(path, body) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
