"""A house for each test: real services over one temporary folder."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from shared.state.exports import Export
from tests.jobs.closed_buckets import every_hour
from tests.jobs.house import House
from tests.jobs.outbox import Outbox
from tests.servers.mail import MailServer, running_mail
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE


@pytest.fixture
def build(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path
) -> Iterator[Callable[..., House]]:
    """Builds a house with settings of the test's own.

    With the mark `kept_open` its warehouse stays open in this process, so that each step opens it
    in no time; then no other process can have it.
    """
    with ExitStack() as kept:

        def built(**settings: Any) -> House:
            house = House(tmp_path / "house", **settings)
            shutil.copy(sqlite_template, house.folder / "state.sqlite")
            if request.node.get_closest_marker("kept_open"):
                kept.enter_context(house.kept_open())
            return house.set_up()

        yield built


@pytest.fixture
def house(build: Callable[..., House]) -> House:
    return build()


@pytest.fixture
def one_window(house: House) -> Export:
    """An export with one window of rows that is due."""
    house.now = MIDNIGHT
    export = house.recurring(hours=24)
    house.load(every_hour(24))
    house.now = MIDNIGHT + 24 * HOUR + 6 * MINUTE
    return export


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with running_mail(tmp_path) as running:
        yield running


@pytest.fixture
def outbox(house: House, server: MailServer) -> Outbox:
    return Outbox(house, server)
