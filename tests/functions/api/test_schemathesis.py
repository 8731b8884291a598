"""The OpenAPI document keeps its word: requests made from it find nothing in the real function."""

import functions_framework
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig

from shared import bootstrap
from shared.domain.members import SCOPES, SYSTEM
from shared.jobs.api_keys import create_api_key
from tests.functions.api.conftest import EXPORT_ID, MAIN, ROLES
from tests.leaks import watch

# Beside those that every operation may answer: a rule that no schema can say, such as dates that
# lie in the future, refuses requests that have the right form.
ACCEPTED = ["2xx", "401", "403", "404", "409", "422", "429", "503"]
# The usual ones, and the answer to a query that is too long to be looked at.
REFUSED = ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429"]
CONFIG = SchemathesisConfig.from_dict(
    {
        "seed": 1,
        "generation": {"deterministic": True, "database": "none"},
        "parameters": {
            "path.account_id": 1,
            "path.export_id": EXPORT_ID,
            "path.run_id": 1,
            "path.bucket_id": 1,
            "path.connection_id": 1,
            "path.import_id": 1,
            "path.import_run_id": 1,
            "path.email": "new@one.example",
        },
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ACCEPTED},
            "negative_data_rejection": {"expected-statuses": REFUSED},
        },
    }
)
BOUNDED = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
SCHEMA = schemathesis.openapi.from_wsgi(
    "/openapi.json", functions_framework.create_app("api", str(MAIN)), config=CONFIG
)


def well_formed(_, response, case) -> None:
    """What has the right form is refused by a rule only, and every refusal is a problem."""
    if response.status_code < 400:
        return
    content = response.json()
    assert set(content) >= {"type", "title", "status", "detail", "reason", "how_to_fix"}
    if case.meta is not None and case.meta.generation.mode.is_positive:
        assert content["reason"] != "not-as-documented", content


@pytest.fixture(name="bearer")
def _bearer(world, monkeypatch):
    """The header of a program whose key has every scope that a key may have."""
    assert (world.waiting.export_id, world.run_id, world.bucket_id) == (EXPORT_ID, 1, 1)
    monkeypatch.delenv("LOCAL_MEMBER", raising=False)
    monkeypatch.setenv("API_AUDIENCE", "https://sluice.example")
    bootstrap.sign_in.cache_clear()
    _, secret = create_api_key(world.house.services, SYSTEM, 1, "all", SCOPES)
    # It calls the application itself, and nothing unpacks what it gets.
    return {"Authorization": f"Bearer {watch(secret)}", "Accept-Encoding": "identity"}


@SCHEMA.parametrize()
@BOUNDED
def test_a_program_finds_nothing(case, bearer):
    case.call_and_validate(headers=bearer, additional_checks=[well_formed])


# No key manages members or keys.
@SCHEMA.include(path_regex="members|api-keys").parametrize()
@BOUNDED
def test_an_admin_finds_nothing(case, world, api):
    api.become(ROLES["admin"])
    # On this machine nobody has to prove who he is.
    case.call_and_validate(
        additional_checks=[well_formed], excluded_checks=[CHECKS.get_one("ignored_auth")]
    )
