"""The documentation of reasons: all of them, each at its place, and no link leads astray."""

import re
from datetime import timedelta
from html import unescape

import pytest

from shared.domain.bucket_access import Access
from shared.domain.runs import RunStatus
from shared.reasons import CATALOGUE
from shared.state import buckets, runs
from shared.state.buckets import NewBucket
from tests.functions.api.conftest import STRANGER
from tests.functions.api.problems import problem


def page(api, path):
    answer = api.get(path)
    assert answer.status_code == 200, path
    return unescape(answer.get_data(as_text=True))


def ids(text):
    return set(re.findall(r'\bid="([^"]+)"', text))


def test_the_page_is_public_and_shows_every_reason_with_its_steps(api):
    answer = api.get("/docs/reasons", by="")
    assert answer.status_code == 200
    text = unescape(answer.get_data(as_text=True))
    assert ids(text) >= set(CATALOGUE)
    found = re.findall(r'\bid="([^"]+)"', text)
    assert len(found) == len(set(found))
    for reason in CATALOGUE.values():
        for words in (reason.title, reason.cause, *reason.fix):
            assert words in text
    assert "<script" not in text.split("</head>")[1]


def test_the_list_says_the_same(api):
    answer = api.get("/v1/reasons")
    assert answer.status_code == 200
    found = {each["code"]: each for each in answer.get_json()["items"]}
    assert list(found) == list(CATALOGUE)
    for code, reason in CATALOGUE.items():
        assert found[code]["fix"] == list(reason.fix)
        assert found[code]["link"] == f"/docs/reasons#{code}"
        assert found[code]["blame"] == reason.blame
    assert api.get("/v1/reasons", by="").status_code == 401


def test_every_link_of_the_catalogue_leads_to_a_place_that_is_there(api):
    links = {reason.guide for reason in CATALOGUE.values() if reason.guide}
    links |= {reason.link for reason in CATALOGUE.values()}
    places = {}
    for link in links:
        path, _, place = link.partition("#")
        if path not in places:
            answer = api.get(path)
            # A browser keeps the place when it is led on.
            path_there = answer.headers["Location"] if answer.status_code == 302 else path
            places[path] = ids(page(api, path_there))
        assert place in places[path], link
    assert {link.partition("#")[0] for link in links} == {
        "/guide",
        "/guide/bigquery",
        "/docs/reasons",
    }


@pytest.mark.parametrize("guide", ["/guide", "/guide/bigquery"])
def test_the_way_to_the_guide_is_that_of_ones_own_account(api, guide):
    assert api.get(guide).headers["Location"] == f"/accounts/1{guide}"
    assert api.get(guide, by=STRANGER).headers["Location"] == f"/accounts/2{guide}"
    assert api.get(guide, by="nobody@else.example").headers["Location"] == "/accounts"
    assert api.get(guide, by="").status_code == 401


def test_a_problem_says_how_to_mend_its_reason_and_where_that_is_explained(api):
    found = problem(api.get("/v1/accounts/1/exports/1764000000"), 404)
    assert found["fix"] == list(CATALOGUE["not-found"].fix)
    assert found["link"] == "/docs/reasons#not-found"


def failed(world, reason, message):
    def change(connection):
        [run] = runs.list_for_export(connection, 1, world.delivered.export_id)
        runs.move(
            connection,
            1,
            run.run_id,
            expected=[RunStatus.DONE],
            status="FAILED",
            error_reason=reason,
            error_message=message,
        )

    world.house.services.database.run(change)


CASES = ["403-forbidden", "403-retention-policy-not-met", "rows-differ", "no-such-code"]


@pytest.mark.parametrize("code", CASES)
def test_a_failed_run_shows_its_steps_in_the_answer_and_on_its_pages(api, world, code):
    failed(world, code, CATALOGUE[code].message if code in CATALOGUE else "Something odd.")
    known = CATALOGUE.get(code, CATALOGUE["unknown"])
    export = world.delivered.export_id
    run = f"/accounts/1/exports/{export}/runs/{world.run_id}"
    told = api.get(f"/v1/accounts/1/runs/{world.run_id}").get_json()
    assert told["error_reason"] == code
    assert told["error"]["fix"] == list(known.fix)
    text = page(api, run)
    assert all(words in text for words in (known.title, known.cause, *known.fix, code))
    assert known.link in text
    assert ("Guide: when access is refused" in text) == bool(known.guide)
    assert f"/accounts/1{known.guide}" in text


def test_a_bucket_that_fails_shows_since_when_and_what_to_do(api, world, later):
    services = world.house.services
    new = NewBucket(1, "Bad", "gs://bad-one", Access("key", "a@b.iam.gserviceaccount.com"))
    saved = services.database.run(lambda c: buckets.insert(c, new, world.house.now))
    later(timedelta(hours=1))
    since = world.house.now
    services.database.run(
        lambda c: buckets.note_probe(c, 1, saved.bucket_id, "404-bucket-not-found", since)
    )
    found = api.get(f"/v1/accounts/1/buckets/{saved.bucket_id}").get_json()
    assert found["failure"]["title"] == "There is no bucket of this name."
    assert found["failing_since"] == found["probed_at"] > found["worked_at"]
    text = page(api, "/accounts/1/buckets")
    assert "Fails since" in text
    assert "/docs/reasons#404-bucket-not-found" in text
