"""No connection to state is busy while a run's data moves, however long that takes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.faults import Fault
from tests.jobs.house import SMALL, House
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids, mixed_events


@pytest.fixture
def house(tmp_path: Path, state_url: str) -> Iterator[House]:
    """A house on each of the two databases."""
    # One file a slice: else the lease is renewed, which takes a moment, while a file goes up.
    limits = replace(SMALL, slice_files=1)
    built = House(tmp_path / "house", limits=limits, state_url=state_url).set_up()
    yield built
    built.services.database.close()


def test_no_connection_is_taken_while_rows_are_read_encoded_and_uploaded(house):
    rows = mixed_events(90)
    house.load(rows)
    export = house.export()
    pool = house.services.database._engine.pool
    taken = []

    def look() -> None:
        taken.append(pool.checkedout())

    every = range(1, 1_000)
    methods = ("freeze", "inventory", "submit_snapshot", "snapshot", "read_slice")
    faults = [Fault(method, look, every) for method in methods]
    warehouse = house.services.warehouse
    for fault in faults:
        warehouse = fault.on(warehouse)
    uploads = [Fault("open_spool", look, every), Fault("create", look, every)]

    def bucket(account_id, url):
        return uploads[1].on(uploads[0].bucket(account_id, url))

    house.services = house.with_(warehouse=warehouse, bucket=bucket)
    house.finish()
    assert all(fault.fired for fault in [*faults, *uploads])
    assert set(taken) == {0}
    assert_delivered(house, export, ids(rows))
