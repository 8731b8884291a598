"""Connections: saved when they work, rotated, never shown, removed when nothing uses them."""

import pytest

from shared.adapters.bigquery_source import BigQuerySource
from shared.domain.connections import Access, ConnectionRefused, Dataset
from shared.domain.members import Actor, Role, Via
from shared.errors import Conflict, InvalidInput, NotAllowed, NotFound, OurFault
from shared.jobs.customer_sources import CustomerSources
from shared.jobs.manage_connections import (
    add_connection,
    connection_of,
    list_connections,
    remove_connection,
    rotate_connection,
    try_connection,
)
from shared.jobs.manage_imports import stop_all_imports
from shared.state import audit
from tests.adapters.bigquery_shop import BigQueryShop
from tests.adapters.bigquery_store import LIMITS
from tests.adapters.datasets import folder_with, order
from tests.credentials.keys import KEY_ID, key_file, pem
from tests.jobs.importing import connected, importing
from tests.leaks import found_in

EDITOR = Actor("ed@one.example", Role.EDITOR, Via.IAP)


@pytest.fixture
def shop(bigquery):
    return BigQueryShop(bigquery.rest_url, [order(1)])


@pytest.fixture
def cloud(house, shop):
    """A house whose customers are in BigQuery."""

    def opened(place, credential, _location):
        assert credential is not None
        return BigQuerySource(shop.client, lambda: None, place, LIMITS)

    plain = house.services
    sources = CustomerSources(plain.database, plain.secrets, opened)
    house.services = house.with_(source=sources, looks=sources)
    return house


def test_a_key_is_kept_apart_rotated_and_destroyed(cloud, shop):
    services = cloud.services
    saved = add_connection(services, 1, shop.place, name="Shop", key_file=key_file())
    assert (saved.credentials.key_id, saved.location) == (KEY_ID, "EU")
    new = key_file(private_key=pem(number=1), private_key_id="f" * 40)
    after = rotate_connection(services, 1, saved.connection_id, key_file=new)
    assert after.credentials.key_id == "f" * 40
    with pytest.raises(OurFault):
        services.secrets.get(saved.credentials.secret)
    assert [each.outcome for each in try_connection(services, 1, saved.connection_id)] == [
        "passed", "passed", "unknown",
    ]  # fmt: skip
    remove_connection(services, 1, saved.connection_id)
    with pytest.raises(OurFault):
        services.secrets.get(after.credentials.secret)
    with pytest.raises(NotFound):
        connection_of(services, 1, saved.connection_id)
    entries = services.database.run(
        lambda c: audit.list_newest(c, 1, before_id=None, limit=9, action=None, actor=None)
    )
    assert [each.action for each in entries] == [
        "connections.remove", "connections.test", "connections.rotate", "connections.create",
    ]  # fmt: skip
    assert not found_in(repr(entries) + repr(saved) + repr(after))


def test_a_dataset_that_is_not_there_is_not_saved_and_no_key_is_kept(cloud, shop):
    nothing = Dataset(shop.place.project, "nothing")
    with pytest.raises(ConnectionRefused, match="dataset id matches exactly") as caught:
        add_connection(cloud.services, 1, nothing, name="X", key_file=key_file())
    assert [each.outcome for each in caught.value.results] == ["passed", "failed", "not_tried"]
    assert list_connections(cloud.services, 1).items == ()
    assert not list((cloud.folder / "secrets").rglob("connection-*/*"))


def test_without_a_key_no_dataset_of_the_cloud_is_opened(house):
    with pytest.raises(ConnectionRefused, match="no credentials"):
        add_connection(house.services, 1, Dataset("my-project-1", "shop"), name="X")


def test_names_are_taken_once_and_have_a_form(house):
    connected(house)
    place = folder_with(house.folder / "shop", [])
    with pytest.raises(Conflict, match="Shop"):
        add_connection(house.services, 1, place, name="Shop")
    for name in ("", " x", "x" * 65, "a\nb"):
        with pytest.raises(InvalidInput):
            add_connection(house.services, 1, place, name=name)


def test_a_connection_in_use_stays_until_all_is_stopped(house):
    saved = connected(house, [order(1)])
    importing(house, saved, nickname="One")
    importing(house, saved, nickname="Two")
    with pytest.raises(Conflict, match="One, Two") as caught:
        remove_connection(house.services, 1, saved.connection_id)
    assert caught.value.reason == "connection-in-use"
    assert len(stop_all_imports(house.services, 1, saved.connection_id)) == 2
    assert remove_connection(house.services, 1, saved.connection_id).name == "Shop"


def test_a_folder_takes_neither_a_key_nor_a_dataset_id(house):
    saved = connected(house)
    with pytest.raises(InvalidInput, match="without a key"):
        rotate_connection(house.services, 1, saved.connection_id, key_file=key_file())
    place = Dataset(saved.place.project, "shop")
    with pytest.raises(InvalidInput, match="leave the dataset id empty"):
        add_connection(house.services, 1, place, name="X")


def test_only_an_admin_gives_credentials(house):
    place = folder_with(house.folder / "shop", [])
    with pytest.raises(NotAllowed):
        add_connection(house.services, 1, place, name="X", actor=EDITOR)
    saved = connected(house)
    for change in (rotate_connection, remove_connection):
        with pytest.raises(NotAllowed):
            change(house.services, 1, saved.connection_id, actor=EDITOR)
    assert try_connection(house.services, 1, saved.connection_id, actor=EDITOR)
    assert saved.access is Access.READ_WRITE
