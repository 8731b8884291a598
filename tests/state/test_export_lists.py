"""Lists of exports and runs in state: their order, their edges, and what is left out of sums."""

from datetime import date, timedelta

import pytest

from shared.domain.exports import DataType
from shared.domain.filters import ExportFilter
from shared.domain.runs import RunKind, RunStatus
from shared.domain.windows import Window
from shared.state import accounts, charts, export_lists, exports, run_lists, runs
from tests.domain.makers import HOUR, NOW, live, recurring
from tests.state.makers import (
    ACCOUNT,
    SECOND,
    add_run,
    commit_slice,
    file_row,
    lease_slice,
    make_export,
    new_run,
    read_run,
    read_slice,
    set_run,
    window,
    writing_run,
)

PROFILES = {"data_type": DataType.ALL_USER_PROPERTIES}


def listed(database, wanted=None, **given):
    usual = {"ran": None, "search": None, "before": None, "limit": 99}
    found = database.run(
        lambda c: export_lists.page(c, ACCOUNT, wanted or ExportFilter(), **(usual | given))
    )
    return [export.export_id for export in found]


def delivered(database, export):
    found = database.run(lambda c: export_lists.delivered_until(c, ACCOUNT, [export.export_id]))
    return found[export.export_id]


def test_an_export_ran_within_a_span_that_takes_its_start_and_leaves_its_end(database):
    export = make_export(database)
    set_run(database, add_run(database, export), started_at=NOW)
    for start, end, count in ((0, 1, 1), (-1, 0, 0), (1, 2, 0)):
        span = Window(NOW + start * HOUR, NOW + end * HOUR)
        assert len(listed(database, ran=span)) == count


def test_runs_of_another_account_are_no_runs(database):
    export = make_export(database, account_id=ACCOUNT + 1)
    make_export(database, now=NOW + SECOND)
    (run_id,) = database.run(lambda c: runs.record(c, [new_run(export)]))
    set_run(database, read_run(database, run_id, ACCOUNT + 1), started_at=NOW)
    assert listed(database, ran=Window(NOW, NOW + HOUR)) == []


def test_an_address_longer_than_an_index_takes_is_listed_too(database):
    url = "file:///" + "x" * 4_000
    export = make_export(database, recurring(bucket=url))
    assert listed(database, ExportFilter(bucket=url)) == [export.export_id]
    assert listed(database, ExportFilter(bucket=url + "x")) == []


def test_an_edit_is_found_under_its_new_settings_alone(database):
    before = make_export(database)
    spec = recurring(bucket="gs://another", data_type=DataType.SELECT_EVENTS, events=("a",))
    database.run(
        lambda c: exports.set_spec(
            c, before, spec, cursor_at=before.cursor_at, next_due_at=before.next_due_at
        )
    )
    assert listed(database, ExportFilter(bucket="gs://another")) == [before.export_id]
    assert listed(database, ExportFilter(data_types=(DataType.SELECT_EVENTS,))) != []
    assert listed(database, ExportFilter(data_types=(DataType.ALL_EVENTS,))) == []
    assert listed(database, ExportFilter(bucket="gs://bucket")) == []


def test_the_newest_outcomes_are_as_many_as_asked_for_of_each_export(database):
    many, few, none = (make_export(database, now=NOW + n * SECOND) for n in range(3))
    made = [add_run(database, many, number).run_id for number in range(5)]
    one = add_run(database, few)
    ids = [export.export_id for export in (many, few, none)]
    found = database.run(lambda c: export_lists.newest_outcomes(c, ACCOUNT, ids, limit=3))
    assert [run.run_id for run in found[many.export_id]] == made[:1:-1]
    assert [run.run_id for run in found[few.export_id]] == [one.run_id]
    assert none.export_id not in found
    assert database.run(lambda c: export_lists.newest_outcomes(c, ACCOUNT + 1, ids, limit=3)) == {}


@pytest.mark.parametrize(
    ("statuses", "hours"),
    [
        (("DONE", "DONE", "DONE"), None),
        (("FAILED", "DONE", "DONE"), 0),
        (("DONE", "FAILED", "DONE"), 4),
        (("DONE", "DONE", "PENDING"), 8),
        (("STOPPED", "FAILED", "WRITING"), 0),
    ],
)
def test_delivered_is_what_has_no_gap_before_it(database, statuses, hours):
    export = make_export(database)
    for number, status in enumerate(statuses):
        set_run(database, add_run(database, export, number), status=status)
    expected = export.cursor_at if hours is None else window().start_at + hours * HOUR
    assert delivered(database, export) == expected


def test_a_gap_is_closed_by_a_later_run_of_the_window_but_not_by_a_replay(database):
    export = make_export(database)
    set_run(database, add_run(database, export), status="FAILED")
    replay = add_run(database, export, kind=RunKind.REPLAY)
    set_run(database, replay, status="DONE")
    assert delivered(database, export) == window().start_at
    set_run(database, add_run(database, export, sequence=1), status="DONE")
    set_run(database, replay, status="FAILED")
    assert delivered(database, export) == export.cursor_at


