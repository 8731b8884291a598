"""What people see of runs: history, one run, files, and counts by event and day."""

from collections import Counter
from dataclasses import replace

import pytest

from shared.domain.exports import DataType, Format
from shared.domain.members import COMMAND_LINE
from shared.domain.runs import RunStatus
from shared.errors import InvalidInput, NotFound
from shared.jobs.replay import replay_run
from shared.jobs.runs_view import counts_by_day, get_manifest, get_run, list_files, list_runs
from tests.jobs.house import ACCOUNT
from tests.jobs.samples import mixed_events, profiles
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, NOW

pytestmark = pytest.mark.kept_open

ROWS = mixed_events(90)


@pytest.fixture
def delivered(house):
    """A one-time export of ROWS that is done."""
    house.load(ROWS)
    export = house.export()
    house.finish()
    return export


def test_the_history_has_the_newest_run_first_page_by_page(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    house.now = MIDNIGHT + 20 * HOUR + 6 * MINUTE
    house.tick()
    first = list_runs(house.services, 1, export.export_id, page_size=3)
    rest = list_runs(
        house.services, 1, export.export_id, page_size=3, page_token=first.next_page_token
    )
    ends = [run.window.end_at for run in (*first.items, *rest.items)]
    assert ends == [MIDNIGHT + hours * HOUR for hours in (20, 16, 12, 8, 4)]
    assert rest.next_page_token is None


def test_a_run_tells_what_it_delivered_and_how_long_it_took(house, delivered):
    [run] = list_runs(house.services, 1, delivered.export_id).items
    assert (run.status, run.rows_written, run.rows_rejected) == (RunStatus.DONE, 90, 0)
    assert run.duration is not None
    view = get_run(house.services, 1, run.run_id)
    assert view.run == run
    assert view.manifest_name == f"_manifests/{delivered.export_id}-{run.stamp}.json"
    assert (view.may_retry, view.may_replay) == (False, True)
    assert view.progress.share == 1.0
    path = house.bucket / view.manifest_name
    assert get_manifest(house.services, 1, run.run_id) == path.read_bytes()


def test_files_come_by_name_with_size_and_checksum(house, delivered):
    [run] = list_runs(house.services, 1, delivered.export_id).items
    found, token = [], None
    while token is not None or not found:
        page = list_files(house.services, 1, run.run_id, page_size=3, page_token=token)
        found += page.items
        token = page.next_page_token
    assert len(found) == run.files_written
    assert sum(file.rows for file in found) == 90
    for file in found:
        assert (house.bucket / file.name).stat().st_size == file.bytes
        assert len(file.sha256) == 64


def test_rows_are_counted_by_event_and_day_the_newest_first(house, delivered):
    house.now += MINUTE
    [run] = house.runs(delivered)
    replay_run(house.services, COMMAND_LINE, 1, run.run_id)
    house.finish()
    counts = counts_by_day(house.services, 1, delivered.export_id)
    expected = Counter((row["event_name"], row["ts"].date()) for row in ROWS)
    # A replay delivers the same rows, and they are not counted twice.
    assert {(each.event_name, each.event_date): each.rows for each in counts} == expected
    assert [each.event_date for each in counts] == sorted(
        (each.event_date for each in counts), reverse=True
    )
    today_alone = counts_by_day(house.services, 1, delivered.export_id, days=1)
    assert {each.event_date for each in today_alone} <= {NOW.date()}


def test_profiles_are_counted_on_the_day_on_which_their_window_ended(house):
    house.now = MIDNIGHT
    house.load(profiles(range(9), updated_at=MIDNIGHT - HOUR), "profiles")
    export = house.recurring(hours=4, data_type=DataType.ALL_USER_PROPERTIES)
    house.now = MIDNIGHT + 8 * HOUR + 6 * MINUTE
    house.finish()
    [count] = counts_by_day(house.services, 1, export.export_id)
    assert (count.event_name, count.event_date, count.rows) == (None, MIDNIGHT.date(), 9)


def test_another_account_sees_no_run(house, delivered):
    house.put_account(replace(ACCOUNT, account_id=2))
    [run] = house.runs(delivered)
    services = house.services
    for ask in (
        lambda: list_runs(services, 2, delivered.export_id),
        lambda: get_run(services, 2, run.run_id),
        lambda: get_manifest(services, 2, run.run_id),
        lambda: list_files(services, 2, run.run_id),
        lambda: counts_by_day(services, 2, delivered.export_id),
        lambda: replay_run(services, COMMAND_LINE, 2, run.run_id),
    ):
        with pytest.raises(NotFound):
            ask()


def test_a_token_of_one_run_is_none_of_another(house, delivered):
    house.now += MINUTE
    other = house.export(format=Format.CSV)
    house.finish()
    token = list_files(
        house.services, 1, house.runs(delivered)[0].run_id, page_size=1
    ).next_page_token
    with pytest.raises(InvalidInput):
        list_files(house.services, 1, house.runs(other)[0].run_id, page_token=token)
