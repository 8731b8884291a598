"""The function prober looks into datasets for those who may not read the keys of connections."""

from dataclasses import replace

import functions_framework
import pytest

import functions.prober.main as prober_main
from shared.adapters.http_prober import HttpProber
from shared.adapters.http_sources import HttpSources
from shared.domain.bucket_access import Access as Credentials
from shared.domain.connections import Access, ConnectionRefused, Dataset
from shared.domain.import_mapping import Kind
from shared.domain.import_specs import ImportSpec, SourceQuery
from shared.errors import InvalidInput, OurFault, Transient
from shared.import_ports import Reading
from shared.jobs.look_at_source import dry_run, list_tables, preview_source, suggest_mapping
from shared.jobs.manage_connections import (
    add_connection,
    list_connections,
    rotate_connection,
    try_connection,
    try_new,
)
from shared.jobs.manage_imports import create_import
from shared.source_questions import Ask, Given, Question, question_text
from tests.adapters.bigquery_shop import BigQueryShop
from tests.adapters.datasets import ORDERS, folder_with, order
from tests.credentials.keys import key_file, pem
from tests.functions.probing import MAIN, WriteOnly
from tests.leaks import found_in

SECOND_ID = "f" * 40
WORKS = ["passed", "passed", "unknown"]


@pytest.fixture
def shop(bigquery, monkeypatch):
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", bigquery.rest_url)
    return BigQueryShop(bigquery.rest_url, [order(n, uid=f"u{n}") for n in range(30)])


@pytest.fixture
def services(house, prober, shop):
    """Those of the function api, which reads no secret."""

    def opened(*_):
        raise AssertionError("a dataset was opened outside of the prober")

    return replace(
        house.services,
        secrets=WriteOnly(house.services.secrets),
        looks=HttpSources(prober.asked_by()),
        source=opened,
    )


@pytest.fixture
def saved(services, shop):
    return add_connection(services, 1, shop.place, name="Shop", key_file=key_file())


def second_key() -> bytes:
    return key_file(private_key=pem(number=1), private_key_id=SECOND_ID)


def keys(house):
    return list((house.folder / "secrets").rglob("connection-*/*"))


def test_a_connection_is_tested_saved_and_rotated_without_reading_its_key(
    house, services, shop, saved
):
    assert saved.location == "EU"
    tried = try_new(services, 1, shop.place, key_file=second_key())
    for results in (tried, try_connection(services, 1, saved.connection_id)):
        assert [each.outcome for each in results] == WORKS
    after = rotate_connection(services, 1, saved.connection_id, key_file=second_key())
    assert after.credentials.key_id == SECOND_ID
    assert len(keys(house)) == 1


def test_an_import_is_looked_at_mapped_tried_and_made_without_reading_the_key(services, saved):
    of = (services, 1, saved.connection_id)
    assert list_tables(*of) == ["orders"]
    shown = preview_source(*of, ORDERS)
    assert (len(shown.rows), shown.columns[0].name) == (20, "uid")
    mapping = suggest_mapping(*of, ORDERS, Kind.EVENTS)
    tried = dry_run(*of, ORDERS, mapping)
    assert (tried.rows, tried.rows_rejected) == (30, 0)
    spec = ImportSpec(
        nickname="Orders", connection_id=saved.connection_id, source=ORDERS, mapping=mapping
    )
    assert create_import(services, 1, spec).spec == spec


def test_what_the_customer_has_to_mend_is_told_in_words(services, saved):
    nothing = SourceQuery("nothing")
    with pytest.raises(InvalidInput, match="exactly as they are") as caught:
        preview_source(services, 1, saved.connection_id, nothing)
    assert caught.value.reason == "import-source-missing"


def test_no_rows_are_no_rows(services, shop, saved):
    none = SourceQuery(sql=f"SELECT uid FROM `{shop.table}` WHERE uid = 'nobody'")
    assert preview_source(services, 1, saved.connection_id, none).rows == ()


def test_a_dataset_that_is_not_there_is_not_saved_and_no_key_is_kept(house, services, shop):
    nothing = Dataset(shop.place.project, "nothing")
    with pytest.raises(ConnectionRefused, match="dataset id matches exactly") as caught:
        add_connection(services, 1, nothing, name="X", key_file=key_file())
    assert [each.outcome for each in caught.value.results] == ["passed", "failed", "not_tried"]
    assert (list_connections(services, 1).items, keys(house)) == ((), [])


