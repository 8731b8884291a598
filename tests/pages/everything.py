"""A house with something on every page, and the addresses of all pages that the application has."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from flask import Flask

from shared.domain.bucket_access import Access
from shared.domain.exports import Format
from shared.domain.members import COMMAND_LINE
from shared.jobs.api_keys import create_api_key
from shared.state import buckets
from shared.state.buckets import NewBucket
from tests.adapters.datasets import order
from tests.functions.api.conftest import told
from tests.jobs.house import House
from tests.jobs.importing import connected, importing

Values = Mapping[str, int | str]
BASE = "http://127.0.0.1"


def filled(house: House) -> Values:
    """Exports of all kinds, runs that ended in each way, a bucket, a key; their ids by name."""
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
    shop = connected(house, [order(1), order(2, uid="null")])
    importing(house, shop, nickname="I" * 64)
    return {
        "account_id": 1,
        "webhook_id": webhook_id,
        "notice_id": notice_id,
        "action": "test",
        "export_id": often.export_id,
        "run_id": house.runs(often)[0].run_id,
        "bucket_id": saved.bucket_id,
        "key_id": key.key_id,
        "connection_id": shop.connection_id,
        "once": once.export_id,
    }


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
        if client.get(address, base_url=BASE).status_code == 200:
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
        "initiated": f"{account}/exports?notice=initiated",
    }
