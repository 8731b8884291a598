"""The first request of a process makes the admin whom the environment names."""

import pytest

from functions.api.starting import services_with_admin
from shared.domain.members import Role
from shared.errors import InvalidInput
from shared.jobs.manage_accounts import accounts_of, role_of

ANN = "ann@example.com"


def test_the_admin_of_the_environment_can_work_from_the_first_request_on(house, monkeypatch):
    monkeypatch.setenv("SLUICE_ADMIN_EMAIL", ANN)
    services = services_with_admin()
    assert role_of(services, 1, ANN) is Role.ADMIN
    assert services_with_admin() is services


def test_without_an_admin_in_the_environment_nobody_is_made_one(house, monkeypatch):
    monkeypatch.delenv("SLUICE_ADMIN_EMAIL", raising=False)
    assert accounts_of(services_with_admin(), ANN) == []


def test_what_failed_is_tried_again_by_the_next_request(house, monkeypatch):
    monkeypatch.setenv("SLUICE_ADMIN_EMAIL", "nobody")
    with pytest.raises(InvalidInput):
        services_with_admin()
    monkeypatch.setenv("SLUICE_ADMIN_EMAIL", ANN)
    assert role_of(services_with_admin(), 1, ANN) is Role.ADMIN
