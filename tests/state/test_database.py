"""A transaction happens once: what the database breaks off is done again, and nothing else is."""

import sqlite3
import threading
from contextlib import closing

import pytest
from sqlalchemy import event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.errors import Transient
from shared.state import accounts, engines
from shared.state import database as database_module
from shared.state.database import TRANSACTION_ATTEMPTS, Database
from shared.state.tables import accounts as table
from tests.domain.makers import account
from tests.state.makers import at_once
from tests.state.postgres import execute


def add_account(connection, account_id, database_id="db"):
    values = {"database_id": database_id, "time_zone": "UTC", "identifiers": ["identity"]}
    connection.execute(insert(table).values(account_id=account_id, **values))


def ids(database):
    return database.run(accounts.list_ids)


def kill_own_connection(connection, url):
    """Cut the connection off as a restart of the server does."""
    pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    execute(url, f"SELECT pg_terminate_backend({pid}, 5000)")


def test_work_that_fails_leaves_nothing_and_is_not_repeated(database):
    calls = []

    def work(connection):
        calls.append(1)
        add_account(connection, 1)
        add_account(connection, 1)

    with pytest.raises(IntegrityError):
        database.run(work)
    assert (len(calls), ids(database)) == (1, [])


def test_an_error_of_the_work_itself_leaves_nothing(database):
    def work(connection):
        add_account(connection, 1)
        raise LookupError("of the work")

    with pytest.raises(LookupError):
        database.run(work)
    assert ids(database) == []


def test_a_connection_lost_in_the_middle_is_replaced_and_the_work_done_once(postgres, postgres_url):
    calls = []

    def work(connection):
        calls.append(1)
        add_account(connection, len(calls))
        if len(calls) == 1:
            kill_own_connection(connection, postgres_url)
        return connection.scalar(select(func.count()).select_from(table))

    assert postgres.run(work) == 1
    assert (len(calls), ids(postgres)) == (2, [2])


