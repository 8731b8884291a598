"""A browser for all tests of the pages, and a dashboard for each."""

import logging
from collections.abc import Iterator
from pathlib import Path
from shutil import copy, copytree, ignore_patterns

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.jobs.house import House
from tests.jobs.samples import mixed_events, profiles
from tests.pages.chromium import running
from tests.pages.site import Site, serving

# A machine that does much else at the time is slow, and right all the same.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running() as opened:
        yield opened


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with tables and data, made once: each test works in a copy of it."""
    built = House(tmp_path_factory.mktemp("model") / "house")
    built.services.database.migrate()
    built.load(mixed_events())
    built.load(profiles(range(40)), "profiles")
    return built.folder


@pytest.fixture
def house(tmp_path: Path, model: Path) -> House:
    """A house with no data and no account: the first admin's is made when it is served."""
    folder = tmp_path / "house"
    copytree(model, folder, ignore=ignore_patterns("warehouse.*"))
    return House(folder)


@pytest.fixture
def site(house: House, browser: Browser) -> Iterator[Site]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with serving(house, browser) as served:
        yield served
        for context in list(browser.contexts):
            context.close()
    assert served.complaints == []


@pytest.fixture
def data(house: House, model: Path) -> House:
    """Events of three days and some profiles in the warehouse."""
    copy(model / "warehouse.duckdb", house.folder)
    return house


@pytest.fixture
def page(site: Site) -> Page:
    """A desktop window."""
    return site.page()
