"""A house with something on every page, and the addresses of all pages that the application has."""

from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path

from flask import Flask

from shared.domain.bucket_access import Access
from shared.domain.exports import Format
from shared.domain.import_schedules import Schedule, When
from shared.domain.import_specs import ImportSpec
from shared.domain.members import COMMAND_LINE
from shared.jobs.api_keys import create_api_key
from shared.jobs.manage_imports import create_import
from shared.state import buckets
from shared.state.buckets import NewBucket
from shared.state.import_runs import ImportRun
from shared.state.imports import Import
from tests.adapters.datasets import ORDERS, order
from tests.functions.api.conftest import told
from tests.jobs.house import House
from tests.jobs.importing import connected, importing, ran

Values = Mapping[str, int | str]
BASE = "http://127.0.0.1"


def filled(house: House) -> Values:
    """Exports and imports of all kinds, runs, a bucket, a key; their ids by name."""
    bucket = Path(house.bucket)
    long_name = bucket.parent / ("a-very-long-name-of-a-folder-" + "x" * 150)
    long_name.mkdir()
    for kind in Format:
        house.export(format=kind)
        house.now += timedelta(seconds=1)
    once = house.export(bucket=long_name.as_uri())
    house.finish()
    house.now += timedelta(seconds=1)
    often = house.recurring(4)
    house.now += timedelta(hours=13)
    house.finish()
    new = NewBucket(1, "N" * 64, "gs://" + "b" * 63, Access("key", email="a@example.com"))
    saved = house.services.database.run(lambda c: buckets.insert(c, new, house.now))
    key, _ = create_api_key(house.services, COMMAND_LINE, 1, "k" * 100, frozenset({"exports:read"}))
    webhook_id, notice_id = told(house, often)
    brought, import_run = imported(house)
    return {
        "import_id": brought.import_id,
        "import_run_id": import_run.run_id,
        "move": "pause",
        "account_id": 1,
        "webhook_id": webhook_id,
        "notice_id": notice_id,
        "action": "test",
        "export_id": often.export_id,
        "run_id": house.runs(often)[0].run_id,
        "bucket_id": saved.bucket_id,
        "key_id": key.key_id,
        "connection_id": brought.spec.connection_id,
        "once": once.export_id,
    }


def imported(house: House) -> tuple[Import, ImportRun]:
    """An import with a run that rejected some rows, another one that failed, and a draft."""
    saved = connected(house, [order(n, uid="null" if n < 3 else f"u{n}") for n in range(9)])
    weekly = Schedule(when=When.WEEKLY, days=(0, 4), times=(time(9, 30),))
    made = importing(house, saved, nickname="N" * 64, schedule=weekly)
    failing = importing(house, saved, nickname="Fails")
    (house.folder / "shop" / "orders.parquet").rename(house.folder / "orders.parquet")
    ran(house, failing)
    (house.folder / "orders.parquet").rename(house.folder / "shop" / "orders.parquet")
    spec = ImportSpec(nickname="Draft", connection_id=saved.connection_id, source=ORDERS)
    create_import(house.services, 1, spec, start=False)
    return made, ran(house, made)


def addresses(app: Flask, values: Values) -> dict[str, str]:
    """Each page that answers with one, by the name of its view: a new page is in it by itself.

    Raises KeyError where an address has a part for which `values` has nothing.
    """
    client = app.test_client()
    adapter = app.url_map.bind("127.0.0.1")
    found = {}
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("pages.") or "GET" not in (rule.methods or ()):
            continue
        address = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
        # What only carries out a form leads on to the page of it.
        answer = client.get(address, base_url=BASE)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            found[rule.endpoint.removeprefix("pages.")] = address
    return found


def states(values: Values) -> dict[str, str]:
    """Pages in a state that their plain address does not show."""
    account = "/accounts/1"
    return {
        "no-fit": f"{account}/exports?status=STOPPED",
        "bad-token": f"{account}/exports?page_token=abc",
        "once": f"{account}/exports/{values['once']}",
        "once-is-not-edited": f"{account}/exports/{values['once']}/edit",
        "no-such-export": f"{account}/exports/9",
        "no-such-account": "/accounts/9/exports",
        "no-such-page": "/nothing/here",
        "no-connection-fits": f"{account}/connections?connected_to=2020-01-01",
        "failed-import": f"{account}/imports/{int(values['import_id']) + 1}",
        "draft-import": f"{account}/imports/{int(values['import_id']) + 2}",
        "no-import-fits": f"{account}/imports?status=Stopped",
        "initiated": f"{account}/exports?notice=initiated",
    }
