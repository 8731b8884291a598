"""Whoever made a scheduled import is told once that it fails, and once that it works again."""

from datetime import timedelta

import pytest

from shared.domain.import_notices import ImportNotice
from shared.domain.import_schedules import Schedule, When
from shared.domain.members import SYSTEM
from shared.jobs.health import account_health
from shared.jobs.monitor import monitor
from shared.jobs.notices_view import get_notice, list_notices
from shared.jobs.outbox import send_outbox
from shared.state.tables import imports
from tests.adapters.datasets import order
from tests.jobs.importing import again, connected, finish_imports, importing, newest, ran
from tests.jobs.outbox import ANN, Outbox

HOUR = timedelta(hours=1)
FAILED, RECOVERED = ImportNotice


@pytest.fixture
def made(outbox: Outbox):
    """An hourly import of Ann's that has worked once."""
    house = outbox.house
    schedule = Schedule(when=When.HOURS, every=1, start_at=house.now)
    made = importing(house, connected(house, [order(1)]), schedule=schedule)
    house.services.database.run(lambda c: c.execute(imports.update().values(created_by=ANN)))
    finish_imports(house)
    assert again(house, made).last_run_at is not None
    return made


def runs_in_an_hour(outbox: Outbox, *, works: bool) -> None:
    house = outbox.house
    there, away = house.folder / "shop", house.folder / "away"
    if works != there.exists():
        (away if works else there).rename(there if works else away)
    house.now += HOUR
    finish_imports(house)


def kinds(outbox: Outbox) -> list[ImportNotice]:
    found = list_notices(outbox.services, SYSTEM, 1).items
    return [each.notice.kind for each in reversed(found)]


def test_its_creator_is_told_once_that_it_fails_and_once_that_it_works(outbox, made):
    runs_in_an_hour(outbox, works=False)
    since = newest(outbox.house, made).finished_at
    runs_in_an_hour(outbox, works=False)
    for _ in range(2):
        monitor(outbox.services, outbox.house.now)
        send_outbox(outbox.services, outbox.house.now)
    [(mail, to)] = outbox.server.taken
    text = " ".join(mail.get_body(("plain",)).get_content().split())
    assert list(to) == [ANN]
    assert mail["Subject"] == "Import Orders failed: please fix it"
    assert f"https://sluice.example.com/accounts/1/imports/{made.import_id}" in text
    for said in ("is not there", "Copy the names", "import-source-missing", f"{since:%H:%M} UTC"):
        assert said in text
    standing = account_health(outbox.services, SYSTEM, 1)
    assert not standing.fine
    assert (standing.figures.imports_failing, standing.imports[0].since) == (1, since)
    for _ in range(2):
        runs_in_an_hour(outbox, works=True)
        outbox.send()
    assert [each["Subject"] for each, _ in outbox.server.taken[1:]] == ["Import Orders works again"]
    assert account_health(outbox.services, SYSTEM, 1).imports == ()
    # The next series is told of anew.
    runs_in_an_hour(outbox, works=False)
    assert kinds(outbox) == [FAILED, RECOVERED, FAILED]
    shown = get_notice(outbox.services, SYSTEM, 1, 3)
    assert "Import Orders failed" in shown.html


def test_a_warning_that_nobody_got_is_withdrawn_when_it_works_again(outbox, made):
    runs_in_an_hour(outbox, works=False)
    runs_in_an_hour(outbox, works=True)
    [only] = list_notices(outbox.services, SYSTEM, 1).items
    assert (only.notice.kind, only.notice.status) == (FAILED, "WITHDRAWN")


def test_what_no_customer_can_mend_and_what_is_run_by_hand_is_told_to_nobody(outbox):
    house = outbox.house
    made = importing(house, connected(house, [order(1)]))
    (house.folder / "shop").rename(house.folder / "away")
    assert ran(house, made).error_reason == "import-source-missing"
    assert again(house, made).failure == "import-source-missing"
    assert kinds(outbox) == []
