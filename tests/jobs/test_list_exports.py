"""What people see of exports: the list, its filters and pages, and one export."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared.domain.exports import DataType, ExportStatus, Format, Frequency
from shared.domain.filters import ExportFilter, Partner
from shared.domain.runs import RunStatus
from shared.errors import InvalidInput, NotFound
from shared.jobs.list_exports import get_export, list_exports
from shared.jobs.manage_buckets import add_bucket
from shared.jobs.manage_exports import stop_export
from shared.jobs.rename_export import rename_export
from tests.jobs.house import ACCOUNT
from tests.jobs.samples import mixed_events, profiles
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, NOW

pytestmark = pytest.mark.kept_open


def listed(house, wanted=None, **page):
    return [row.export.export_id for row in list_exports(house.services, 1, wanted, **page).items]


def ids(*exports):
    return [export.export_id for export in exports]


@pytest.fixture
def several(house):
    """Exports of every kind, oldest first; the first one was delivered, the last one stopped."""
    house.load(mixed_events(30))
    house.load(profiles(range(5)), "profiles")
    done = house.export()
    house.finish()
    house.now += MINUTE
    daily = house.recurring(
        hours=24, format=Format.CSV, data_type=DataType.SELECT_EVENTS, events=("Buy",)
    )
    live = house.export(
        frequency=Frequency.LIVE,
        every=10 * MINUTE,
        start_on=house.now.date(),
        format=Format.PARQUET,
    )
    people = house.recurring(data_type=DataType.ALL_USER_PROPERTIES, format=Format.XML)
    stop_export(house.services, 1, people.export_id)
    return done, daily, live, people


def test_exports_are_listed_newest_first_with_what_became_of_them(house, several):
    done, daily, live, people = several
    page = list_exports(house.services, 1)
    assert [row.export.export_id for row in page.items] == ids(people, live, daily, done)
    assert page.next_page_token is None
    stopped, waiting, _, delivered = page.items
    assert stopped.export.status is ExportStatus.STOPPED
    assert (waiting.last_run, waiting.next_due_at) == (None, live.next_due_at)
    assert delivered.last_run.status is RunStatus.DONE
    assert delivered.last_run.rows_written == 30
    assert delivered.last_run.files_written > 1
    # A one-time export is never out of date.
    assert (delivered.freshness, delivered.next_due_at) == (None, None)


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ({"partner": Partner.GOOGLE_CLOUD}, [3, 2, 1, 0]),
        ({"partner": Partner.BIGQUERY}, []),
        ({"data_types": (DataType.ALL_EVENTS,)}, [2, 0]),
        ({"data_types": (DataType.ALL_EVENTS, DataType.SELECT_EVENTS)}, [2, 1, 0]),
        ({"formats": (Format.CSV, Format.XML)}, [3, 1]),
        ({"statuses": (ExportStatus.DONE, ExportStatus.STOPPED)}, [3, 0]),
        ({"frequencies": (Frequency.RECURRING,)}, [3, 1]),
        ({"frequencies": (Frequency.RECURRING,), "statuses": (ExportStatus.PENDING,)}, [1]),
        ({"exported_from": NOW.date(), "exported_to": NOW.date()}, [0]),
        ({"exported_to": NOW.date() - timedelta(days=1)}, []),
        ({"exported_from": NOW.date() + timedelta(days=1)}, []),
        ({"text": "1795"}, [3, 2, 1, 0]),
        ({"text": "1099999999"}, []),
        ({"text": "no such bucket"}, []),
    ],
)
def test_filters_narrow_the_list_down(house, several, wanted, places):
    assert listed(house, ExportFilter(**wanted)) == ids(*(several[place] for place in places))


def test_exports_are_found_by_their_bucket_and_by_their_id(house, several):
    url = house.bucket.as_uri()
    assert len(listed(house, ExportFilter(bucket=url))) == 4
    assert listed(house, ExportFilter(bucket=url.upper())) == []
    for text in (f" {url} ", house.bucket.name.upper(), url[3:-1]):
        assert len(listed(house, ExportFilter(text=text))) == 4
    one = several[1].export_id
    assert listed(house, ExportFilter(text=str(one))) == [one]


def test_saved_buckets_are_shown_and_searched_by_their_nickname(house, cloud_bucket):
    add_bucket(house.services, 1, f"gs://{cloud_bucket}", nickname="Night Shift")
    export = house.recurring(bucket=f"gs://{cloud_bucket}")
    house.recurring()
    [found] = list_exports(house.services, 1, ExportFilter(text="night")).items
    assert (found.export.export_id, found.bucket_nickname) == (export.export_id, "Night Shift")


def test_exports_are_found_by_a_part_of_their_name(house, several):
    _, daily, live, _ = several
    rename_export(house.services, 1, daily.export_id, "Shop 24_daily")
    rename_export(house.services, 1, live.export_id, "shop-live")
    for text, found in (("SHOP", [live, daily]), ("24_", [daily]), ("2%", []), ("p-l", [live])):
        assert listed(house, ExportFilter(text=text)) == ids(*found)
    one = list_exports(house.services, 1, ExportFilter(text="shop"), page_size=1)
    rest = list_exports(
        house.services, 1, ExportFilter(text="shop"), page_token=one.next_page_token
    )
    assert [row.export.export_id for row in (*one.items, *rest.items)] == ids(live, daily)


def test_pages_follow_one_another_without_a_gap_while_exports_are_made(house):
    house.load(mixed_events(5))
    made = [house.recurring().export_id for _ in range(7)]
    seen, token = [], None
    for _ in range(4):
        page = list_exports(house.services, 1, page_size=2, page_token=token)
        seen += [row.export.export_id for row in page.items]
        token = page.next_page_token
        house.now += MINUTE
        house.recurring()
    assert token is None
    assert seen == made[::-1]


@pytest.mark.parametrize("size", [-1, 0, 201, 10**9])
def test_a_page_of_an_impossible_size_is_refused(house, size):
    with pytest.raises(InvalidInput):
        list_exports(house.services, 1, page_size=size)


def test_a_token_leads_on_in_its_own_list_only(house):
    for _ in range(3):
        house.recurring()
    token = list_exports(house.services, 1, page_size=1).next_page_token
    other = ExportFilter(formats=(Format.CSV,))
    house.put_account(replace(ACCOUNT, account_id=2))
    for ask in (
        lambda: list_exports(house.services, 1, page_token=token[:-2] + "xx"),
        lambda: list_exports(house.services, 1, other, page_token=token),
        lambda: list_exports(house.services, 2, page_token=token),
    ):
        with pytest.raises(InvalidInput, match="begin again"):
            ask()


def test_another_account_sees_nothing(house, several):
    house.put_account(replace(ACCOUNT, account_id=2))
    assert list_exports(house.services, 2).items == ()
    with pytest.raises(NotFound):
        get_export(house.services, 2, several[0].export_id)
    with pytest.raises(NotFound):
        list_exports(house.services, 3)


def test_freshness_is_the_age_of_the_first_moment_that_is_missing(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    house.now = MIDNIGHT + 13 * HOUR
    house.finish()
    [row] = list_exports(house.services, 1).items
    assert [run.status for run in row.outcomes] == [RunStatus.DONE] * 3
    assert (row.delivered_until, row.freshness) == (MIDNIGHT + 12 * HOUR, HOUR)
    stop_export(house.services, 1, export.export_id)
    [row] = list_exports(house.services, 1).items
    assert (row.delivered_until, row.freshness) == (MIDNIGHT + 12 * HOUR, None)


def test_the_twenty_newest_runs_are_shown_the_newest_first(house):
    house.now = MIDNIGHT
    house.export(frequency=Frequency.LIVE, every=5 * MINUTE, start_on=MIDNIGHT.date())
    house.export(frequency=Frequency.LIVE, every=10 * MINUTE, start_on=MIDNIGHT.date())
    house.now = MIDNIGHT + 3 * HOUR + 3 * MINUTE
    house.tick()
    for row, minutes in zip(list_exports(house.services, 1).items, (10, 5), strict=True):
        ends = [run.window_end_at for run in row.outcomes]
        last = MIDNIGHT + 3 * HOUR
        every = timedelta(minutes=minutes)
        assert ends == [last - n * every for n in range(min(20, 180 // minutes))]


def test_one_export_tells_how_to_find_its_files_and_what_runs_next(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    view = get_export(house.services, 1, export.export_id)
    assert view.prefixes[0] == f"{export.export_id}-"
    assert view.prefixes[1] == f"_manifests/{export.export_id}-"
    assert view.listing_command.startswith("ls ")
    assert [window.start_at for window in view.windows] == [
        MIDNIGHT + n * 4 * HOUR for n in range(3)
    ]
    assert (view.running, view.progress) == (None, None)
    stop_export(house.services, 1, export.export_id)
    assert get_export(house.services, 1, export.export_id).windows == ()


def test_a_run_under_way_shows_slices_and_rows_done(house):
    house.load(mixed_events(150))
    export = house.export(start_on=date(2026, 11, 18))
    messages = house.planned(export)
    house.deliver(messages[0])
    house.now += MINUTE
    view = get_export(house.services, 1, export.export_id)
    assert view.row.export.status is ExportStatus.RUNNING
    assert view.running.status is RunStatus.WRITING
    assert (view.progress.slices_done, view.progress.slices_total) == (1, len(messages))
    assert 0 < view.progress.rows_done < view.progress.rows_expected == 150
    assert view.progress.left > timedelta(0)
