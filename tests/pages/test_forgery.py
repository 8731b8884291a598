"""No page of another account exists, and nothing is changed by looking or by another site."""

from dataclasses import replace

import pytest
from werkzeug.datastructures import MultiDict

from functions.api.pages.choices import chosen
from shared.domain.members import Actor, Role, Via
from shared.errors import InvalidInput
from shared.jobs.manage_accounts import first_admin
from shared.ports import SignIn
from tests.pages.site import ADMIN, ANN, application

HERE = "http://127.0.0.1"
VALUES = {"export_id": 7, "run_id": 7, "bucket_id": 7, "key_id": "k", "move": "run"}


@pytest.fixture
def client(house):
    first_admin(house.services, ADMIN)
    app = application(lambda: house.services, lambda: SignIn(local_member=ANN))
    return app.test_client()


def addresses(client, account_id: int, method: str) -> list[str]:
    """Every page of an account that takes the method."""
    app = client.application
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("pages.") and method in (rule.methods or ())
    ]
    adapter = app.url_map.bind("127.0.0.1")
    return [
        adapter.build(
            rule.endpoint,
            {name: VALUES.get(name, account_id) for name in rule.arguments},
            method=method,
        )
        for rule in rules
        if "account_id" in rule.arguments
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_page_of_another_account_exists(client, method):
    found = addresses(client, 2, method)
    assert len(found) > 10
    for address in found:
        answer = client.open(address, method=method, base_url=HERE)
        assert answer.status_code == 404, address


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=["no-token", "other-origin", "cross-site"],
)
def test_no_form_is_believed_without_its_token(client, headers):
    found = addresses(client, 1, "POST")
    assert len(found) > 10
    for address in found:
        answer = client.post(address, base_url=HERE, headers=headers, data={"csrf_token": "x"})
        assert answer.status_code == 403, address


def test_a_notice_is_never_what_somebody_wrote_into_the_address(client):
    answer = client.get("/accounts/1/start?notice=You+have+been+hacked", base_url=HERE)
    assert b"hacked" not in answer.data


def test_a_folder_is_for_the_person_at_the_machine_alone(house):
    form = MultiDict({"bucket": house.bucket.as_uri(), "data_type": "all_events"})
    form |= {"frequency": "one_time", "format": "json", "preset": "today"}
    ann = Actor(ANN, Role.ADMIN, Via.LOCAL)
    assert chosen(form, ann, today=house.now.date()).choices["bucket"] == house.bucket.as_uri()
    with pytest.raises(InvalidInput):
        chosen(form, replace(ann, via=Via.IAP), today=house.now.date())
