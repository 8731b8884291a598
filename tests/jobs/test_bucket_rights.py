"""Who may change, test and see buckets, how often, and that every change is written down."""

from dataclasses import replace

import pytest

from shared.config import Rate, Rates
from shared.domain.members import Actor, Role, Via
from shared.errors import (
    NotAllowed,
    NotFound,
    TooMany,
)
from shared.jobs.audit import list_audit
from shared.jobs.manage_buckets import (
    add_bucket,
    bucket_of,
    list_buckets,
    probe_bucket,
    remove_bucket,
    rotate_bucket,
)
from tests.credentials.keys import key_file
from tests.jobs.house import ACCOUNT
from tests.jobs.saved_buckets import SECOND_ID, refused, second_key, stored
from tests.leaks import found_in


@pytest.fixture
def url(cloud_bucket) -> str:
    """An empty bucket of a real server of Cloud Storage."""
    return f"gs://{cloud_bucket}"


@pytest.fixture
def services(house):
    return house.services


ADMIN = Actor("ann@example.com", Role.ADMIN, Via.IAP)


def test_every_change_of_a_bucket_is_written_down_with_who_made_it(house, services, url):
    add_bucket(services, 1, url, nickname="Partner", key_file=key_file(), actor=ADMIN)
    probe_bucket(services, 1, url, actor=ADMIN)
    rotate_bucket(services, 1, url, key_file=second_key(), actor=ADMIN)
    remove_bucket(services, 1, url)
    entries = list_audit(services, 1).items
    assert [(entry.action, entry.actor) for entry in reversed(entries)] == [
        ("buckets.create", ADMIN.email),
        ("buckets.test", ADMIN.email),
        ("buckets.rotate", ADMIN.email),
        ("buckets.remove", "command-line"),
    ]
    assert {entry.target for entry in entries} == {url}
    assert entries[0].detail["key_id"] == SECOND_ID
    assert not found_in(repr(entries))


def test_a_change_that_fails_is_not_written_down(services, url):
    add_bucket(services, 1, url, key_file=key_file())
    refused(lambda: add_bucket(services, 1, url, key_file=second_key()))
    refused(lambda: rotate_bucket(services, 1, url, key_file=b"{}"))
    assert len(list_audit(services, 1).items) == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_only_an_admin_changes_credentials(services, url, role):
    saved = add_bucket(services, 1, url, key_file=key_file())
    actor = replace(ADMIN, role=role)
    for action in (
        lambda: add_bucket(services, 1, "gs://another", key_file=key_file(), actor=actor),
        lambda: rotate_bucket(services, 1, url, key_file=second_key(), actor=actor),
        lambda: remove_bucket(services, 1, url, actor=actor),
    ):
        with pytest.raises(NotAllowed):
            action()
    assert list_buckets(services, 1) == [saved]


def test_a_viewer_tests_nothing_and_an_editor_does(services, url):
    add_bucket(services, 1, url, key_file=key_file())
    with pytest.raises(NotAllowed):
        probe_bucket(services, 1, url, actor=replace(ADMIN, role=Role.VIEWER))
    assert probe_bucket(services, 1, url, actor=replace(ADMIN, role=Role.EDITOR))


def test_credentials_and_tests_are_tried_only_so_often(house, services, url):
    slow = house.with_(rates=Rates(test=Rate(1), credentials=Rate(1)))
    add_bucket(slow, 1, url, key_file=key_file(), actor=ADMIN)
    with pytest.raises(TooMany):
        rotate_bucket(slow, 1, url, key_file=second_key(), actor=ADMIN)
    probe_bucket(slow, 1, url, actor=ADMIN)
    with pytest.raises(TooMany):
        probe_bucket(slow, 1, url, actor=ADMIN)
    assert stored(house) == 1


def test_a_bucket_of_another_account_is_not_found(house, services, url):
    add_bucket(services, 1, url, key_file=key_file())
    house.put_account(replace(ACCOUNT, account_id=2))
    for action in (bucket_of, probe_bucket, remove_bucket, rotate_bucket):
        with pytest.raises(NotFound):
            action(services, 2, url)
    assert list_buckets(services, 2) == []
    with pytest.raises(NotFound):
        add_bucket(services, 3, url, key_file=key_file())
