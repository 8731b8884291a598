"""The judge itself: whatever is wrong with a delivery, it must not let it pass."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.domain.exports import Compression
from tests.jobs.house import House
from tests.jobs.oracle import assert_delivered, manifests
from tests.jobs.samples import ids, mixed_events
from tests.warehouse_rows import event

ROWS = mixed_events(60)


@pytest.fixture
def delivered(house):
    house.load([*ROWS, event(900, props="[1]")])
    export = house.export(compression=Compression.GZIP)
    house.finish()
    assert_delivered(house, export, ids(ROWS), rejected=["e000900"])
    # What follows is done by somebody else, so what was seen before does not count.
    house._seen.clear()
    return house, export


def data_file(house: House) -> Path:
    return max(house.bucket.glob("*.json.gz"))


def one_row_less(house: House) -> None:
    lines = gzip.decompress(data_file(house).read_bytes()).splitlines(keepends=True)
    data_file(house).write_bytes(gzip.compress(b"".join(lines[:-1])))


def one_byte_off(house: House) -> None:
    content = bytearray(data_file(house).read_bytes())
    content[-1] ^= 1
    data_file(house).write_bytes(content)


def one_file_less(house: House) -> None:
    data_file(house).unlink()


def one_file_more(house: House) -> None:
    path = data_file(house)
    path.with_name(path.name.replace("-0-db", "-7-db")).write_bytes(path.read_bytes())


def one_half_made_file(house: House) -> None:
    (house.bucket / ".abc.partial").write_bytes(b"half")


def no_manifest(house: House) -> None:
    next((house.bucket / "_manifests").iterdir()).unlink()


def no_rejects(house: House) -> None:
    next((house.bucket / "_rejects").iterdir()).unlink()


def changed(house: House, change: Callable[[dict], None]) -> None:
    path = next((house.bucket / "_manifests").iterdir())
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


DAMAGES = {
    "a row less": one_row_less,
    "a byte off": one_byte_off,
    "a file less": one_file_less,
    "a file more": one_file_more,
    "a half-made file": one_half_made_file,
    "no manifest": no_manifest,
    "no reject file": no_rejects,
    "a wrong sum": lambda house: changed(house, lambda m: m.update(rows_expected=60)),
    "a wrong count": lambda house: changed(house, lambda m: m["files"][0].update(rows=99)),
    "a wrong checksum": lambda house: changed(house, lambda m: m["files"][0].update(crc32c="AA==")),
    "a file twice": lambda house: changed(house, lambda m: m["files"].append(m["files"][0])),
    "a file unnamed": lambda house: changed(house, lambda m: m["files"].pop()),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_delivery_does_not_pass(delivered, damage):
    house, export = delivered
    DAMAGES[damage](house)
    with pytest.raises((AssertionError, FileNotFoundError)):
        assert_delivered(house, export, ids(ROWS), rejected=["e000900"])


@pytest.mark.parametrize("expected", [ids(ROWS)[1:], [*ids(ROWS), "e000000"], []])
def test_rows_too_few_or_too_many_do_not_pass(delivered, expected):
    house, export = delivered
    with pytest.raises(AssertionError):
        assert_delivered(house, export, expected, rejected=["e000900"])


def test_a_file_that_was_written_again_does_not_pass(delivered):
    house, export = delivered
    house.watch()
    path = manifests(house, export)[0]
    path.write_bytes(path.read_bytes())
    with pytest.raises(AssertionError, match="changed or removed"):
        assert_delivered(house, export, ids(ROWS), rejected=["e000900"])