def test_a_connection_lost_while_it_waited_in_the_pool_is_not_noticed(postgres, postgres_url):
    pid = postgres.run(lambda c: c.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    execute(postgres_url, f"SELECT pg_terminate_backend({pid}, 5000)")
    calls = []

    def work(connection):
        calls.append(1)
        return connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()

    assert postgres.run(work) != pid
    assert len(calls) == 1


def test_a_commit_with_an_unknown_end_is_never_repeated_blindly(postgres, postgres_url):
    calls = []

    def work(connection):
        calls.append(1)
        add_account(connection, len(calls))
        kill_own_connection(connection, postgres_url)

    with pytest.raises(Transient) as caught:
        postgres.run(work)
    assert caught.value.reason == "commit-unknown"
    assert len(calls) == 1
    assert ids(postgres) == []


def test_a_database_that_stays_away_is_given_up_after_some_attempts(postgres, postgres_url):
    calls = []

    def work(connection):
        calls.append(1)
        kill_own_connection(connection, postgres_url)
        connection.exec_driver_sql("SELECT 1")

    with pytest.raises(Transient) as caught:
        postgres.run(work)
    assert caught.value.reason == "state-unreachable"
    assert isinstance(caught.value.__cause__, DBAPIError)
    assert caught.value.__cause__.connection_invalidated
    assert len(calls) == TRANSACTION_ATTEMPTS


def test_of_two_transactions_that_cannot_both_be_right_one_is_done_again(postgres):
    """Write skew: each counts the accounts and adds as many as it saw, plus one."""
    both_have_read = threading.Barrier(2, timeout=30)
    reads = []

    def work(connection, first_id):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        seen = connection.scalar(select(func.count()).select_from(table))
        reads.append(seen)
        if len(reads) <= 2:
            both_have_read.wait()
        for number in range(seen + 1):
            add_account(connection, first_id + number)

    at_once(
        lambda: postgres.run(lambda c: work(c, 10)),
        lambda: postgres.run(lambda c: work(c, 20)),
    )
    assert reads == [0, 0, 1]
    assert ids(postgres) in ([10, 20, 21], [10, 11, 20])


def test_of_two_transactions_that_wait_for_each_other_one_is_done_again(postgres):
    postgres.run(lambda c: [add_account(c, number, "") for number in (1, 2)])
    both_hold_one = threading.Barrier(2, timeout=30)
    calls = []

    def add_letter(connection, account_id, letter):
        longer = {"database_id": table.c.database_id + letter}
        connection.execute(update(table).where(table.c.account_id == account_id).values(longer))

    def work(connection, order, letter):
        calls.append(letter)
        connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
        add_letter(connection, order[0], letter)
        if len(calls) <= 2:
            both_hold_one.wait()
        add_letter(connection, order[1], letter)

    at_once(
        lambda: postgres.run(lambda c: work(c, (1, 2), "a")),
        lambda: postgres.run(lambda c: work(c, (2, 1), "b")),
    )
    assert len(calls) == 3
    texts = postgres.run(lambda c: set(c.scalars(select(table.c.database_id))))
    assert texts in ({"ab"}, {"ba"})


def test_writers_of_one_file_take_turns_and_lose_nothing(sqlite):
    sqlite.run(lambda c: add_account(c, 1, "0"))

    calls = []

    def count_up(connection):
        calls.append(1)
        number = int(connection.scalar(select(table.c.database_id)))
        connection.execute(update(table).values(database_id=str(number + 1)))

    def many():
        for _ in range(20):
            sqlite.run(count_up)

    at_once(many, many, many)
    assert sqlite.run(lambda c: c.scalar(select(table.c.database_id))) == "60"
    assert len(calls) == 60


def test_a_file_that_is_locked_for_too_long_is_tried_again(sqlite_url, monkeypatch):
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_S", 0.01)
    sqlite = Database(sqlite_url)
    file = sqlite_url.removeprefix("sqlite:///")
    refused = []
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")

        @event.listens_for(sqlite._engine, "handle_error")
        def let_go(context):
            refused.append(str(context.original_exception))
            if other.in_transaction:
                other.execute("ROLLBACK")

        sqlite.run(lambda c: add_account(c, 1))
    assert refused == ["database is locked"]
    assert ids(sqlite) == [1]
    sqlite.close()


def test_the_first_start_of_a_file_waits_while_another_process_reads_it(tmp_path, monkeypatch):
    """Turning the log on needs the file alone, and SQLite does not always wait for that."""
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_S", 0)
    file = tmp_path / "state.sqlite"
    refused = []
    waits = database_module.wait_random_exponential
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.executescript("CREATE TABLE theirs (x); BEGIN IMMEDIATE;")

        def let_go(**options):
            wait = waits(**options)

            def waited(state):
                refused.append(str(state.outcome.exception()))
                if other.in_transaction:
                    other.execute("ROLLBACK")
                return wait(state)

            return waited

        monkeypatch.setattr(database_module, "wait_random_exponential", let_go)
        database = Database(f"sqlite:///{file}")
        database.migrate()
    assert len(refused) == 1
    assert "database is locked" in refused[0]
    assert database.run(accounts.list_ids) == []
    database.close()


def test_readers_go_on_while_somebody_writes(sqlite, sqlite_url):
    sqlite.run(lambda c: accounts.put(c, account()))
    with sqlite.transaction() as connection:
        add_account(connection, 2)
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as reader:
            assert reader.execute("SELECT account_id FROM accounts").fetchall() == [(1,)]


def test_a_statement_that_comes_often_is_planned_for_its_values_each_time(postgres):
    """One plan for whatever values reads a whole account where a list of ids is asked for."""
    for number in range(20):
        postgres.run(lambda c, number=number: accounts.get(c, number))
    prepared = text("SELECT count(*) FROM pg_prepared_statements")
    assert postgres.run(lambda c: c.scalar(prepared)) == 0
