"""What must hold after whatever happened: asked of the bucket, the mailboxes and state."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import select

from shared.domain.exports import ExportStatus
from shared.domain.incidents import Ending, NoticeKind
from shared.domain.runs import RunKind, RunStatus
from shared.state.exports import Export
from shared.state.tables import incidents, notice_incidents, notices
from tests.jobs.house import House
from tests.jobs.oracle import Delivery, manifests, read
from tests.jobs.postbox import Postbox
from tests.warehouse_rows import Row

DAY = timedelta(days=1)
WARNINGS = (NoticeKind.FIRST, NoticeKind.SECOND)
# Two clocks may differ by so much; a wait may be so much shorter.
SKEW = timedelta(hours=1)


def assert_delivered_once(
    house: House, export: Export, rows: Sequence[tuple[datetime, Row]]
) -> None:
    """The windows of the manifests leave no gap, and what is delivered of each holds its rows.

    Of a window the newest delivery counts, with its supplements: each row once. Whatever else was
    delivered of it holds no other rows and none twice. Rows that came behind a window are promised
    while the export goes on.
    """
    house.watch()
    delivered = [read(house, path) for path in manifests(house, export)]
    goes_on = house.again(export).status is not ExportStatus.STOPPED
    runs = {run.stamp: run for run in house.runs(export)}
    done = [each for each in delivered if runs[each.manifest["run_stamp"]].status is RunStatus.DONE]
    assert len(done) == sum(run.status is RunStatus.DONE for run in runs.values())
    for each in delivered:
        # Whoever is killed between the manifest and saying so may find no access afterwards. A
        # window goes on as soon as there is some; a replay is its sender's to repeat.
        if each not in done:
            run = runs[each.manifest["run_stamp"]]
            assert run.status in (RunStatus.FAILED, RunStatus.STOPPED)
            assert not goes_on or run.kind is RunKind.REPLAY
    windows = sorted({window(each) for each in delivered})
    assert all(before[1] == after[0] for before, after in pairwise(windows))
    if goes_on and windows:
        assert windows[-1][1] == house.again(export).cursor_at
    for start, end in windows:
        wanted = Counter(row["event_id"] for at, row in rows if start <= at < end)
        found = _deliveries([each for each in done if window(each) == (start, end)])
        failed = [each for each in delivered if window(each) == (start, end) and each not in done]
        assert all(markers <= wanted for markers in found.values())
        assert all(Counter(each.markers) <= wanted for each in failed)
        if goes_on:
            assert found[max(found)] == wanted


def _deliveries(delivered: list[Delivery]) -> dict[int, Counter[str]]:
    """How often each row stands in each delivery of one window, its supplements included."""
    whole = [each for each in delivered if each.manifest["kind"] != RunKind.SUPPLEMENT]
    found = {each.manifest["run_stamp"]: Counter(each.markers) for each in whole}
    for each in delivered:
        if each not in whole:
            found[each.manifest["replaces"]] += each.markers
    return found


def window(delivery: Delivery) -> tuple[datetime, datetime]:
    """The window that a manifest names."""
    named = delivery.manifest["window"]
    return datetime.fromisoformat(named["start"]), datetime.fromisoformat(named["end"])


def assert_nobody_gets_a_mail_twice(house: House, postbox: Postbox) -> None:
    """A mail comes again only when its sender could not know that it had come."""
    assert all(times <= 1 + postbox.lost[mail] for mail, times in postbox.times.items())
    statement = select(notice_incidents.c.incident_id, notice_incidents.c.kind)
    told = house.services.database.run(lambda c: c.execute(statement).all())
    assert len(set(told)) == len(told)


def assert_stopped_after_two_warnings(
    house: House, postbox: Postbox, stops: dict[int, datetime], by_hand: set[int]
) -> int:
    """Nobody is warned twice in a day or stopped unwarned; gives how many incidents ended so.

    `stops` tells when each export was really seen stopped first, `by_hand` whom somebody stopped.
    """
    found = house.services.database.run(lambda c: c.execute(select(incidents)).all())
    ended = [incident for incident in found if incident.ending == str(Ending.STOPPED)]
    assert stops.keys() - by_hand == {incident.export_id for incident in ended}
    for incident in found:
        sent = _notices(house, incident.incident_id)
        warned = [came(postbox, sent[kind]) for kind in WARNINGS if kind in sent]
        assert all(after - before >= DAY - SKEW for before, after in pairwise(warned))
        if incident not in ended:
            continue
        first, second = warned
        stopped = stops[incident.export_id]
        assert stopped - first >= 3 * DAY - SKEW
        assert stopped - second >= DAY - SKEW
        # In the same transaction.
        assert sent[NoticeKind.STOPPED].queued_at == incident.closed_at
    return len(ended)


def incident_endings(house: House) -> list[str]:
    """How all incidents ended; `None` for those that are open."""
    statement = select(incidents.c.ending)
    return [str(each) for each in house.services.database.run(lambda c: c.scalars(statement).all())]


def came(postbox: Postbox, notice) -> datetime:
    """When the mail really came to somebody first."""
    moments = [at for (_, name), at in postbox.came.items() if notice.message_id in name]
    assert moments, f"the notice {notice.kind} came to nobody"
    return min(moments)


def _notices(house: House, incident_id: int) -> dict:
    statement = (
        select(notices)
        .join(notice_incidents, notice_incidents.c.notice_id == notices.c.notice_id)
        .where(notice_incidents.c.incident_id == incident_id)
    )
    found = house.services.database.run(lambda c: c.execute(statement).all())
    return {NoticeKind(row.kind): row for row in found}
