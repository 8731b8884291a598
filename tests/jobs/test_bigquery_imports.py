"""Whole imports from a customer's BigQuery dataset into a warehouse in BigQuery."""

from dataclasses import replace
from datetime import timedelta

import grpc
import pytest
from google.cloud.bigquery_storage import BigQueryReadClient
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import (
    BigQueryReadGrpcTransport,
)

from shared.adapters.bigquery_landing import BigQueryLanding
from shared.adapters.bigquery_source import BigQuerySource
from shared.adapters.bigquery_warehouse import connect
from shared.domain.import_columns import FieldType
from shared.domain.import_mapping import Property
from shared.domain.import_states import ImportRunStatus
from shared.jobs.customer_sources import CustomerSources
from shared.jobs.manage_connections import add_connection, try_connection
from shared.state import publishes
from tests.adapters.bigquery_shop import BigQueryShop
from tests.adapters.bigquery_store import LIMITS, BigQueryStore
from tests.adapters.datasets import EVENTS, ORDERS, PROFILES, order, reading_of, rows_of
from tests.credentials.keys import EMAIL, key_file
from tests.jobs.importing import again, importing, ran, rejects
from tests.servers.fault_proxy import Fault, FaultProxy, google_error
from tests.servers.read_proxy import Break, ReadProxy

MAPPING = replace(
    EVENTS,
    properties=(
        Property("price", "Price", FieldType.FLOAT),
        Property("note", "Note", FieldType.STRING),
    ),
)


@pytest.fixture
def store(bigquery):
    return BigQueryStore(bigquery)


@pytest.fixture
def shop(bigquery):
    return BigQueryShop(bigquery.rest_url, [order(1), order(2), order(3, uid="null")])


@pytest.fixture
def proxy(bigquery):
    with FaultProxy(bigquery.rest_url) as proxy:
        yield proxy


@pytest.fixture
def house(house, store, shop):
    """A house whose warehouse and whose customers are in BigQuery."""

    def opened(place, credential, _location):
        assert credential is None or credential.email == EMAIL
        return BigQuerySource(shop.client, lambda: None, place, LIMITS)

    jobs = connect(store.place, LIMITS, rest_url=store.rest_url)
    plain = house.services
    sources = CustomerSources(plain.database, plain.secrets, opened)
    house.services = house.with_(
        warehouse=store.warehouse,
        landing=BigQueryLanding(jobs, ttl=timedelta(days=1)),
        source=sources,
        looks=sources,
    )
    return house


def connected(house, shop):
    return add_connection(house.services, 1, shop.place, name="Shop", key_file=key_file())


def stored(store, table="events", columns="identity"):
    rows = store.run(f"SELECT {columns} FROM {store.place.table(table)} ORDER BY 1")
    return [tuple(row) if len(row) > 1 else row[0] for row in rows]


def test_what_changed_is_brought_once(house, store, shop):
    saved = connected(house, shop)
    assert (saved.location, saved.credentials.email) == ("EU", EMAIL)
    assert all(each.outcome != "failed" for each in
               try_connection(house.services, 1, saved.connection_id))  # fmt: skip
    made = importing(house, saved, mapping=MAPPING)
    run = ran(house, made)
    assert (run.status, run.rows_new, run.rows_rejected) == (ImportRunStatus.DONE, 2, 1)
    assert rejects(house, run)[0]["values"]["uid"] == "null"
    assert stored(store) == ["user-1", "user-2"]
    shop.add([order(4), order(3, uid="null")])
    second = ran(house, made)
    assert (second.rows_read, second.rows_new) == (3, 1)
    assert stored(store) == ["user-1", "user-2", "user-4"]
    assert ran(house, made).rows_new == 0
    assert again(house, made).watermark == second.watermark_to
    assert not {name for name in store.staged() if name.startswith("import_")}


def test_profiles_are_brought_in_their_newest_version(house, store, shop):
    made = importing(house, connected(house, shop), mapping=PROFILES)
    assert ran(house, made).rows_new == 2
    shop.add([order(5, uid="user-1", mail="new@example.org")])
    assert ran(house, made).rows_new == 1
    found = stored(store, "profiles", "email")
    assert found == ["new@example.org", "u1@example.org", "u2@example.org"]


@pytest.mark.parametrize("after", range(4))
def test_answers_that_get_lost_bring_nothing_twice(house, store, shop, proxy, after):
    made = importing(house, connected(house, shop), mapping=MAPPING)
    jobs = connect(store.place, LIMITS, rest_url=proxy.url)
    house.services = house.with_(landing=BigQueryLanding(jobs, ttl=timedelta(days=1)))
    path = "/jobs|/queries|/tables"
    lost = proxy.add(Fault(method="POST", path=path, lose_answer=True, after=after))
    run = ran(house, made)
    assert lost.fired == 1
    assert (run.status, stored(store)) == (ImportRunStatus.DONE, ["user-1", "user-2"])


def test_a_publish_that_is_refused_is_never_made_and_holds_no_window_up(house, store, shop, proxy):
    made = importing(house, connected(house, shop), mapping=MAPPING)
    jobs = connect(store.place, LIMITS, rest_url=proxy.url)
    house.services = house.with_(landing=BigQueryLanding(jobs, ttl=timedelta(days=1)))
    body = google_error(403, "accessDenied", "no")
    denied = proxy.add(Fault("POST", "/jobs", answer=403, body=body, after=2))
    run = ran(house, made)
    assert denied.fired == 1
    assert (run.status, run.error_reason) == (ImportRunStatus.FAILED, "warehouse-denied")
    assert stored(store) == []
    assert house.services.database.run(lambda c: publishes.oldest_open(c, [1])) == {}
    assert ran(house, made).rows_new == 2


# Said by the client's library of what it does itself.
@pytest.mark.filterwarnings("ignore:Retrieving Arrow:PendingDeprecationWarning")
@pytest.mark.parametrize("allowed", [True, False])
def test_rows_come_through_the_read_api_or_page_by_page(bigquery, shop, monkeypatch, allowed):
    """The emulator keeps no table of a query's rows, so those of the table itself are asked for."""
    with ReadProxy(bigquery.read_host) as proxy:
        denied = Break("CreateReadSession", grpc.StatusCode.PERMISSION_DENIED)
        if not allowed:
            proxy.add(denied)
        # The proxy cuts answers, and leaves out the schema that the first one bears.
        channel = grpc.insecure_channel(bigquery.read_host if allowed else proxy.host)
        storage = BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))
        source = BigQuerySource(shop.client, lambda: storage, shop.place, LIMITS)
        fields = {"selected_fields": shop.schema}
        monkeypatch.setattr(source, "_rows", lambda _: shop.client.list_rows(shop.table, **fields))
        reading = reading_of(source.describe(ORDERS), MAPPING)
        assert len(rows_of(source, reading)) == 3
        assert denied.fired == (0 if allowed else 1)
