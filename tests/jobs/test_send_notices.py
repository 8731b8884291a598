"""The outbox of e-mails against a real mail server: to whom, with which words, once."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from shared import bootstrap
from shared.config import MailConfig, from_environment
from shared.domain.exports import ExportStatus
from shared.domain.incidents import NoticeKind
from shared.jobs.monitor import monitor
from shared.jobs.send_notices import send_due
from shared.state.exports import Export
from shared.state.notices import NoticeStatus
from shared.state.tables import exports
from tests.jobs.house import House
from tests.jobs.outbox import ADMIN, ANN, BEN, EVE, Outbox
from tests.servers.mail import MailServer

pytestmark = pytest.mark.kept_open
HOUR = timedelta(hours=1)


@pytest.fixture
def postgres_outbox(
    build: Callable[..., House], postgres_url: str, server: MailServer
) -> Iterator[Outbox]:
    outbox = Outbox(build(state_url=postgres_url), server)
    yield outbox
    outbox.services.database.close()


def test_a_notice_goes_to_its_creator_and_to_those_named_under_send_to(outbox):
    notice = outbox.first_notice(send_to=(BEN, EVE))
    assert outbox.send() == 1
    [(mail, to)] = outbox.server.taken
    assert sorted(to) == [ANN, BEN, EVE]
    assert mail["Message-ID"] == f"<{notice.message_id}@sluice.example.com>"
    after = outbox.notice(notice.notice_id)
    assert (after.status, after.accepted_at) == (NoticeStatus.ACCEPTED, outbox.house.now)
    assert outbox.send() == 0
    assert len(outbox.server.taken) == 1


def test_the_dates_in_a_warning_count_from_its_sending(outbox):
    outbox.first_notice()
    outbox.house.now += 2 * HOUR
    outbox.send()
    [(mail, _)] = outbox.server.taken
    text = " ".join(mail.get_body(("plain",)).get_content().split())
    stops = outbox.house.now + 72 * HOUR
    assert f"by {stops:%A}, {stops.day} {stops:%B %Y, %H:%M} UTC" in text


def test_a_notice_about_several_exports_lists_them_all(outbox):
    exports = []
    for _ in range(3):
        exports.append(outbox.house.recurring())
        outbox.house.now += timedelta(seconds=1)
    outbox.queue([outbox.open_incident(each) for each in exports])
    outbox.send()
    [(mail, _)] = outbox.server.taken
    text = mail.get_body(("plain",)).get_content()
    assert all(f"{each.export_id}, all events as JSON, every 4 hours" in text for each in exports)


def test_an_export_of_a_program_writes_to_the_admins(outbox):
    export = outbox.house.recurring()
    notice = outbox.queue([outbox.open_incident(export)], to=("key:Ab3dE5gH7jK9",))
    outbox.send()
    assert outbox.recipients(notice) == {ADMIN: "accepted"}


def test_two_senders_at_once_send_each_notice_once(postgres_outbox):
    outbox = postgres_outbox
    sent = []
    for _ in range(6):
        sent.append(outbox.first_notice())
        outbox.house.now += timedelta(seconds=1)
    barrier = threading.Barrier(2)

    def look() -> None:
        barrier.wait(20)
        outbox.send()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    ids = [mail["Message-ID"] for mail in outbox.server.got(ANN)]
    assert len(ids) == len(set(ids)) == 6


def test_what_a_sender_held_that_died_is_sent_once_its_lease_is_over(outbox):
    notice = outbox.first_notice()
    dying = replace(outbox.services, mail=Dying())
    with pytest.raises(KeyboardInterrupt):
        send_due(dying, outbox.house.now)
    assert outbox.send() == 0
    outbox.house.now += outbox.services.limits.lease
    assert outbox.send() == 1
    assert outbox.notice(notice.notice_id).status == NoticeStatus.ACCEPTED


class Dying:
    """A process that is killed while it sends, which no server can bring about."""

    def send(self, *_: object) -> None:
        raise KeyboardInterrupt


def test_a_folder_keeps_each_mail_whole_and_once(outbox):
    house = outbox.house
    config = MailConfig((house.folder / "mail").as_uri())
    services = house.with_(mailing=config)
    outbox.first_notice()
    assert send_due(services, house.now) == 1
    assert send_due(services, house.now) == 0
    [path] = (house.folder / "mail").iterdir()
    assert path.name.startswith("first.")
    assert path.suffix == ".eml"
    assert b"\r\n\r\n" in path.read_bytes()


def test_a_deployment_without_a_mail_server_keeps_its_notices_and_stops_nobody(outbox, tmp_path):
    """A folder there would take them, and nobody would ever look into it."""
    home = tmp_path / "cloud"
    cloud = from_environment({"K_SERVICE": "monitor", "SLUICE_HOME": str(home)})
    services = outbox.house.with_(mail=bootstrap.build(cloud).mail)
    notice = outbox.first_notice()
    send_due(services, outbox.house.now)
    waiting = outbox.notice(notice.notice_id)
    assert (waiting.status, waiting.error) == ("QUEUED", "mail-not-set-up")
    assert waiting.counts_from is None
    assert not (home / "mail").exists()


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_each_kind_leads_to_where_it_can_be_acted_upon(outbox, kind):
    export = outbox.house.recurring()
    incident = outbox.open_incident(export)
    if kind is NoticeKind.RECOVERED:
        outbox.close(incident)
    outbox.queue([incident], kind)
    outbox.send()
    [(mail, _)] = outbox.server.taken
    site = "https://sluice.example.com/accounts/1"
    places = {
        NoticeKind.FIRST: f"{site}/buckets",
        NoticeKind.SECOND: f"{site}/buckets",
        NoticeKind.STOPPED: f"{site}/exports/new?again={export.export_id}",
        NoticeKind.RECOVERED: f"{site}/exports/{export.export_id}",
    }
    page = mail.get_body(("html",)).get_content()
    assert f'class="button" href="{places[kind]}"' in page


def failing(outbox: Outbox) -> Export:
    """An export whose bucket goes away before its first run."""
    house = outbox.house
    house.services = outbox.services
    export = house.recurring(24, start_on=house.now.date() - timedelta(days=1))
    house.bucket.rmdir()
    house.tick()
    house.drain()
    return export


def hours(outbox: Outbox, number: int) -> None:
    """So many hours, in each of which the monitor looks and the outbox is sent."""
    for _ in range(number):
        monitor(outbox.services, outbox.house.now)
        outbox.house.drain()
        outbox.send()
        outbox.house.now += HOUR


def arrived(outbox: Outbox) -> list[tuple[str, timedelta]]:
    """The kinds of the mails in the order of their arrival, and when after the first."""
    mails = [(mail["Message-ID"], mail["Date"].datetime) for mail in outbox.server.got(ANN)]
    return [(str(name)[1:].split(".")[0], at - mails[0][1]) for name, at in mails]


@pytest.mark.parametrize("down", [0, 48], ids=["always", "down for two days"])
def test_three_mails_reach_the_creator_a_day_apart_and_no_fourth(outbox, down):
    export = failing(outbox)
    outbox.run(lambda c: c.execute(update(exports).values(created_by=ANN)))
    if down:
        outbox.server.trouble.cut = 10_000
        hours(outbox, down)
        assert outbox.server.trouble.fired["cut"] > 0
        assert outbox.server.taken == []
        outbox.server.trouble.cut = 0
    hours(outbox, 90)
    kinds, after = zip(*arrived(outbox), strict=True)
    assert kinds == ("first", "second", "stopped")
    assert after[1] >= 24 * HOUR
    assert after[2] >= max(72 * HOUR, after[1] + 24 * HOUR)
    assert outbox.house.again(export).status is ExportStatus.STOPPED


def test_a_bucket_that_is_mended_gets_one_note_of_it(outbox):
    failing(outbox)
    outbox.run(lambda c: c.execute(update(exports).values(created_by=ANN)))
    hours(outbox, 30)
    outbox.house.bucket.mkdir()
    hours(outbox, 10)
    assert [kind for kind, _ in arrived(outbox)] == ["first", "second", "recovered"]
