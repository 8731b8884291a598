"""State through Google's connector: as an IAM account, one connection a transaction."""

import threading
import time
from dataclasses import replace

import pytest

from shared.adapters.cloud_sql import CloudSQL, address_of
from shared.bootstrap import build
from shared.config import from_environment
from shared.domain.runs import RunStatus
from shared.errors import InvalidInput
from shared.state import accounts
from shared.state.database import Database
from tests.adapters.cloud_sql_instance import COUNT, END
from tests.domain.makers import account
from tests.jobs.faults import Fault
from tests.jobs.house import SMALL, House
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids, mixed_events
from tests.servers.cloud_sql import DATABASE_USER

# Seconds; only a test that fails takes so many.
PATIENCE_S = 10


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
