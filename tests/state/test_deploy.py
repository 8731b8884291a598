"""Before new functions serve, the owner of the tables brings them to the newest version."""

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from shared.errors import InvalidInput
from shared.state.database import Database
from shared.state.deploy import GROUP, deploy
from tests.state.postgres import execute, new_database

USER = "sluice-worker@my-project.iam"
# As Cloud SQL makes it: owner of the database, may make roles, and is no superuser.
OWNER = "sluice-owner"


@pytest.fixture
def empty(postgres_server):
    """The address of a new database, as its owner."""
    with new_database(postgres_server) as url:
        name = make_url(url).database
        for role, rights in ((USER, "LOGIN"), (OWNER, "LOGIN CREATEROLE")):
            execute(url, f'DROP ROLE IF EXISTS "{role}"', f'CREATE ROLE "{role}" {rights}')
        execute(url, f'ALTER DATABASE {name} OWNER TO "{OWNER}"')
        yield make_url(url).set(username=OWNER).render_as_string(hide_password=False)
        # Roles belong to the server, which other tests go on using.
        execute(url, f"ALTER DATABASE {name} OWNER TO CURRENT_USER")
        execute(
            url,
            f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{GROUP}') "
            f"THEN DROP OWNED BY {GROUP} CASCADE; DROP ROLE {GROUP}; END IF; END $$",
        )
        for role in (USER, OWNER):
            execute(url, f'DROP OWNED BY "{role}" CASCADE', f'DROP ROLE "{role}"')


def as_function(url):
    """Do what follows over a connection of a function's account."""
    address = make_url(url).set(username=USER)

    def ask(statement):
        database = Database(address.render_as_string(hide_password=False))
        try:
            database.run(lambda c: c.exec_driver_sql(statement))
        finally:
            database.close()

    return ask


@pytest.fixture
def deployed(empty):
    database = Database(empty)
    deploy(database, [USER])
    database.close()
    return empty


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
    database = Database(deployed)
    deploy(database, [USER])
    database.close()
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
