"""Notices while a real mail server is away, puts off or refuses: each is sent until it is taken."""

from datetime import timedelta

import pytest

from shared.state.notices import NoticeStatus
from tests.jobs.outbox import ADMIN, ANN, BEN, EVE

pytestmark = pytest.mark.kept_open
HOUR = timedelta(hours=1)


def test_a_server_down_for_two_days_gets_the_mail_afterwards_and_once(outbox):
    notice = outbox.first_notice()
    outbox.server.trouble.cut = 10_000
    for _ in range(48 * 4):
        outbox.send()
        outbox.house.now += HOUR / 4
    assert outbox.server.trouble.fired["cut"] >= 48
    assert outbox.notice(notice.notice_id).status == "QUEUED"
    outbox.server.trouble.cut = 0
    assert outbox.send_until_it_is_out(notice) <= 60
    assert len(outbox.server.got(ANN)) == 1


def test_while_the_server_is_down_one_notice_a_look_is_tried(outbox):
    notices = []
    for _ in range(3):
        notices.append(outbox.first_notice())
        outbox.house.now += timedelta(seconds=1)
    outbox.server.trouble.cut = 1
    assert outbox.send() == 1
    assert outbox.server.trouble.fired["cut"] == 1
    for notice in notices:
        outbox.send_until_it_is_out(notice)
    assert len(outbox.server.got(ANN)) == 3


def test_what_was_mended_before_its_warning_was_accepted_is_withdrawn(outbox):
    export = outbox.house.recurring()
    incident = outbox.open_incident(export)
    notice = outbox.queue([incident])
    outbox.server.trouble.cut = 1
    outbox.send()
    outbox.close(incident)
    outbox.house.now += HOUR
    outbox.send()
    assert outbox.server.trouble.fired["cut"] == 1
    assert outbox.notice(notice.notice_id).status == NoticeStatus.WITHDRAWN
    assert outbox.server.taken == []


def test_a_warning_that_may_have_arrived_is_not_withdrawn(outbox):
    export = outbox.house.recurring()
    incident = outbox.open_incident(export)
    notice = outbox.queue([incident])
    outbox.server.trouble.drop_after_data = 1
    outbox.send()
    assert outbox.server.trouble.fired["drop_after_data"] == 1
    outbox.close(incident)
    outbox.send_until_it_is_out(notice)
    assert outbox.notice(notice.notice_id).status == NoticeStatus.ACCEPTED
    twice = outbox.server.got(ANN)
    assert [each["Message-ID"] for each in twice] == [
        f"<{notice.message_id}@sluice.example.com>"
    ] * 2


def test_those_who_accepted_get_it_once_while_others_are_put_off(outbox):
    notice = outbox.first_notice(send_to=(BEN,))
    outbox.server.trouble.refuse = {BEN: "450 4.2.0 Greylisted"}
    outbox.send()
    assert outbox.recipients(notice) == {ANN: "accepted", BEN: "later"}
    assert outbox.notice(notice.notice_id).status == "QUEUED"
    outbox.server.trouble.refuse = {}
    outbox.send_until_it_is_out(notice)
    assert len(outbox.server.got(ANN)) == len(outbox.server.got(BEN)) == 1
    [first], [second] = outbox.server.got(ANN), outbox.server.got(BEN)
    assert first.as_bytes() == second.as_bytes()


def test_a_greylisting_server_delays_and_loses_nothing(outbox):
    notice = outbox.first_notice(send_to=(BEN, EVE))
    outbox.server.trouble.greylist = 3
    outbox.send_until_it_is_out(notice)
    assert outbox.server.trouble.fired[f"greylist {EVE}"] == 3
    assert set(outbox.recipients(notice).values()) == {"accepted"}
    assert len(outbox.server.taken) == 1


def test_one_who_is_put_off_for_ever_holds_nothing_up(outbox):
    notice = outbox.first_notice(send_to=(BEN,))
    outbox.server.trouble.refuse = {BEN: "450 4.2.0 Greylisted"}
    assert 55 <= outbox.send_until_it_is_out(notice, most=130) <= 125
    assert outbox.notice(notice.notice_id).status == NoticeStatus.ACCEPTED
    assert len(outbox.server.got(ANN)) == 1


def test_an_address_refused_for_good_falls_back_to_the_admins(outbox):
    notice = outbox.first_notice()
    outbox.server.trouble.refuse = {ANN: "550 5.1.1 No such user"}
    outbox.send()
    assert outbox.server.trouble.fired["refuse"] == 1
    assert outbox.recipients(notice) == {ANN: "refused", ADMIN: "accepted"}
    assert outbox.notice(notice.notice_id).status == NoticeStatus.ACCEPTED
    assert len(outbox.server.got(ADMIN)) == 1


def test_admins_who_had_it_already_do_not_get_it_again(outbox):
    notice = outbox.first_notice(send_to=(ADMIN,))
    outbox.server.trouble.refuse = {ANN: "550 5.1.1 No such user"}
    outbox.send()
    assert outbox.recipients(notice) == {ANN: "refused", ADMIN: "accepted"}
    assert len(outbox.server.got(ADMIN)) == 1


def test_when_nobody_takes_it_the_notice_says_so(outbox):
    notice = outbox.first_notice()
    outbox.server.trouble.refuse = dict.fromkeys([ANN, ADMIN], "550 5.1.1 No such user")
    outbox.send()
    after = outbox.notice(notice.notice_id)
    assert (after.status, after.error) == (NoticeStatus.REFUSED, "mail-all-refused")
    assert outbox.server.taken == []


def test_a_refused_login_is_tried_again_and_blames_nobody(outbox):
    notice = outbox.first_notice()
    right = outbox.services.mail
    outbox.server.trouble.sender = "535 5.7.8 Not you"
    outbox.send()
    assert outbox.server.trouble.fired["sender"] == 1
    assert outbox.notice(notice.notice_id).error == "mail-refuses-us"
    assert outbox.recipients(notice) == {ANN: "waiting"}
    outbox.server.trouble.sender = ""
    outbox.send_until_it_is_out(notice)
    assert outbox.services.mail is right
    assert len(outbox.server.got(ANN)) == 1
