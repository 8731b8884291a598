"""Whenever ticks come and whatever is edited, windows partition time."""

from datetime import date, datetime, timedelta
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.runs import RunKind
from shared.domain.windows import first_cursor, settle_delay, window_end
from shared.jobs.manage_exports import edit_export
from shared.state import accounts, exports
from tests.domain.makers import HOUR, MINUTE, NOW, account, live, recurring
from tests.jobs.ticks import (
    read,
    runs_of,
    services_of,
    tick,
)
from tests.state.makers import (
    ACCOUNT,
    SECOND,
    at_once,
    make_export,
)

zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Cairo"]
)


start_days = st.sampled_from([date(2026, 3, 27), date(2026, 10, 23), date(2026, 10, 30)])


recurring_specs = st.builds(
    lambda every, zone, day: recurring(every * HOUR, zone, start_on=day),
    st.integers(4, 24),
    zones,
    start_days,
)


live_specs = st.builds(
    lambda every, zone, day: live(every * MINUTE, zone, start_on=day),
    st.integers(5, 60),
    zones,
    start_days,
)


# Seconds since the start, in any order: a later one may well lie earlier.
moments = st.lists(st.integers(-2 * 86_400, 5 * 86_400), min_size=1, max_size=8)


def check_partition(found, start_at, every_stamp_is_its_end=True):
    """From the start on, each window begins where the one before it ends; stamps are unique."""
    cursor_at = start_at
    for run in found:
        assert run.window.start_at == cursor_at
        cursor_at = run.window.end_at
    stamps = [run.stamp for run in found]
    assert len(set(stamps)) == len(stamps)
    if every_stamp_is_its_end:
        assert stamps == [int(run.window.end_at.timestamp()) for run in found]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spec=recurring_specs | live_specs, seconds=moments, limit=st.sampled_from([1, 7, 500]))
def test_whenever_ticks_come_the_runs_partition_time_from_the_start(database, spec, seconds, limit):
    """After the last tick every window is there whose time has come, once, and none beside."""
    services = services_of(database, windows_per_tick=limit)
    export = make_export(database, spec)
    start_at = first_cursor(spec)
    times = [start_at + number * SECOND for number in seconds]
    for now in times:
        done, _ = tick(services, now)
        assert done.runs_recorded <= limit
    latest = max(times)
    while tick(services_of(database), latest)[0].runs_recorded:
        pass
    expected, settle = [], settle_delay(spec.frequency)
    while (end_at := window_end(spec, expected[-1] if expected else start_at)) <= latest - settle:
        expected.append(end_at)
    found = runs_of(database, export)
    check_partition(found, start_at)
    assert [run.window.end_at for run in found] == expected
    assert [run.kind for run in found[:1]] == [RunKind.FIRST] * len(found[:1])
    services.database.run(lambda c: exports.stop(c, ACCOUNT, export.export_id, NOW))


steps = st.tuples(
    st.sampled_from(["tick", "two ticks", "edit"]), st.integers(-86_400, 86_400), st.integers(5, 60)
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(steps, min_size=1, max_size=8), first=st.integers(5, 60))
def test_whatever_edits_come_between_ticks_live_windows_partition_time(database, story, first):
    """Time goes on from step to step by up to a day, or is set back by up to a day."""
    database.run(lambda c: accounts.put(c, account()))
    export = make_export(database, live(first * MINUTE), account_id=1)
    now: datetime = export.cursor_at
    for what, seconds, every in story:
        now += timedelta(seconds=seconds)
        services = services_of(database, now)
        if what == "edit":
            edit_export(services, 1, export.export_id, every=every * MINUTE)
        elif what == "tick":
            tick(services, now)
        else:
            at_once(partial(tick, services, now), partial(tick, services_of(database), now))
    found = runs_of(database, export)
    check_partition(found, export.cursor_at)
    assert read(database, export).cursor_at == (
        found[-1].window.end_at if found else export.cursor_at
    )
    database.run(lambda c: exports.stop(c, 1, export.export_id, NOW))
