"""Monitors at the same time, killed ones, clocks that are set, and a database that goes away."""

from datetime import timedelta

import pytest

from shared.config import Watching
from shared.domain.exports import ExportStatus
from shared.domain.incidents import Ending, NoticeKind
from shared.errors import Transient
from shared.jobs.monitor import monitor
from shared.state import notices
from tests.jobs.faults import Fault, together
from tests.jobs.house import House
from tests.jobs.samples import arriving
from tests.jobs.watch import (
    FIRST,
    RECOVERED,
    SECOND,
    STOPPED,
    accept,
    all_incidents,
    all_notices,
    bring_back,
    hour,
    hours,
    kinds,
    look,
    take_away,
    work,
)
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE

pytestmark = [pytest.mark.kept_open, pytest.mark.long]


class Killed(BaseException):
    """A process that ends at once; nothing of ours catches it."""


def kill():
    raise Killed


def failing(house, count=2):
    """Exports whose bucket is gone and whose first windows have failed."""
    house.now = MIDNIGHT
    exports = [house.recurring(hours=4) for _ in range(count)]
    house.load(arriving(range(30), 11))
    take_away(house)
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    work(house)
    return exports


# What a series of looks leads to, each with the hours before it and what happens then.
SERIES = [(1, None), (24, None), (48, None)]
MENDED = [(1, None), (24, None), (1, bring_back), (1, None)]


@pytest.mark.parametrize(
    ("series", "last"), [(SERIES, [FIRST, SECOND, STOPPED]), (MENDED, [FIRST, SECOND, RECOVERED])]
)
def test_monitors_at_the_same_time_do_everything_once(tmp_path, postgres_url, series, last):
    house = House(tmp_path / "house", state_url=postgres_url).set_up()
    exports = failing(house)
    for wait, happens in series:
        if happens is not None:
            happens(house)
        house.now += wait * HOUR
        work(house)
        together(*[lambda: look(house)] * 3)
        accept(house)
        work(house)
    assert kinds(house) == last
    endings = {each.ending for each in all_incidents(house)}
    assert endings == {Ending.STOPPED if last[-1] is STOPPED else Ending.RECOVERED}
    assert len(all_incidents(house)) == len(exports)
    house.services.database.close()


@pytest.mark.parametrize("series", [SERIES, MENDED])
@pytest.mark.parametrize("after", [False, True])
def test_a_monitor_that_is_killed_anywhere_is_followed_by_one_that_ends_its_work(
    build, series, after
):
    """In each look it is killed before or after its n-th transaction, for every n there is."""
    house = build()
    failing(house)
    killed = 0
    for wait, happens in series:
        if happens is not None:
            happens(house)
        house.now += wait * HOUR
        work(house)
        number = 1
        while True:
            fault = Fault("run", kill, numbers=(number,), after=after)
            services = house.with_(database=fault.on(house.services.database))
            try:
                monitor(services, house.now)
            except Killed:
                killed += 1
                number += 1
            else:
                break
        look(house)
        accept(house)
        work(house)
    assert killed > 20
    last = STOPPED if series is SERIES else RECOVERED
    # Exports whose trials were kept apart recover one after the other, each once.
    told = [(e["export_id"], n.kind) for n in all_notices(house) for e in n.detail["exports"]]
    assert len(told) == len(set(told)) == 2 * 3
    assert list(dict.fromkeys(kinds(house))) == [FIRST, SECOND, last]
    endings = {each.ending for each in all_incidents(house)}
    assert endings == {Ending.STOPPED if last is STOPPED else Ending.RECOVERED}


def test_a_database_that_is_away_in_any_step_is_told_and_nothing_is_done_twice(build):
    house = build()
    [export] = failing(house, 1)

    def away():
        raise Transient("The database cannot be reached for now.", reason="state-unreachable")

    for wait, _ in SERIES:
        house.now += wait * HOUR
        for number in range(1, 40):
            fault = Fault("run", away, numbers=(number,))
            services = house.with_(database=fault.on(house.services.database))
            try:
                monitor(services, house.now)
            except Transient:
                assert fault.fired == 1
                continue
            break
        accept(house)
    assert kinds(house) == [FIRST, SECOND, STOPPED]
    assert house.again(export).status is ExportStatus.STOPPED


def test_a_monitor_that_was_down_for_four_days_does_not_hold_them_against_anybody(house):
    [export] = failing(house, 1)
    assert [notice.kind for notice in hour(house)] == [FIRST]
    house.now += timedelta(days=4)
    assert [notice.kind for notice in hour(house)] == []
    sent = hours(house, 84, step=4)
    assert sent == [(24, SECOND), (72, STOPPED)]
    assert house.again(export).status is ExportStatus.STOPPED


def test_a_monitor_that_was_down_before_it_ever_warned_begins_with_the_first(house):
    failing(house, 1)
    house.now += timedelta(days=3)
    assert [notice.kind for notice in hour(house)] == [FIRST]
    assert [notice.kind for notice in hour(house)] == []


@pytest.mark.parametrize("jump_days", [-400, -1, 3, 400])
@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("warned", [1, 30])
def test_a_clock_that_is_set_never_shortens_anybodys_time(house, jump_days, lasting, warned):
    """After so many hours the clock is wrong: for one look, or for good."""
    [export] = failing(house, 1)
    sent = hours(house, warned, step=min(warned, 6))
    real = warned
    house.now += timedelta(days=jump_days)
    for _ in range(1 if not lasting else 0):
        sent += [(real, notice.kind) for notice in hour(house)]
        real += 1
        house.now -= timedelta(days=jump_days)
    while house.again(export).status is not ExportStatus.STOPPED:
        sent += [(real + 12, notice.kind) for notice in hour(house, step=12)]
        real += 12
        assert real < 500
    assert [kind for _, kind in sent] == [FIRST, SECOND, STOPPED]
    first, second, third = (at for at, _ in sent)
    assert second - first >= 24
    assert third - second >= 24
    assert third - first >= 72


@pytest.mark.parametrize(("warned", "jump"), [(2, 49), (30, 4)])
def test_a_clock_that_is_set_forward_by_hours_brings_no_warning_earlier(build, warned, jump):
    house = build(believed_gap=Watching().believed_gap)
    [export] = failing(house, 1)
    sent = hours(house, warned, step=2)
    house.now += jump * HOUR
    real = warned
    while house.again(export).status is not ExportStatus.STOPPED:
        real += 2
        sent += [(real, notice.kind) for notice in hour(house, step=2)]
        assert real < 100
    assert [kind for _, kind in sent] == [FIRST, SECOND, STOPPED]
    first, second, third = (at for at, _ in sent)
    assert second - first >= 24
    assert third - first >= 72


def test_a_notice_is_queued_in_the_transaction_that_stops(house):
    [export] = failing(house, 1)
    hours(house, 72, step=8)
    seen = []
    queue = notices.queue

    def broken(connection, new, now):
        seen.append(new.kind)
        queue(connection, new, now)
        raise Killed

    house.now += 8 * HOUR
    import shared.jobs.notice_groups as module

    original, module.notices.queue = module.notices.queue, broken
    try:
        with pytest.raises(Killed):
            look(house)
    finally:
        module.notices.queue = original
    assert seen == [NoticeKind.STOPPED]
    assert house.again(export).status is not ExportStatus.STOPPED
    assert kinds(house) == [FIRST, SECOND]
    look(house)
    assert house.again(export).status is ExportStatus.STOPPED
    assert kinds(house) == [FIRST, SECOND, STOPPED]
