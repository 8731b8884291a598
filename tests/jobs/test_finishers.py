"""The end of a run: one manifest, whoever writes it, and only when the sum is right."""

import threading

import pytest

from shared.domain.exports import ExportStatus
from shared.domain.runs import RunStatus
from shared.errors import CustomerFault, Transient
from shared.jobs.finish_run import finish_run
from shared.ports import Created
from shared.state import runs
from shared.state.tables import runs as runs_table
from tests.jobs.faults import PATIENCE_S, Fault, Pause, Thread, together
from tests.jobs.house import House
from tests.jobs.oracle import assert_delivered, manifests
from tests.jobs.samples import ids, mixed_events
from tests.warehouse_rows import MINUTE

pytestmark = pytest.mark.kept_open

ROWS = mixed_events(60)


def unavailable() -> None:
    raise Transient("Not now.", reason="unavailable")


def written(house: House) -> tuple:
    """An export all of whose slices are written, while its manifest could not be uploaded."""
    house.load(ROWS)
    export = house.export()
    messages = house.planned(export)
    for message in messages[:-1]:
        assert house.deliver(message) is None
    fault = Fault("open_spool", unavailable, numbers=(house.files_of(messages[-1]) + 1,))
    services = house.with_(bucket=fault.bucket)
    assert house.deliver(messages[-1], services) == "unavailable"
    assert fault.fired == 1
    run = house.run(export)
    assert (run.status, run.slices_open) == (RunStatus.FINISHING, 0)
    assert manifests(house, export) == []
    return export, run


def test_two_finishers_of_one_run_write_one_manifest(house):
    export, run = written(house)
    barrier = threading.Barrier(2)
    meeting = Fault("create", lambda: barrier.wait(PATIENCE_S), numbers=(1, 2))
    services = house.with_(bucket=meeting.bucket)
    together(*[lambda: finish_run(services, 1, run.run_id)] * 2)
    assert meeting.fired == 2
    assert sorted(meeting.results) == [Created.FOUND, Created.NEW]
    assert_delivered(house, export, ids(ROWS))


def test_a_second_finisher_at_another_moment_writes_the_bytes_of_the_first(house):
    house.load(ROWS)
    export = house.export()
    *messages, last = house.planned(export)
    for message in messages:
        house.deliver(message)
    # The first stores its manifest and then waits; the second takes what is stored, an hour later.
    pause = Pause()
    fault = Fault("create", pause, numbers=(house.files_of(last) + 1,))
    first = Thread(lambda: house.deliver(last, house.with_(bucket=fault.bucket)))
    first.start()
    pause.wait()
    stored = house.run(export).manifest
    house.now += 60 * MINUTE
    house.finish()
    [path] = manifests(house, export)
    assert path.read_bytes() == stored
    pause.released.set()
    assert first.ended() is None
    assert fault.results[-1] is Created.FOUND
    assert_delivered(house, export, ids(ROWS))


def test_an_unfinished_finish_is_tried_again_by_the_tick(house):
    export, _ = written(house)
    house.finish()
    assert_delivered(house, export, ids(ROWS))
    assert house.again(export).status is ExportStatus.DONE


def test_a_run_whose_sum_is_off_fails_with_the_difference_and_has_no_manifest(house):
    house.load(ROWS)
    export = house.export()
    messages = house.planned(export)
    run = house.run(export)
    house.services.database.run(
        lambda c: c.execute(
            runs_table.update()
            .where(runs_table.c.run_id == run.run_id)
            .values(rows_expected=run.rows_expected + 3)
        )
    )
    for message in messages:
        assert house.deliver(message) is None
    failed = house.run(export)
    assert (failed.status, failed.error_reason) == (RunStatus.FAILED, "rows-differ")
    assert "-3 rows" in failed.error_message
    assert manifests(house, export) == []


@pytest.mark.parametrize("when", ["slice", "manifest"])
def test_a_fault_of_the_customer_is_recorded_and_the_message_acknowledged(house, when):
    def denied() -> None:
        raise CustomerFault("The folder may not be written to.", reason="bucket-forbidden")

    house.load(ROWS)
    export = house.export()
    messages = house.planned(export)
    for message in messages[:-1]:
        house.deliver(message)
    number = 1 if when == "slice" else house.files_of(messages[-1]) + 1
    fault = Fault("create", denied, numbers=(number,))
    assert house.deliver(messages[-1], house.with_(bucket=fault.bucket)) is None
    assert fault.fired == 1
    failed = house.run(export)
    assert (failed.status, failed.error_reason) == (RunStatus.FAILED, "bucket-forbidden")
    assert manifests(house, export) == []
    assert house.again(export).status is ExportStatus.PENDING
    house.tick()
    assert house.take() == []


def test_a_run_that_fails_for_now_too_often_fails_for_good(house):
    house.load(ROWS)
    export = house.export()
    message, *_ = house.planned(export)
    fault = Fault("create", unavailable, numbers=range(100))
    services = house.with_(bucket=fault.bucket)
    answers = [house.deliver(message, services) for _ in range(house.limits.attempts_max + 1)]
    assert answers == [*["unavailable"] * (house.limits.attempts_max - 1), None, None]
    assert fault.fired == house.limits.attempts_max
    failed = house.run(export)
    assert (failed.status, failed.error_reason) == (RunStatus.FAILED, "unavailable")


def test_a_run_of_another_account_is_never_finished(house):
    export, run = written(house)
    finish_run(house.services, 2, run.run_id)
    assert house.run(export).status is RunStatus.FINISHING
    assert house.services.database.run(lambda c: runs.get(c, 2, run.run_id)) is None
