"""E-mails through a real SMTP server over TLS, and what each of its faults is told as."""

import ssl
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from shared.adapters.smtp import SmtpMail, server_of
from shared.errors import InvalidInput, OurFault, Transient
from shared.mail.message import message_of
from shared.ports import Verdict
from tests.leaks import watch
from tests.mail.samples import SENDER, letter
from tests.servers.authority import Authority
from tests.servers.listener import Listener
from tests.servers.mail import PASSWORD, MailServer, running_mail

ANN, BEN = "ann@example.com", "ben@example.com"
FROM = "notices@sluice.example.com"
watch(PASSWORD)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with running_mail(tmp_path) as running:
        yield running


def mail(server: MailServer, password: str = PASSWORD, **settings: float) -> SmtpMail:
    context = server.authority.client_context()
    return SmtpMail(server_of(server.url, lambda: password), context=context, **settings)


def message() -> EmailMessage:
    return message_of(letter(), SENDER, (ANN,))


@pytest.mark.parametrize("implicit_tls", [False, True], ids=["starttls", "tls"])
def test_a_mail_arrives_as_it_was_made_after_a_login_over_tls(tmp_path, implicit_tls):
    with running_mail(tmp_path, implicit_tls=implicit_tls) as server:
        said = mail(server).send(message(), FROM, [ANN, BEN])
        assert said == {ANN: Verdict.ACCEPTED, BEN: Verdict.ACCEPTED}
        assert server.logins == [True]
        [(arrived, to)] = server.taken
        assert to == [ANN, BEN]
        assert arrived["Message-ID"] == letter().message_id
        sent = message().get_body(("html",)).get_content()
        assert arrived.get_body(("html",)).get_content().splitlines() == sent.splitlines()


def test_each_recipient_is_told_apart_for_good_for_now_and_accepted(server):
    server.trouble.refuse = {ANN: "550 5.1.1 No such user", "carl@example.com": "451 4.3.0 Busy"}
    said = mail(server).send(message(), FROM, [ANN, BEN, "carl@example.com"])
    verdicts = {ANN: Verdict.REFUSED, BEN: Verdict.ACCEPTED, "carl@example.com": Verdict.LATER}
    assert said == verdicts
    assert server.trouble.fired["refuse"] == 2
    assert [to for _, to in server.taken] == [[BEN]]


def test_when_nobody_can_have_it_nothing_is_handed_in(server):
    server.trouble.refuse = {ANN: "550 5.1.1 No such user"}
    assert mail(server).send(message(), FROM, [ANN]) == {ANN: Verdict.REFUSED}
    assert server.taken == []


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("554 5.7.1 Looks like spam", Verdict.REFUSED), ("452 4.3.1 Full", Verdict.LATER)],
)
def test_what_is_said_to_the_whole_mail_is_said_to_each_recipient(server, answer, verdict):
    server.trouble.after_data = [answer]
    assert mail(server).send(message(), FROM, [ANN, BEN]) == {ANN: verdict, BEN: verdict}
    assert server.trouble.fired["after_data"] == 1


def test_a_line_lost_after_the_mail_was_taken_is_told_as_such(server):
    server.trouble.drop_after_data = 1
    with pytest.raises(Transient) as lost:
        mail(server).send(message(), FROM, [ANN])
    assert lost.value.reason == "mail-line-lost"
    assert server.trouble.fired["drop_after_data"] == 1
    assert mail(server).send(message(), FROM, [ANN]) == {ANN: Verdict.ACCEPTED}
    first, second = server.got(ANN)
    assert first["Message-ID"] == second["Message-ID"]


def test_a_line_lost_before_is_told_as_a_server_that_is_not_there(server):
    server.trouble.cut = 1
    with pytest.raises(Transient) as lost:
        mail(server).send(message(), FROM, [ANN])
    assert lost.value.reason == "mail-unavailable"
    assert server.trouble.fired["cut"] == 1


def test_a_server_that_answers_too_late_may_have_taken_the_mail(server):
    server.trouble.delay_s = 5
    with pytest.raises(Transient) as late:
        mail(server, command_s=0.2).send(message(), FROM, [ANN])
    assert late.value.reason == "mail-line-lost"
    assert server.trouble.fired["delay"] == 1


def test_a_message_that_takes_too_long_as_a_whole_is_cut(server):
    server.trouble.delay_s = 20
    with pytest.raises(Transient) as late:
        mail(server, message_s=0.5).send(message(), FROM, [ANN])
    assert late.value.reason == "mail-line-lost"
    assert server.trouble.fired["delay"] == 1


def test_a_wrong_password_is_a_fault_of_ours_that_does_not_repeat_it(server):
    wrong = watch("another-password-than-the-right-one")
    with pytest.raises(OurFault) as refused:
        mail(server, wrong).send(message(), FROM, [ANN])
    assert refused.value.reason == "mail-login-refused"
    assert refused.value.__cause__ is None
    assert server.logins
    assert not any(server.logins)


def test_a_sender_that_is_not_ours_to_use_blames_no_recipient(server):
    server.trouble.sender = "553 5.7.1 Not your address"
    with pytest.raises(OurFault, match="553") as refused:
        mail(server).send(message(), FROM, [ANN])
    assert refused.value.reason == "mail-refuses-us"
    assert server.trouble.fired["sender"] == 1


def test_a_certificate_of_nobody_known_ends_it_before_the_password(server):
    stranger = SmtpMail(
        server_of(server.url, lambda: PASSWORD), context=Authority("other").client_context()
    )
    with pytest.raises(OurFault) as refused:
        stranger.send(message(), FROM, [ANN])
    assert refused.value.reason == "mail-untrusted"
    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)
    assert server.logins == []


def test_no_server_at_all_is_tried_again_later():
    with Listener() as listener:
        port = listener.port
    with pytest.raises(Transient) as missing:
        SmtpMail(server_of(f"smtp://localhost:{port}", str)).send(message(), FROM, [ANN])
    assert missing.value.reason == "mail-unavailable"


@pytest.mark.parametrize(
    "address", ["ann@example.com\r\nRCPT TO:<eve@example.com>", "a b@x", "<a@x>", "a@x\0"]
)
def test_no_command_can_be_put_into_an_address(server, address):
    with pytest.raises(InvalidInput):
        mail(server).send(message(), FROM, [address])
    with pytest.raises(InvalidInput):
        mail(server).send(message(), address, [ANN])
    assert server.logins == []


@pytest.mark.parametrize(
    "url",
    [
        "smtp://user:secret-in-the-address@host",
        "smtp://host:99999999",
        "smtp://",
        "http://host",
        "smtp://host/path",
        "smtp://us%0Aer@host",
        "smtp://host?x=1",
    ],
)
def test_an_address_that_is_not_understood_is_refused_and_not_repeated(url):
    with pytest.raises(InvalidInput, match="MAIL_URL must be") as refused:
        server_of(url, str)
    assert "secret-in" not in refused.value.message


def test_ports_are_those_that_are_open_in_the_cloud():
    found: Callable[[str], tuple[int, bool]] = lambda url: (  # noqa: E731
        server_of(url, str).port,
        server_of(url, str).implicit_tls,
    )
    assert found("smtp://user@host") == (587, False)
    assert found("smtps://host") == (465, True)
    assert "hidden" not in repr(server_of("smtp://user@host", lambda: "hidden"))
