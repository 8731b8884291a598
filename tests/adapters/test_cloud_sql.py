"""State through Google's connector: as an IAM account, one connection a transaction."""

import gc
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from shared.adapters.cloud_sql import CloudSQL, address_of
from shared.bootstrap import build
from shared.config import from_environment
from shared.domain.runs import RunStatus
from shared.errors import InvalidInput, OurFault, Transient
from shared.state import accounts
from shared.state.database import TRANSACTION_ATTEMPTS, Database
from tests.domain.makers import account
from tests.jobs.faults import Fault
from tests.jobs.house import SMALL, House
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids, mixed_events
from tests.servers.cloud_sql import DATABASE_USER, CloudSQLServer, running_cloud_sql
from tests.state.postgres import execute, new_database

# Seconds; only a test that fails takes so many.
PATIENCE_S = 10

END = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{DATABASE_USER}'"
COUNT = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{DATABASE_USER}'"


@dataclass(frozen=True)
class Instance:
    """The server, and an empty database on it that belongs to the account."""

    server: CloudSQLServer
    name: str
    # The way around the connector, for looking.
    plain_url: str

    @property
    def url(self) -> str:
        return self.server.state_url(self.name)

    def database(self, **changes: str) -> Database:
        url = self.url
        for old, new in changes.items():
            url = url.replace(old, new)
        return Database(url, CloudSQL(url, admin_url=self.server.admin_url))

    def connections(self) -> int:
        """How many connections the account has now."""
        return int(self.ask(COUNT))

    def ask(self, statement: str) -> Any:
        """What the statement gives, by the way around the connector."""
        looking = Database(self.plain_url)
        found = looking.run(lambda c: c.exec_driver_sql(statement).scalar())
        looking.close()
        return found


@pytest.fixture(scope="module")
def server(postgres_server, tmp_path_factory) -> Iterator[CloudSQLServer]:
    with running_cloud_sql(tmp_path_factory.mktemp("cloud-sql"), postgres_server) as running:
        yield running


@pytest.fixture
def instance(server, postgres_server, monkeypatch) -> Iterator[Instance]:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(server.key_file))
    with new_database(postgres_server) as plain_url:
        name = str(make_url(plain_url).database)
        execute(postgres_server, f'ALTER DATABASE {name} OWNER TO "{DATABASE_USER}"')
        yield Instance(server, name, plain_url)


@pytest.fixture
def database(instance) -> Iterator[Database]:
    opened = instance.database()
    opened.migrate()
    yield opened
    opened.close()


def test_state_is_kept_as_the_iam_account_without_a_password(instance, database):
    database.run(lambda c: accounts.put(c, account()))
    assert database.run(lambda c: accounts.get(c, 1)) == account()
    assert database.run(lambda c: c.exec_driver_sql("SELECT session_user").scalar_one()) == (
        DATABASE_USER
    )
    assert set(instance.server.door.users) == {DATABASE_USER}


def test_each_transaction_has_a_connection_of_its_own_and_leaves_none_open(instance, database):
    before = instance.server.door.connections
    for _ in range(3):
        assert database.run(lambda c: c.exec_driver_sql(COUNT).scalar_one()) == 1
    assert instance.server.door.connections == before + 3
    # A server's process outlives its connection by a moment.
    ended = time.monotonic() + PATIENCE_S
    while instance.connections() and time.monotonic() < ended:
        time.sleep(0.05)
    assert instance.connections() == 0


def test_connections_that_are_to_be_kept_serve_one_transaction_after_another(instance, database):
    before = instance.server.door.connections
    url = f"{instance.url}&keep=2"
    keeping = Database(url, CloudSQL(url, admin_url=instance.server.admin_url))
    for _ in range(5):
        keeping.run(accounts.list_ids)
    assert instance.server.door.connections == before + 1
    # As whatever lies between does with a connection that waits too long.
    instance.ask(END)
    keeping.run(accounts.list_ids)
    assert instance.server.door.connections == before + 2
    keeping.close()


def test_one_certificate_serves_many_connections(instance, database):
    before = instance.server.certificates_issued
    for _ in range(5):
        database.run(accounts.list_ids)
    assert instance.server.certificates_issued == before


