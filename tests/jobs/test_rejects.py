"""Rows that no file can hold stand in a reject file with a reason, and the rest is delivered."""

import random
from dataclasses import replace

import pytest

from shared.domain.exports import Compression, DataType, ExportStatus, Format
from shared.domain.runs import RunStatus
from shared.errors import Transient
from tests.jobs.faults import Fault
from tests.jobs.house import SMALL
from tests.jobs.oracle import assert_delivered, manifests
from tests.jobs.samples import ids, mixed_events, profiles
from tests.warehouse_rows import event, events, profile

pytestmark = pytest.mark.kept_open

FORMATS = list(Format)
BAD = ["[1]", "7", '"text"', "true", "[]"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_few_bad_rows_are_rejected_and_the_others_delivered(house, name):
    good = mixed_events(200)
    bad = [event(900 + n, props=text) for n, text in enumerate(BAD)]
    house.load([*good, *bad])
    export = house.export(format=name)
    house.finish()
    [delivery] = assert_delivered(house, export, ids(good), rejected=ids(bad))
    assert delivery.manifest["rows_rejected"] == len(BAD)
    assert house.again(export).status is ExportStatus.DONE


@pytest.mark.parametrize("name", FORMATS)
def test_a_part_without_a_good_row_writes_no_file(house, name):
    good = events(range(10))
    bad = [event(900 + n, event_name="Broken", props=text) for n, text in enumerate(BAD)]
    house.load([*good, *bad])
    export = house.export(format=name)
    house.finish()
    [delivery] = assert_delivered(house, export, ids(good), rejected=ids(bad))
    assert {file["event_name"] for file in delivery.manifest["files"]} == {"Page View"}


@pytest.mark.parametrize("name", FORMATS)
def test_bad_profiles_are_rejected_by_their_object_id(house, name):
    good = profiles(range(50))
    bad = [profile(900 + n, props=text) for n, text in enumerate(BAD)]
    house.load([*good, *bad], "profiles")
    export = house.export(data_type=DataType.ALL_USER_PROPERTIES, format=name)
    house.finish()
    assert_delivered(house, export, ids(good, "object_id"), rejected=ids(bad, "object_id"))


@pytest.mark.parametrize("name", FORMATS)
def test_a_row_too_big_for_a_file_is_rejected_alone(build, name):
    # What does not shrink, so that Parquet cannot make it small.
    text = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=200_000))
    house = build(limits=replace(SMALL, file_bytes_max=60_000))
    good = mixed_events(100)
    bad = [event(900, props={"text": text}), event(901, event_name="Huge", props={"text": text})]
    house.load([*good, *bad])
    export = house.export(format=name, compression=Compression.NONE)
    house.finish()
    assert_delivered(house, export, ids(good), rejected=ids(bad))


@pytest.mark.parametrize(("bad_rows", "fails"), [(100, False), (101, True)])
def test_a_run_fails_when_too_many_rows_are_rejected(house, bad_rows, fails):
    good = events(range(300))
    bad = [event(1_000 + n, props="[1]") for n in range(bad_rows)]
    house.load([*good, *bad])
    export = house.export()
    house.finish()
    run = house.run(export)
    assert run.rows_rejected == bad_rows
    if not fails:
        assert_delivered(house, export, ids(good), rejected=ids(bad))
        return
    assert (run.status, run.error_reason) == (RunStatus.FAILED, "too-many-rejects")
    assert f"{bad_rows} of {300 + bad_rows} rows" in run.error_message
    assert manifests(house, export) == []
    # The files that say which rows and why are there to be read.
    assert len(list((house.bucket / "_rejects").iterdir())) > 0


def test_a_second_attempt_writes_the_same_reject_file(house):
    """It holds neither clock nor attempt, or the second attempt would find other content."""

    def lost() -> None:
        raise Transient("The answer was lost.", reason="lost-answer")

    house.load([event(n, props="[1]" if n % 2 else None) for n in range(20)])
    export = house.export()
    [message] = house.planned(export)
    fault = Fault("create", lost, numbers=(2,), after=True)
    assert house.deliver(message, house.with_(bucket=fault.bucket)) == "lost-answer"
    assert fault.fired == 1
    house.now += house.limits.lease
    assert house.deliver(message) is None
    good, bad = range(0, 20, 2), range(1, 20, 2)
    expected = [f"e{n:06d}" for n in good]
    assert_delivered(house, export, expected, rejected=[f"e{n:06d}" for n in bad])
