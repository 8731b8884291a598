"""What is not as documented is refused as a problem that says where, and changes nothing."""

import pytest

from tests.functions.api.problems import problem
from tests.leaks import found_in, watch

EXPORTS = "/v1/accounts/1/exports"
LISTS = [EXPORTS, "/v1/accounts/1/audit"]
CHOICES = {"bucket": "gs://a-bucket", "data_type": "all_events", "frequency": "live"}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "size", ["-1", "0", "201", "1000000000", "9" * 400, "1.0", "ten", "", "+5"]
)
def test_no_page_has_such_a_size(api, path, size):
    refusal = problem(api.get(path, query_string={"page_size": size}), 422)
    assert [each["where"] for each in refusal["errors"]] == ["query.page_size"]


@pytest.mark.parametrize("size", [1, 200])
def test_the_ends_of_the_range_are_sizes(api, size):
    assert api.get(EXPORTS, query_string={"page_size": size}).status_code == 200


def token_of(api, world, **query):
    page = api.get(EXPORTS, query_string={"page_size": 1, **query})
    return page.get_json()["next_page_token"]


def test_a_token_is_of_one_list_with_its_filters_only(api, world):
    token = token_of(api, world)
    for path, query in (
        (EXPORTS, {"format": "json"}),
        ("/v1/accounts/1/audit", {}),
        (f"{EXPORTS}/{world.waiting.export_id}/runs", {}),
    ):
        refusal = problem(api.get(path, query_string=query | {"page_token": token}), 422)
        assert refusal["reason"] == "bad-page-token"


def test_a_token_that_was_tampered_with_is_refused(api, world):
    token = token_of(api, world)
    flipped = [
        token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        for place in range(0, len(token) - 1)
    ]
    for changed in [*flipped, token[:-4], token + "AAAA", "x", "ä", "\0", "W10", "e30"]:
        refusal = problem(api.get(EXPORTS, query_string={"page_token": changed}), 422)
        assert refusal["reason"] in ("bad-page-token", "not-as-documented")


@pytest.mark.parametrize("path", LISTS)
def test_an_unknown_parameter_is_refused(api, path):
    refusal = problem(api.get(path, query_string={"limit": "5"}), 422)
    assert refusal["errors"][0]["where"] == "query.limit"


def test_a_parameter_is_given_once(api):
    problem(api.get(f"{EXPORTS}?page_size=1&page_size=2"), 422)
    assert api.get(f"{EXPORTS}?format=csv&format=xml").status_code == 200


@pytest.mark.parametrize("name", ["text", "bucket", "format", "page_token", "unknown"])
def test_a_filter_of_100_kb_is_refused(api, name):
    answer = api.get(EXPORTS, query_string={name: "x" * 100_000})
    problem(answer, 413)
    assert len(answer.data) < 2_000


def test_an_unknown_field_is_refused_and_named(api, world):
    refusal = problem(api.post(EXPORTS, CHOICES | {"colour": "red"}), 422)
    assert [each["where"] for each in refusal["errors"]] == ["body.colour"]


@pytest.mark.parametrize(
    "changes",
    [
        {"frequency": "hourly"},
        {"every_minutes": "10"},
        {"every_minutes": 10.5},
        {"as_string": "yes"},
        {"as_string": 1},
        {"start_on": 20261120},
        {"start_on": "20.11.2026"},
        {"start_on": "0"},
        {"start_on": "2026-13-01"},
        {"events": "Order placed"},
        {"events": [1]},
        {"events": ["x"] * 1_001},
        {"identity_priority": ["name"]},
        {"bucket": ""},
        {"bucket": None},
        {"bucket": "gs://a\0b"},
        {"prefix": "x" * 1_000},
    ],
)
def test_nothing_is_converted(api, world, changes):
    refusal = problem(api.post(EXPORTS, CHOICES | changes), 422)
    assert refusal["errors"][0]["where"].startswith(f"body.{next(iter(changes))}")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'"\\ud800"'])
def test_what_is_no_json_is_unreadable(api, body):
    refusal = problem(api.post(EXPORTS, data=body, content_type="application/json"), 400)
    assert refusal["reason"] == "unreadable"


@pytest.mark.parametrize("body", [b"[]", b"null", b"5", b'"text"'])
def test_a_body_is_an_object(api, body):
    problem(api.post(EXPORTS, data=body, content_type="application/json"), 422)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", ""])
def test_a_body_of_another_type_is_not_read(api, kind):
    answer = api.post(EXPORTS, data=b"{}", content_type=kind, headers={"Sec-Fetch-Site": "none"})
    assert answer.status_code in (403, 415)
    problem(answer, answer.status_code)


def test_a_body_over_a_megabyte_is_refused(api):
    problem(api.post(EXPORTS, CHOICES | {"prefix": "x" * 1_100_000}), 413)


def test_an_operation_without_a_body_takes_none(api, world):
    path = f"{EXPORTS}/{world.waiting.export_id}:stop"
    problem(api.post(path, {"force": True}), 422)
    assert api.get(f"{EXPORTS}/{world.waiting.export_id}").get_json()["status"] == "PENDING"


@pytest.mark.parametrize(
    "path",
    ["/v1", "/v1/accounts/x", "/v1/accounts/0", "/v1/accounts/-1", "/v1/accounts/1/exports/1.5"]
    + [f"/v1/accounts/{'9' * length}" for length in (20, 5_000)]
    + ["/v1/accounts/١", "/v2/accounts", "/v1/accounts/1/exports/1:explode"],
)
def test_an_address_that_leads_nowhere_is_a_problem_too(api, path):
    assert problem(api.get(path), 404)["reason"] == "no-such-page"


def test_the_largest_id_is_not_found_like_any_other(api):
    problem(api.get(f"{EXPORTS}/{2**63 - 1}"), 404)
    problem(api.get(f"{EXPORTS}/{2**63}"), 422)


def test_an_unknown_method_is_told_with_those_that_there_are(api):
    answer = api("DELETE", EXPORTS)
    problem(answer, 405)
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_a_state_changing_operation_is_not_reached_by_looking(api, world):
    problem(api.get(f"{EXPORTS}/{world.waiting.export_id}:stop"), 405)


def test_a_fault_of_ours_tells_nothing(api, world, monkeypatch, caplog):
    secret = watch("canary-of-a-statement-5f0e77")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"a statement with {secret}")

    monkeypatch.setattr("shared.jobs.list_exports.list_exports", broken)
    answer = api.get(EXPORTS)
    assert problem(answer, 500)["reason"] == "our-fault"
    assert not found_in(answer.get_data(as_text=True) + caplog.text)
    assert '"event": "request_failed"' in caplog.text