def test_transactions_at_the_same_time_work_side_by_side(instance, database):
    both_are_in = threading.Barrier(2, timeout=30)

    def work(number: int) -> None:
        def put(connection) -> None:
            both_are_in.wait()
            accounts.put(connection, replace(account(), account_id=number))

        database.run(put)

    other = threading.Thread(target=work, args=(2,))
    other.start()
    work(3)
    other.join()
    assert database.run(accounts.list_ids) == [2, 3]


def test_no_connection_is_open_while_rows_are_read_encoded_and_uploaded(
    instance, database, tmp_path
):
    # One file a slice: else the lease is renewed, which takes a moment, while a file goes up.
    house = House(tmp_path / "house", limits=replace(SMALL, slice_files=1))
    house.services.database.close()
    house.services = house.with_(database=database)
    house.set_up()
    rows = mixed_events(90)
    house.load(rows)
    export = house.export()
    seen = []

    def look() -> None:
        # A server takes a moment to notice that a connection was closed.
        until = time.monotonic() + 10
        while (found := instance.connections()) and time.monotonic() < until:
            time.sleep(0.01)
        seen.append(found)

    every = range(1, 1_000)
    faults = [Fault(name, look, every, after=True) for name in ("inventory", "submit_snapshot")]
    faults += [Fault("read_slice", look, every), Fault("create", look, every, after=True)]
    warehouse = house.services.warehouse
    for fault in faults[:3]:
        warehouse = fault.on(warehouse)
    house.services = house.with_(warehouse=warehouse, bucket=faults[3].bucket)
    house.finish()
    assert all(fault.fired for fault in faults)
    assert set(seen) == {0}
    assert_delivered(house, export, ids(rows))
    assert house.run(export).status is RunStatus.DONE


def test_work_that_an_instance_restarts_under_is_done_again_and_once(instance, database):
    calls = []

    def work(connection) -> None:
        calls.append(1)
        accounts.put(connection, replace(account(), account_id=len(calls)))
        if len(calls) == 1:
            assert instance.server.door.cut_all() == 1

    with pytest.raises(Transient) as caught:
        database.run(work)
    assert caught.value.reason == "commit-unknown"
    assert database.run(accounts.list_ids) == []

    def work_with_more(connection) -> None:
        work(connection)
        connection.execute(text("SELECT 1"))

    calls.clear()
    database.run(work_with_more)
    assert len(calls) == 2
    assert database.run(accounts.list_ids) == [2]


def test_a_backend_that_is_killed_is_replaced_and_the_work_done_once(instance, database):
    calls = []

    def work(connection) -> int:
        calls.append(1)
        accounts.put(connection, replace(account(), account_id=len(calls)))
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        if len(calls) == 1:
            execute(instance.plain_url, f"SELECT pg_terminate_backend({pid}, 5000)")
        return len(list(accounts.list_ids(connection)))

    assert database.run(work) == 1
    assert len(calls) == 2
    assert database.run(accounts.list_ids) == [2]


def test_a_serialization_failure_is_repeated(database):
    both_have_read = threading.Barrier(2, timeout=30)
    reads = []

    def work(connection, number: int) -> None:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        reads.append(len(accounts.list_ids(connection)))
        if len(reads) <= 2:
            both_have_read.wait()
        accounts.put(connection, replace(account(), account_id=number))

    other = threading.Thread(target=lambda: database.run(lambda c: work(c, 10)))
    other.start()
    database.run(lambda c: work(c, 20))
    other.join()
    assert reads == [0, 0, 1]
    assert len(reads) <= TRANSACTION_ATTEMPTS
    assert database.run(accounts.list_ids) == [10, 20]


def test_an_instance_that_is_away_is_a_fault_for_now(instance, database, monkeypatch):
    monkeypatch.setattr(instance.server, "ip", "127.1.2.3")
    other = instance.database()
    with pytest.raises(Transient) as caught:
        other.run(accounts.list_ids)
    assert caught.value.reason == "state-unreachable"
    other.close()


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (503, Transient, "state-unreachable"),
        (429, Transient, "state-unreachable"),
        (403, OurFault, "state-refused"),
        (404, OurFault, "state-refused"),
    ],
)
def test_what_the_admin_api_answers_tells_whose_turn_it_is(
    instance, monkeypatch, status, error, reason
):
    monkeypatch.setattr(instance.server, "admin_status", status)
    refused = instance.database()
    with pytest.raises(error) as caught:
        refused.run(accounts.list_ids)
    assert caught.value.reason == reason
    monkeypatch.setattr(instance.server, "admin_status", None)
    refused.migrate()
    assert refused.run(accounts.list_ids) == []
    refused.close()


