"""Before new functions serve, the owner of the tables brings them to the newest version."""

import pytest
from sqlalchemy.exc import ProgrammingError

from shared.errors import InvalidInput
from shared.state.database import Database
from shared.state.deploy import deploy
from tests.state.postgres import execute, new_database

USER = "sluice-worker@my-project.iam"


@pytest.fixture
def empty(postgres_server):
    """The address of a new database, and of the same one as a function's account."""
    with new_database(postgres_server) as url:
        execute(url, f'DROP ROLE IF EXISTS "{USER}"')
        execute(url, f'CREATE ROLE "{USER}" LOGIN')
        yield url


def as_function(database):
    """Do what follows with the rights of a function's account."""
    return lambda statement: database.run(
        lambda c: (
            c.exec_driver_sql(f'SET LOCAL ROLE "{USER}"'),
            c.exec_driver_sql(statement),
        )
    )


@pytest.fixture
def deployed(empty):
    database = Database(empty)
    deploy(database, [USER])
    yield database
    database.close()
    execute(empty, f'DROP OWNED BY "{USER}"; DROP OWNED BY sluice_functions')


def test_a_function_reads_and_writes_rows_after_the_deployment(deployed):
    ask = as_function(deployed)
    ask("INSERT INTO signing_secrets SELECT * FROM signing_secrets")
    ask("SELECT version_num FROM alembic_version")


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE exports",
        "ALTER TABLE exports ADD COLUMN extra int",
        "CREATE TABLE extra (id int)",
        "UPDATE alembic_version SET version_num = '0'",
    ],
)
def test_a_function_changes_no_table(deployed, statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        as_function(deployed)(statement)


def test_a_second_deployment_changes_nothing(deployed):
    deploy(deployed, [USER])
    as_function(deployed)("SELECT count(*) FROM runs")


@pytest.mark.parametrize("users", [[], ["worker"], ['x"; DROP ROLE y; --@p.iam'], [USER, ""]])
def test_what_is_no_account_is_refused_before_anything_is_changed(empty, users):
    database = Database(empty)
    with pytest.raises(InvalidInput, match="STATE_USERS must be the functions' accounts"):
        deploy(database, users)
    tables = database.run(
        lambda c: c.exec_driver_sql(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).scalar()
    )
    database.close()
    assert tables == 0
