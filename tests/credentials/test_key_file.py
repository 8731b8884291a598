"""A key file is taken only as Google writes it; a refusal names the field and not its value."""

import json

import pytest
import requests

from shared.credentials.key_file import parse
from tests.credentials.keys import EMAIL, KEY_ID, key_file, pem
from tests.credentials.refusals import REQUIRED, VALUE, private_keys, refused
from tests.servers.listener import Listener

OTHER_TYPES = (
    "external_account",
    "authorized_user",
    "impersonated_service_account",
    "external_account_authorized_user",
    "gdch_service_account",
    "",
    VALUE,
)


def test_a_key_file_of_google_is_read():
    key = parse(key_file())
    assert (key.email, key.key_id, key.project_id) == (EMAIL, KEY_ID, "customer-project")
    assert key.private_key.key_size == 2_048


@pytest.mark.parametrize(
    "changes",
    [
        {"universe_domain": None},
        {"client_id": None, "auth_uri": None},
        {"client_email": "123456789012-compute@developer.gserviceaccount.com"},
        {"client_email": "customer-project@appspot.gserviceaccount.com"},
        {
            "client_email": "feed@my-project.example.com.iam.gserviceaccount.com",
            "project_id": "example.com:my-project",
        },
        {"private_key": pem(3_072)},
        {"private_key": pem().replace("\n", "\r\n")},
        {"private_key": pem().strip()},
    ],
)
def test_every_form_that_google_writes_is_read(changes):
    assert parse(key_file(**changes)).email == changes.get("client_email", EMAIL)


@pytest.mark.parametrize("kind", [*OTHER_TYPES, None, 7, ["service_account"]])
def test_another_type_of_credentials_is_refused(kind):
    assert "field type" in refused(key_file(type=kind))


def test_the_type_is_looked_at_before_anything_else():
    content = json.dumps({"type": "external_account", "credential_source": {"file": VALUE}})
    assert "field type" in refused(content.encode())


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/token",
        "http://localhost:{port}/token",
        "http://[::1]:{port}/token",
        "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token",
        "http://169.254.169.254/token",
        "https://oauth2.googleapis.com/token?x=" + VALUE,
        "https://oauth2.googleapis.com/token/",
        "https://oauth2.googleapis.com/token\n",
        " https://oauth2.googleapis.com/token",
        "https://oauth2.googleapis.com@127.0.0.1:{port}/token",
        "https://user:" + VALUE + "@oauth2.googleapis.com/token",
        "https://OAUTH2.googleapis.com/token",
        "http://oauth2.googleapis.com/token",
        "https://accounts.google.com/o/oauth2/token",
        "file:///etc/passwd",
        "",
    ],
)
def test_another_token_uri_is_refused_and_nobody_is_called(url):
    with Listener() as listener:
        assert "token_uri" in refused(key_file(token_uri=url.format(port=listener.port)))
        assert listener.count() == 0


def test_the_listener_of_these_tests_does_see_who_comes():
    with Listener() as listener:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{listener.port}/", timeout=10)
        assert listener.count() == 1


@pytest.mark.parametrize("domain", ["example.com", "", "googleapis.com.", "GOOGLEAPIS.COM", VALUE])
def test_a_foreign_universe_is_refused(domain):
    assert "universe_domain" in refused(key_file(universe_domain=domain))


@pytest.mark.parametrize(
    "name",
    [
        "credential_source",
        "token_url",
        "service_account_impersonation_url",
        "subject_token_type",
        "quota_project_id",
        "trust_boundary",
        "refresh_token",
    ],
)
def test_an_unknown_field_is_refused_by_its_name(name):
    assert f"the field {name}," in refused(key_file(**{name: VALUE}))


@pytest.mark.parametrize("name", [VALUE, "a\nb", "A" * 5_000, "", "é", "x\x1b[31m"])
def test_the_name_of_an_unknown_field_is_shown_only_when_it_looks_like_one(name):
    message = refused(key_file(**{name: "x"}))
    assert "a field with an unknown name" in message
    assert message.isprintable()


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_field_is_named(name):
    assert f"field {name} is missing" in refused(key_file(**{name: None}))


@pytest.mark.parametrize("name", [*REQUIRED, "universe_domain", "client_id", "auth_uri"])
@pytest.mark.parametrize("value", [7, True, [VALUE], {"x": VALUE}, 1.5])
def test_a_field_that_is_no_text_is_named(name, value):
    assert f"field {name} " in refused(key_file(**{name: value}))


@pytest.mark.parametrize(
    "email",
    [
        "someone@example.com",
        "a@b.iam.gserviceaccount.com.example.com",
        "a/../b@customer-project.iam.gserviceaccount.com",
        "a@customer-project.iam.gserviceaccount.com\n",
        "a@customer-project.iam.gserviceaccount.com/x?y=#z",
        "A@customer-project.iam.gserviceaccount.com",
        "ａ@customer-project.iam.gserviceaccount.com",
        "x" * 64 + "@customer-project.iam.gserviceaccount.com",
        "@customer-project.iam.gserviceaccount.com",
        VALUE,
        "",
    ],
)
def test_an_address_of_no_service_account_is_refused(email):
    assert "client_email" in refused(key_file(client_email=email))


@pytest.mark.parametrize("project", ["", "a", "Project", "a/b-c-d", "..", "x" * 31, "my-project\n"])
def test_an_impossible_project_is_refused(project):
    assert "project_id" in refused(key_file(project_id=project))


@pytest.mark.parametrize("key_id", ["", "x" * 40, "ab\n", "0" * 65, "../../key"])
def test_an_impossible_key_id_is_refused(key_id):
    assert "private_key_id" in refused(key_file(private_key_id=key_id))


CASES = [
    "512 bits", "1024 bits", "elliptic curve", "encrypted", "older form", "no PEM", "empty",
    "escaped twice", "two keys", "text in front", "certificate", "cut short", "lines exchanged",
    "bad base64", "too long", "not ASCII",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_private_key_of_another_kind_is_refused(case):
    private_key, why = private_keys()[case]
    message = refused(key_file(private_key=private_key))
    assert "private_key" in message
    assert why in message


def test_all_of_those_keys_are_tried():
    assert list(private_keys()) == CASES
