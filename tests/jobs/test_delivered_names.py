"""Whose rows a file holds and what it is called: identities, event names, prefixes."""

import pytest

from shared.domain.exports import Account, DataType, Format, Identifier
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids, profiles
from tests.warehouse_rows import event

pytestmark = pytest.mark.kept_open

FORMATS = list(Format)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("data_type", [DataType.ALL_EVENTS, DataType.ALL_USER_PROPERTIES])
def test_the_identity_follows_the_priority_of_the_export(house, name, data_type):
    order = (Identifier.PHONE, Identifier.EMAIL, Identifier.IDENTITY)
    house.put_account(Account(1, "db-1", "UTC", tuple(Identifier)))
    known = {"phone": "+49", "email": "a@b.c", "identity": "ann"}
    cases = {
        "+49": known,
        "a@b.c": known | {"phone": ""},
        "ann": known | {"phone": None, "email": ""},
        "": dict.fromkeys(known, ""),
    }
    if data_type.is_profiles:
        key, table = "object_id", "profiles"
        rows = [profiles([n])[0] | columns for n, columns in enumerate(cases.values())]
    else:
        key, table = "event_id", "events"
        rows = [event(n, **columns) for n, columns in enumerate(cases.values())]
    house.load(rows, table)
    export = house.export(format=name, data_type=data_type, identity_priority=order)
    # The priority is the export's own from here on.
    house.put_account(Account(1, "db-1", "UTC", (Identifier.IDENTITY,)))
    house.finish()
    [delivery] = assert_delivered(house, export, ids(rows, key))
    found = {row.marker: row.identity for row in delivery.rows}
    assert found == dict(zip(ids(rows, key), cases, strict=True))


FORBIDDEN = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)])) + "/\\<>&\"'~{}:*?|%\u2028🙂"


@pytest.mark.parametrize("name", FORMATS)
def test_an_event_name_of_every_forbidden_character_is_delivered(house, name):
    twins = ["a b", "a\tb", "a/b", "a-b", "a\x00b"]
    names = [FORBIDDEN, *twins, "..", ".", "_manifests", "x" * 400]
    rows = [event(n, event_name=names[n % len(names)]) for n in range(40)]
    house.load(rows)
    export = house.export(format=name)
    house.finish()
    [delivery] = assert_delivered(house, export, ids(rows))
    assert {file["event_name"] for file in delivery.manifest["files"]} == set(names)
    # One file for each name: no two of them share a name, and none leaves the bucket's top.
    assert len(delivery.names) == len(names)
    assert all("/" not in file and file.isprintable() for file in delivery.names)
    assert all(len(file.encode()) <= 255 for file in delivery.names)


def test_a_name_keeps_its_form_whoever_comes_later(house):
    house.load([event(1, event_name="a b")])
    first = house.export()
    house.finish()
    house.load([event(2, event_name="a\tb")])
    second = house.export()
    house.finish()
    [before] = assert_delivered(house, first, ["e000001"])
    [after] = assert_delivered(house, second, ["e000001", "e000002"])
    forms = [name.split("-", 2)[2] for name in after.names]
    assert before.names[0].split("-", 2)[2] in forms
    assert len(set(forms)) == 2


def test_a_prefix_stands_before_files_and_not_before_manifests(house):
    house.load([event(1, event_name="Buy it")])
    export = house.export(prefix="sluice/{account_id}/{event_name}/{event_date}/")
    house.finish()
    [delivery] = assert_delivered(house, export, ["e000001"])
    assert delivery.names[0].startswith("sluice/1/Buy-it/20261119/")