def test_a_prober_that_is_away_leaves_no_key_behind(house, services, shop):
    away = replace(services, looks=HttpSources(HttpProber("http://127.0.0.1:9", identity=Anybody)))
    with pytest.raises(Transient) as caught:
        add_connection(away, 1, shop.place, name="Shop", key_file=key_file())
    assert (caught.value.reason, keys(house)) == ("prober-unavailable", [])


class Anybody:
    """Somebody whom nobody knows."""

    valid, token = True, "nobody"

    def __init__(self, audience):
        self.audience = audience


def test_without_a_key_the_project_is_what_fails(services, shop, monkeypatch):
    monkeypatch.delenv("BIGQUERY_EMULATOR_HOST")
    [project, *_] = try_new(services, 1, shop.place)
    assert (project.outcome, project.reason) == ("failed", "connection-not-saved")


def test_a_key_of_another_dataset_is_not_tried_on_this_one(services, shop, saved):
    """Whoever has taken the function api over cannot learn where another one's key leads."""
    for account_id, place in ((2, shop.place), (1, Dataset(shop.place.project, "mine"))):
        with pytest.raises(OurFault) as caught:
            services.looks.given(account_id, place, saved.credentials, "").try_out(
                Access.READ_WRITE
            )
        assert caught.value.reason == "secret-unreadable"


def test_a_connection_of_another_account_is_not_there(services, saved):
    with pytest.raises(InvalidInput) as caught:
        services.looks.saved(2, saved.connection_id).tables()
    assert caught.value.reason == "not-found"


def test_a_folder_is_for_the_person_at_the_machine(house, services):
    place = folder_with(house.folder / "mine", [order(1)])
    with pytest.raises(InvalidInput, match="your own machine only"):
        add_connection(services, 1, place, name="X")


@pytest.fixture
def client(house, monkeypatch):
    monkeypatch.setattr(prober_main, "CALLERS", None)
    return functions_framework.create_app("prober", str(MAIN)).test_client()


FOLDER = Given(Dataset("file:///etc", ""), Credentials("none"), "")
GOOD = question_text(Question(1, 1, Ask.TABLES))
BAD = {
    "nothing": b"",
    "a list": b"[]",
    "a folder": question_text(Question(1, FOLDER, Ask.TABLES)),
    "an unknown question": GOOD.replace("tables", "delete"),
    "a connection that is no number": GOOD.replace('"of": 1', '"of": "1"'),
    "a reading without an end": question_text(Question(1, 1, Ask.READ, Reading(ORDERS, (), "x"))),
    "a job of another name": question_text(
        Question(1, 1, Ask.READ, Reading(ORDERS, (), "../x", limit=1))
    ),
    "two sources": question_text(Question(1, 1, Ask.DESCRIBE, ORDERS)).replace(
        '"sql": null', '"sql": "SELECT 1"'
    ),
}


@pytest.mark.parametrize("body", BAD)
def test_a_body_that_is_no_question_of_ours_is_refused_without_repeating_it(client, body):
    answer = client.post("/sources", data=BAD[body])
    assert (answer.status_code, answer.data) == (400, b"bad-message")


def test_more_than_a_few_rows_are_never_read(saved, client):
    reading = Reading(ORDERS, (), "x", limit=1_001)
    asked = question_text(Question(1, saved.connection_id, Ask.READ, reading))
    answer = client.post("/sources", data=asked)
    assert (answer.status_code, answer.data) == (400, b"bad-message")


def test_an_answer_holds_nothing_of_the_key(shop, saved, client):
    given = Given(shop.place, saved.credentials, "EU")
    asked = question_text(Question(1, given, Ask.TRY_OUT, Access.READ_WRITE))
    answer = client.post("/sources", data=asked)
    assert (answer.status_code, answer.get_json()["found"]["failed_at"]) == (200, None)
    assert not found_in(answer.get_data(as_text=True) + str(answer.headers))


def test_another_path_leads_nowhere(client):
    assert client.post("/nothing", data=GOOD).status_code == 404
