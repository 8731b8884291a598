"""State whose instance restarts, is away or refuses: whose turn it is, and work done once."""

import gc
import threading
import traceback
from dataclasses import replace

import pytest
from sqlalchemy import text

from shared.adapters.cloud_sql import CloudSQL
from shared.errors import OurFault, Transient
from shared.state import accounts
from shared.state.database import TRANSACTION_ATTEMPTS, Database
from tests.domain.makers import account
from tests.state.postgres import execute


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