def test_runs_of_one_window_come_in_the_order_in_which_they_were_recorded(database):
    export = make_export(database)
    first = add_run(database, export)
    add_run(database, export, 1)
    again = add_run(database, export, sequence=1)
    replay = add_run(database, export, kind=RunKind.REPLAY)
    found = database.run(
        lambda c: run_lists.of_window(c, ACCOUNT, export.export_id, window().end_at)
    )
    assert [run.run_id for run in found] == [first.run_id, again.run_id, replay.run_id]


def test_the_waiting_run_is_that_of_the_earliest_window_that_is_due(database):
    export = make_export(database)
    made = [add_run(database, export, number) for number in (2, 1, 0)]
    set_run(database, made[2], status="DONE")

    def waiting(now):
        return database.run(lambda c: run_lists.oldest_waiting(c, ACCOUNT, export.export_id, now))

    assert waiting(made[0].due_at) == made[1].run_id
    assert waiting(made[1].due_at - SECOND) is None


def test_counts_leave_out_replays_what_failed_and_days_before_the_first(database):
    export = make_export(database)
    days = [date(2026, 11, 20), date(2026, 11, 20), date(2026, 11, 2)]
    run = writing_run(database, 3, export)
    for number, day in enumerate(days):
        piece = read_slice(database, run, number)
        rows = file_row(f"{number}", rows=10**number, event_date=day)
        commit_slice(database, piece, lease_slice(database, piece), rows)

    def counts():
        return database.run(
            lambda c: charts.delivered_by_day(
                c,
                ACCOUNT,
                export.export_id,
                first=date(2026, 11, 3),
                ended_after=NOW - timedelta(days=30),
                limit=9,
            )
        )

    assert counts() == []
    set_run(database, run, status="DONE")
    assert [(each.rows, each.files, each.event_date) for each in counts()] == [(11, 2, days[0])]
    set_run(database, run, kind=str(RunKind.REPLAY))
    assert counts() == []


def test_files_written_are_counted_with_the_slices(database):
    run = writing_run(database, 1)
    piece = read_slice(database, run)
    commit_slice(database, piece, lease_slice(database, piece), file_row("a"), file_row("b"))
    assert read_run(database, run.run_id).files_written == 2


def test_only_live_exports_use_a_bucket(database):
    used = make_export(database, now=NOW)
    stopped = make_export(database, now=NOW + SECOND)
    make_export(database, recurring(bucket="gs://another"), now=NOW + 2 * SECOND)
    database.run(lambda c: exports.stop(c, ACCOUNT, stopped.export_id, NOW))
    users = database.run(lambda c: exports.live_in_bucket(c, ACCOUNT, "gs://bucket"))
    assert users == [used.export_id]
    others = database.run(lambda c: exports.in_bucket(c, ACCOUNT, "gs://bucket", limit=9))
    assert [export.export_id for export in others] == [used.export_id]


def test_recurring_profiles_are_those_that_are_still_scheduled(database):
    make_export(database, recurring(), now=NOW)
    kept = make_export(database, live(**PROFILES), now=NOW + SECOND)
    stopped = make_export(database, recurring(**PROFILES), now=NOW + 2 * SECOND)
    database.run(lambda c: exports.stop(c, ACCOUNT, stopped.export_id, NOW))
    assert database.run(lambda c: exports.recurring_profiles(c, ACCOUNT)) == [kept.export_id]
    assert database.run(lambda c: exports.recurring_profiles(c, ACCOUNT + 1)) == []


def test_a_form_that_is_foreseen_is_the_one_that_is_claimed_later(database):
    database.run(lambda c: accounts.claim_forms(c, ACCOUNT, ["a b"]))
    names = ["a b", "a-b", "a\tb", "c"]
    foreseen = database.run(lambda c: accounts.foreseen_forms(c, ACCOUNT, names))
    assert foreseen["a b"] == "a-b"
    assert len(set(foreseen.values())) == 4
    assert database.run(lambda c: accounts.claim_forms(c, ACCOUNT, names)) == foreseen


def test_files_are_paged_by_name(database):
    run = writing_run(database, 1)
    piece = read_slice(database, run)
    names = ["a", "A", "b", "ü", "_"]
    files = [file_row(name) for name in names]
    commit_slice(database, piece, lease_slice(database, piece), *files)
    seen, after = [], None
    while page := database.run(
        lambda c, after=after: run_lists.file_page(c, ACCOUNT, run.run_id, after=after, limit=2)
    ):
        seen += [file.name for file in page]
        after = seen[-1]
    assert sorted(seen) == sorted(names)
    assert read_run(database, run.run_id).status is RunStatus.WRITING
