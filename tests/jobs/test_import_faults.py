"""A source that refuses, moves or changes ends an import run with what to do; nothing is lost."""

from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest

from shared.domain.import_specs import SourceQuery
from shared.domain.import_states import ImportRunStatus
from shared.errors import CustomerFault, Transient
from shared.state import connections
from shared.state.tables import connections as connections_table
from tests import leaks
from tests.adapters.datasets import EVENTS, order
from tests.jobs.house import House
from tests.jobs.importing import (
    again,
    asked,
    connected,
    importing,
    ran,
    run_of,
    stored,
    with_limits,
    write_source,
)

SECOND = timedelta(seconds=1)


def rows(*numbers, **values):
    return [order(number, **values) for number in numbers]


@pytest.mark.parametrize("trouble", ["vanishes", "changes its type", "is gone", "is damaged"])
def test_a_source_that_changes_ends_the_run_with_what_to_do_and_loses_nothing(house, trouble):
    made = importing(house, connected(house, rows(1)))
    ran(house, made)
    path = house.folder / "shop" / "orders.parquet"
    sql = {
        "vanishes": "SELECT * EXCLUDE mail",
        "changes its type": "SELECT * REPLACE (changed::VARCHAR AS changed)",
    }
    if trouble in sql:
        with duckdb.connect() as con:
            con.execute(f"CREATE TABLE t AS {sql[trouble]} FROM '{path}'")
            con.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    elif trouble == "is gone":
        path.unlink()
    else:
        path.write_bytes(b"PAR1")
    run = ran(house, made)
    assert run.status is ImportRunStatus.FAILED
    assert run.error_reason.startswith("import-")
    assert run.error_message
    assert (again(house, made).health.percent, len(stored(house))) == (0.0, 1)
    write_source(house, rows(1, 2))
    assert ran(house, made).rows_new == 1


def test_a_watermark_that_cannot_be_compared_any_more_ends_the_run(house):
    made = importing(house, connected(house, rows(1)))
    ran(house, made)
    path = house.folder / "shop" / "orders.parquet"
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS SELECT * REPLACE (7 AS changed) FROM '{path}'")
        con.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    assert ran(house, made).error_reason == "import-updated-on-changed"


def test_a_column_whose_values_are_of_another_type_now_gives_rejects(house):
    made = importing(house, connected(house, rows(1)))
    path = house.folder / "shop" / "orders.parquet"
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS SELECT * REPLACE ('dear' AS price) FROM '{path}'")
        con.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    assert ran(house, made).rejected_by_reason == {"the property Price is no number": 1}


def test_a_dataset_that_moved_is_not_read(house):
    saved = connected(house, rows(1))
    made = importing(house, saved)
    house.services.database.run(
        lambda c: c.execute(connections_table.update().values(location="US"))
    )
    run = ran(house, made)
    assert (run.status, run.error_reason) == (ImportRunStatus.FAILED, "import-location-moved")
    assert "US" in run.error_message
    assert "local" in run.error_message


def test_a_connection_that_was_removed_ends_the_run(house):
    saved = connected(house, rows(1))
    made = importing(house, saved)
    house.services.database.run(lambda c: connections.remove(c, 1, saved.connection_id))
    assert ran(house, made).error_reason == "not-found"


def test_a_row_in_the_middle_that_cannot_be_read_is_the_customers_and_told_nowhere(house):
    saved = connected(house, rows(1))
    text = "".join(f"user-{n},{n},2026-11-20\n" for n in range(300_000))
    path = house.folder / "shop" / "visits.csv"
    path.write_text(f"uid,price,happened\n{text}")
    mapping = replace(EVENTS, updated_on=None, extra=(), properties=EVENTS.properties[:1])
    made = importing(house, saved, mapping=mapping, source=SourceQuery("visits"))
    with path.open("a") as csv:
        csv.write(f"user-x,{leaks.watch('a-secret-word')},2026-11-20\n")
    run = ran(house, made)
    assert (run.status, run.error_reason) == (ImportRunStatus.FAILED, "import-source-refused")
    assert list((house.folder / "staging").glob("import-*")) == []


def test_another_state_that_shares_the_warehouse_does_not_take_its_publishes_for_ours(
    house, tmp_path
):
    ran(house, importing(house, connected(house, rows(1))))
    other = House(tmp_path / "other", now=house.now + SECOND).set_up()
    other.services = other.with_(landing=house.services.landing)
    run = ran(other, importing(other, connected(other, rows(2, 3))))
    assert (run.run_id, run.attempt, run.rows_new) == (1, 1, 2)
    assert len(stored(house)) == 3


class Refusing:
    """A source that raises, for what no folder can show: revoked keys and quotas."""

    def __init__(self, error):
        self.error = error

    def location(self):
        raise self.error


@pytest.mark.parametrize("attempts", [3])
def test_a_quota_is_tried_again_until_it_has_lasted_too_long(house, attempts):
    with_limits(house, attempts_max=attempts)
    made = importing(house, connected(house, rows(1)))
    run = asked(house, made)
    quota = Refusing(Transient("Too many.", reason="warehouse-busy"))
    house.services = house.with_(source=lambda *_: quota)
    [message] = house.take()
    for _ in range(attempts - 1):
        assert house.deliver(message) == "warehouse-busy"
        assert run_of(house, run).status is ImportRunStatus.READING
    assert house.deliver(message) is None
    assert run_of(house, run).error_reason == "warehouse-busy"


def test_a_revoked_key_is_the_customers_and_ends_the_run_at_once(house):
    made = importing(house, connected(house, rows(1)))
    run = asked(house, made)
    revoked = Refusing(CustomerFault("Make a new key.", reason="import-key-refused"))
    house.services = house.with_(source=lambda *_: revoked)
    house.drain()
    assert run_of(house, run).error_reason == "import-key-refused"
