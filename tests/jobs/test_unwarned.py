"""Where nobody takes a warning nothing is stopped, and whoever runs Sluice is told each hour."""

import json

import pytest

from shared.domain.exports import ExportStatus
from shared.domain.members import COMMAND_LINE, SYSTEM, Role
from shared.jobs.health import account_health
from shared.jobs.manage_exports import edit_export
from shared.jobs.manage_members import put_member, remove_member
from shared.jobs.send_notices import send_due
from shared.state.notices import NoticeStatus
from tests.jobs.outbox import ADMIN, ANN, BEN, Outbox
from tests.jobs.watch import (
    FIRST,
    SECOND,
    STOPPED,
    all_notices,
    kinds,
    look,
    open_incidents,
    take_away,
    work,
)
from tests.servers.mail import running_mail
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE

pytestmark = pytest.mark.kept_open

GONE = "550 5.1.1 No such user"


@pytest.fixture
def broken(house):
    """An export made by a program, in an account without members, whose bucket has gone."""
    house.now = MIDNIGHT
    export = house.recurring(hours=24)
    house.now = MIDNIGHT + 24 * HOUR + 6 * MINUTE
    take_away(house)
    work(house)
    return export


@pytest.fixture
def outbox(house, tmp_path):
    with running_mail(tmp_path) as server:
        outbox = Outbox(house, server)
        house.services = outbox.services
        yield outbox


def days(house, number):
    """So many days with a few looks each, and the mail."""
    for _ in range(4 * number):
        house.now += 6 * HOUR
        work(house)
        look(house)
        for _ in range(2):
            send_due(house.services, house.now)


def test_an_export_of_which_nobody_can_be_told_goes_on_and_the_operator_is_told(
    house, broken, caplog
):
    days(house, 6)
    assert house.again(broken).status is not ExportStatus.STOPPED
    assert kinds(house) == [FIRST]
    found = account_health(house.services, COMMAND_LINE, 1)
    assert [(each.export_id, each.unwarned) for each in found.troubles] == [
        (broken.export_id, "mail-no-recipient")
    ]
    caplog.clear()
    caplog.set_level("INFO")
    look(house)
    lines = [json.loads(each.getMessage()) for each in caplog.records if each.name == "sluice"]
    [told] = [line for line in lines if line["event"] == "nobody_to_warn"]
    assert (told["severity"], told["runbook"]) == ("ERROR", "docs/runbooks.md#nobody-to-warn")
    assert (told["account"], told["export"]) == (1, broken.export_id)
    assert told["reason"] == "mail-no-recipient"
    [metrics] = [line for line in lines if line["event"] == "metrics"]
    assert metrics["exports_unwarned"] == 1


def test_a_new_admin_is_warned_in_full_before_the_export_is_stopped(house, broken):
    days(house, 5)
    put_member(house.services, SYSTEM, 1, ANN, Role.ADMIN)
    joined = house.now
    days(house, 5)
    assert kinds(house) == [FIRST, SECOND, STOPPED]
    assert house.again(broken).status is ExportStatus.STOPPED
    first, second, stopped = all_notices(house)
    assert first.accepted_at > joined
    assert second.queued_at - first.accepted_at >= 24 * HOUR
    assert stopped.queued_at - first.accepted_at >= 72 * HOUR
    assert account_health(house.services, COMMAND_LINE, 1).figures.unwarned == ()


@pytest.mark.parametrize("by", ["member", "send_to"])
def test_a_warning_that_all_refused_goes_to_the_address_that_is_named_next(
    house, broken, outbox, by
):
    outbox.server.trouble.refuse = {ADMIN: GONE}
    look(house)
    outbox.send()
    [notice] = all_notices(house)
    assert notice.status is NoticeStatus.REFUSED
    for _ in range(2):
        look(house)
        assert outbox.send() == 0
    found = account_health(house.services, COMMAND_LINE, 1)
    assert [each.unwarned for each in found.troubles] == ["mail-all-refused"]
    if by == "member":
        put_member(house.services, SYSTEM, 1, BEN, Role.ADMIN)
        remove_member(house.services, SYSTEM, 1, ADMIN)
    else:
        edit_export(house.services, 1, broken.export_id, send_to=(BEN,))
    look(house)
    assert outbox.send() == 1
    assert outbox.recipients(notice) == {ADMIN: "refused", BEN: "accepted"}
    assert outbox.server.trouble.fired["refuse"] == 1
    assert len(open_incidents(house)) == 1
    assert account_health(house.services, COMMAND_LINE, 1).figures.unwarned == ()