def test_no_token_is_shown_when_a_connection_fails(instance, monkeypatch, caplog, capfd):
    """The connector leaves tasks behind whose errors hold the whole request."""
    seen = []
    for status in (429, 403) * 5:
        monkeypatch.setattr(instance.server, "admin_status", status)
        refused = instance.database()
        with pytest.raises((Transient, OurFault)) as caught:
            refused.run(accounts.list_ids)
        seen += traceback.format_exception(caught.value)
        refused.close()
    gc.collect()
    seen += [caplog.text, *capfd.readouterr()]
    tokens = instance.server.tokens
    assert len(tokens) >= 10
    assert not any(token in text for token in tokens for text in seen)


def test_an_address_of_a_kind_that_the_instance_lacks_is_our_fault(instance):
    url = f"{instance.url}&ip=private"
    private = Database(url, CloudSQL(url, admin_url=instance.server.admin_url))
    with pytest.raises(OurFault) as caught:
        private.run(accounts.list_ids)
    assert caught.value.reason == "state-misconfigured"
    private.close()


def test_another_account_than_the_certificates_is_not_let_in(instance):
    other = instance.database(**{"sluice@": "admin@"})
    with pytest.raises(Transient):
        other.run(accounts.list_ids)
    assert instance.server.door.refused.pop().startswith("admin@")
    other.close()


def test_without_credentials_it_is_our_fault(instance, monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nothing.json"))
    database = instance.database()
    with pytest.raises(OurFault) as caught:
        database.run(accounts.list_ids)
    assert caught.value.reason == "state-refused"
    database.close()


def test_the_address_says_which_database_as_whom_and_by_which_way():
    found = address_of("cloudsql://p:europe-west1:i/sluice?user=s@p.iam.gserviceaccount.com")
    assert (found.instance, found.database) == ("p:europe-west1:i", "sluice")
    assert (found.user, found.ip_type.name) == ("s@p.iam.gserviceaccount.com", "PUBLIC")
    assert address_of("cloudsql://example.com:p:r:i/d?user=a@b.c&ip=private").ip_type.name == (
        "PRIVATE"
    )
    assert address_of("cloudsql://p:r:i/d?user=a@b.c&ip=psc").ip_type.name == "PSC"
    assert (found.keep, address_of("cloudsql://p:r:i/d?user=a@b.c&keep=4").keep) == (0, 4)


@pytest.mark.parametrize(
    "url",
    [
        "cloudsql://p:r:i/d",
        "cloudsql://p:r:i/d?user=",
        "cloudsql://p:r:i/d?user=nobody",
        "cloudsql://p:r:i/?user=a@b.c",
        "cloudsql://p:r:i/a/b?user=a@b.c",
        "cloudsql://p:i/d?user=a@b.c",
        "cloudsql://p:r:i/d?user=a@b.c&user=b@b.c",
        "cloudsql://p:r:i/d?user=a@b.c&password=x",
        "cloudsql://p:r:i/d?user=a@b.c&ip=sql_data",
        "cloudsql://p:r:i/d?user=a@b.c&ip=",
        "cloudsql://p:r:i/d?user=a@b.c&keep=0",
        "cloudsql://p:r:i/d?user=a@b.c&keep=44",
        "cloudsql://p:r:i/d?user=a@b.c#x",
        "cloudsql:///d?user=a@b.c",
    ],
)
def test_any_other_address_is_refused_and_not_repeated(url):
    with pytest.raises(InvalidInput, match=r"STATE_URL must have the form cloudsql://project"):
        address_of(url)


def test_nothing_connects_before_the_first_transaction(instance, tmp_path):
    threads = threading.active_count()
    before = instance.server.door.connections
    environment = {
        "SLUICE_HOME": str(tmp_path),
        "STATE_URL": instance.url,
        "SQLADMIN_URL": instance.server.admin_url,
    }
    database = build(from_environment(environment)).database
    assert threading.active_count() == threads
    database.migrate()
    assert instance.server.door.connections > before
    database.close()
