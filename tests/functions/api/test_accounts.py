"""Accounts, members, API keys and the audit log by the API."""

from tests.functions.api.conftest import ROLES, STRANGER
from tests.functions.api.problems import problem

ACCOUNT = "/v1/accounts/1"


def test_the_accounts_of_the_caller_are_listed_with_his_role(api):
    def seen(by):
        found = api.get("/v1/accounts", by=by).get_json()["items"]
        return [(each["account_id"], each["role"]) for each in found]

    assert seen(ROLES["viewer"]) == [(1, "viewer")]
    assert seen(STRANGER) == [(2, "admin")]
    assert seen("nobody@example.com") == []


def test_everybody_is_told_who_he_is(api):
    assert api.get("/v1/me").get_json() == {"email": ROLES["admin"], "via": "local"}


def test_settings_are_changed_one_by_one(api):
    before = api.get(ACCOUNT).get_json()
    changes = {
        "name": "Example Shop",
        "time_zone": "Europe/Berlin",
        "identifiers": ["identity", "email"],
        "flags": {"bigquery_import": False},
    }
    after = api("PATCH", ACCOUNT, json=changes).get_json()
    flags = before["flags"] | {"bigquery_import": False}
    assert after == before | changes | {"flags": flags}
    assert "time zone" in problem(api("PATCH", ACCOUNT, json={"time_zone": "Mars"}), 422)["detail"]


def test_members_come_change_and_go_and_an_admin_stays(api):
    path = f"{ACCOUNT}/members/new@one.example"
    added = api("PUT", path, json={"role": "viewer"})
    assert (added.status_code, added.get_json()["added_by"]) == (200, ROLES["admin"])
    assert api("PUT", path, json={"role": "editor"}).get_json()["role"] == "editor"
    assert api("DELETE", path).status_code == 204
    problem(api("DELETE", path), 404)
    last = f"{ACCOUNT}/members/{ROLES['admin']}"
    assert problem(api("DELETE", last), 409)["reason"] == "last-admin"
    assert problem(api("PUT", last, json={"role": "viewer"}), 409)["reason"] == "last-admin"


def test_a_key_works_within_its_scopes_until_it_is_revoked(api, world):
    def ask(method, path):
        api.become(ROLES["admin"])
        headers = {"Authorization": f"Bearer {world.key}"}
        return api.client.open(path, method=method, headers=headers)

    assert ask("GET", f"{ACCOUNT}/exports").status_code == 200
    stop = f"{ACCOUNT}/exports/{world.waiting.export_id}:stop"
    assert problem(ask("POST", stop), 403)["reason"] == "scope-missing"
    problem(ask("GET", "/v1/accounts/2/exports"), 404)
    assert ask("GET", "/v1/me").get_json() == {"email": f"key:{world.key_id}", "via": "key"}
    problem(ask("GET", "/v1/accounts"), 403)
    assert api("DELETE", f"{ACCOUNT}/api-keys/{world.key_id}").status_code == 204
    refusal = ask("GET", f"{ACCOUNT}/exports")
    problem(refusal, 401)
    assert refusal.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_secret_is_told_once(api):
    made = api.post(f"{ACCOUNT}/api-keys", {"name": "reports", "scopes": ["exports:read"]})
    assert made.status_code == 201
    secret = made.get_json()["secret"]
    listed = api.get(f"{ACCOUNT}/api-keys")
    assert listed.get_json()["items"][0]["name"] == "reports"
    assert secret not in listed.get_data(as_text=True)
    problem(api.post(f"{ACCOUNT}/api-keys", {"name": "x", "scopes": ["members:write"]}), 422)


def test_the_audit_log_tells_who_did_what(api, world):
    api.post(f"{ACCOUNT}/exports/{world.waiting.export_id}:stop", by=ROLES["editor"])
    [entry] = api.get(f"{ACCOUNT}/audit", query_string={"action": "exports.stop"}).get_json()[
        "items"
    ]
    assert (entry["actor"], entry["via"]) == (ROLES["editor"], "local")
    assert entry["target"] == str(world.waiting.export_id)
    others = api.get(f"{ACCOUNT}/audit", query_string={"actor": ROLES["viewer"]}).get_json()
    assert others["items"] == []
