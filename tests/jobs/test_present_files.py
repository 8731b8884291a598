"""Objects that are there already: equal ones are a success, others are never touched."""

import pytest

from shared.domain.exports import ExportStatus
from shared.domain.runs import RunStatus
from shared.errors import Transient
from shared.ports import Created
from tests.jobs.faults import Fault
from tests.jobs.oracle import assert_delivered, manifests, objects
from tests.jobs.samples import ids, mixed_events
from tests.warehouse_rows import event

pytestmark = pytest.mark.kept_open

ROWS = mixed_events(120)


def fail() -> None:
    raise Transient("The answer was lost.", reason="lost-answer")


def test_files_that_are_there_with_the_same_content_are_taken_as_they_are(house):
    """As after a lost answer: the object was created, and its worker never learned of it."""
    house.load(ROWS)
    export = house.export()
    messages = house.planned(export)
    for message in messages:
        files = 0
        lost = Fault("create", fail, numbers=range(100), after=True)
        while house.deliver(message, house.with_(bucket=lost.bucket)) == "lost-answer":
            # Each attempt gets one file further.
            files += 1
            assert lost.results == [*[Created.FOUND] * (files - 1), Created.NEW]
            lost = Fault("create", fail, numbers=range(files + 1, 100), after=True)
        assert files >= 1
    house.finish()
    assert_delivered(house, export, ids(ROWS))
    run = house.run(export)
    assert run.rows_written == run.rows_expected == len(ROWS)


@pytest.mark.parametrize("size", ["shorter", "equal", "longer"])
def test_a_file_that_is_there_with_other_content_fails_the_run_and_stays(house, size):
    house.load([event(n, event_name="Buy") for n in range(20)])
    export = house.export()
    messages = house.planned(export)
    run = house.run(export)
    theirs = house.bucket / f"{export.export_id}-{run.stamp}-Buy-20261119-0-db-1.json"
    length = {"shorter": 10, "equal": 5_303, "longer": 9_000}[size]
    theirs.write_bytes(b"x" * length)
    house.watch()
    for message in messages:
        assert house.deliver(message) is None
    failed = house.run(export)
    assert (failed.status, failed.error_reason) == (RunStatus.FAILED, "object-differs")
    assert theirs.name in str(failed.error_message)
    assert theirs.read_bytes() == b"x" * length
    assert objects(house) == {theirs.name}
    assert house.again(export).status is ExportStatus.PENDING
    for message in messages:
        assert house.deliver(message) is None
    house.tick()
    assert house.take() == []


@pytest.mark.parametrize("what", ["_manifests/{}-{}.json", "_rejects/{}-{}-{}.json"])
def test_a_manifest_or_reject_file_of_somebody_else_fails_the_run_and_stays(house, what):
    house.load([*ROWS, event(900, event_name="A", props="[1]")])
    export = house.export()
    messages = house.planned(export)
    run = house.run(export)
    # Whichever slice has the bad row meets it.
    numbers = range(run.slices_total) if "_rejects" in what else [None]
    names = [what.format(export.export_id, run.stamp, number) for number in numbers]
    for name in names:
        path = house.bucket / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("theirs")
    house.watch()
    for message in messages:
        house.deliver(message)
    failed = house.run(export)
    assert (failed.status, failed.error_reason) == (RunStatus.FAILED, "object-differs")
    assert {(house.bucket / name).read_text() for name in names} == {"theirs"}
    if "_rejects" in what:
        assert manifests(house, export) == []


def test_an_encoder_that_writes_the_same_rows_again_writes_the_same_bytes(house):
    """Two exports of the same rows differ in their names and their manifests alone."""
    house.load(ROWS)
    contents = []
    for _ in range(2):
        export = house.export()
        house.finish()
        [delivery] = assert_delivered(house, export, ids(ROWS))
        contents.append([(file["sha256"], file["rows"]) for file in delivery.manifest["files"]])
    assert contents[0] == contents[1]
