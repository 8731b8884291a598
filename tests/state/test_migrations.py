"""The tables come to be on any database, once, however often and by how many they are asked for."""

import json
import shutil

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from shared.domain.exports import DataType, Format
from shared.domain.filters import ExportFilter
from shared.state import accounts, export_lists, run_lists
from shared.state.database import MIGRATIONS, Database
from shared.state.tables import metadata
from tests.domain.makers import account, recurring
from tests.state.makers import processes_at_once
from tests.state.postgres import new_database


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request, tmp_path):
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    with new_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
def empty(empty_url):
    opened = Database(empty_url)
    yield opened
    opened.close()


def table_names(database):
    return set(database.run(lambda c: inspect(c).get_table_names()))


def migrate_to(database, revision):
    """Bring the tables to a revision, from below or from above."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.transaction() as connection:
        config.attributes["connection"] = connection
        step = command.downgrade if revision == "base" else command.upgrade
        step(config, revision)


def test_the_migrated_tables_are_those_that_the_queries_know(empty):
    empty.migrate()
    assert table_names(empty) == {*metadata.tables, "alembic_version"}
    changes = empty.run(lambda c: compare_metadata(MigrationContext.configure(c), metadata))
    assert changes == []


def test_migrating_again_keeps_what_is_stored(empty):
    empty.migrate()
    empty.run(lambda c: accounts.put(c, account()))
    empty.migrate()
    assert empty.run(lambda c: accounts.get(c, 1)) == account()


def test_a_version_that_takes_the_place_of_a_later_one_leaves_its_tables(empty):
    empty.migrate()
    with empty.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    empty.migrate()
    found = empty.run(lambda c: c.execute(text("SELECT version_num FROM alembic_version")).scalar())
    assert found == "9999"


def test_runs_from_before_their_cost_was_kept_cost_nothing(empty):
    migrate_to(empty, "0001")
    columns = "created_at, spec, spec_version, status"
    with empty.transaction() as connection:
        connection.execute(
            text(
                f"INSERT INTO exports (export_id, account_id, {columns}) "
                "VALUES (1, 1, '2026-11-20 00:00:00', '{}', 1, 'pending')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO runs (run_id, account_id, export_id, kind, window_start_at, "
                "window_end_at, sequence, stamp, status, due_at, attempt, failures, "
                "rows_written, rows_rejected, bytes_written) VALUES (1, 1, 1, 'first', "
                "'2026-11-20 00:00:00', '2026-11-21 00:00:00', 0, 1, 'done', "
                "'2026-11-21 00:00:00', 1, 0, 0, 0, 0)"
            )
        )
    empty.migrate()
    rows = empty.run(lambda c: c.execute(text("SELECT bytes_processed, cost_usd FROM runs")).all())
    assert rows == [(0, 0.0)]


def test_exports_and_runs_from_before_are_found_by_filters_and_their_files_counted(empty):
    migrate_to(empty, "0005")
    bought = recurring(data_type=DataType.SELECT_EVENTS, events=("bought",), format=Format.CSV)
    with empty.transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO exports (export_id, account_id, created_at, spec, spec_version, "
                "status) VALUES (1, 7, '2026-11-20 00:00:00', :spec, 1, 'PENDING')"
            ),
            {"spec": json.dumps(bought.to_dict())},
        )
        connection.execute(
            text(
                "INSERT INTO runs (run_id, account_id, export_id, kind, window_start_at, "
                "window_end_at, sequence, stamp, status, due_at, attempt, failures, "
                "rows_written, rows_rejected, bytes_written) VALUES (1, 7, 1, 'first', "
                "'2026-11-20 00:00:00', '2026-11-21 00:00:00', 0, 1, 'DONE', "
                "'2026-11-21 00:00:00', 1, 0, 0, 0, 0)"
            )
        )
        for name in ("a", "b"):
            connection.execute(
                text(
                    "INSERT INTO files (run_id, name, slice_no, account_id, file_index, rows, "
                    "bytes, uncompressed_bytes, crc32c, sha256, found) "
                    "VALUES (1, :name, 0, 7, 0, 1, 1, 1, '', '', false)"
                ),
                {"name": name},
            )
    empty.migrate()
    csv = ExportFilter(
        formats=(Format.CSV,), data_types=(DataType.SELECT_EVENTS,), bucket="gs://bucket"
    )
    everything = {"ran": None, "search": None, "before": None, "limit": 9}
    [found] = empty.run(lambda c: export_lists.page(c, 7, csv, **everything))
    assert found.spec == bought
    [run] = empty.run(lambda c: run_lists.page(c, 7, 1, before=None, limit=9))
    assert run.files_written == 2


def test_the_way_back_leaves_no_table(empty):
    empty.migrate()
    migrate_to(empty, "base")
    assert table_names(empty) == {"alembic_version"}


MIGRATE = """
import sys
from shared.state.database import Database
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
database.migrate()
database.close()
print("migrated")
"""


def test_processes_that_migrate_at_once_all_find_the_tables(empty_url, empty):
    assert processes_at_once(3, MIGRATE, empty_url) == ["migrated"] * 3
    assert table_names(empty) == {*metadata.tables, "alembic_version"}


def test_folders_may_be_named_with_characters_that_mean_something_in_an_address(
    tmp_path, monkeypatch
):
    folder = tmp_path / "100% mine? #1 %41"
    moved = shutil.copytree(MIGRATIONS, folder / "migrations")
    monkeypatch.setattr("shared.state.database.MIGRATIONS", moved)
    database = Database(f"sqlite:///{folder / 'state.sqlite'}")
    database.migrate()
    database.run(lambda c: accounts.put(c, account()))
    database.close()
    assert (folder / "state.sqlite").is_file()
    assert list(tmp_path.iterdir()) == [folder]
