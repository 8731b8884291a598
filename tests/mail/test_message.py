"""The e-mails of notices: what they tell, in both of their parts, and what nobody can put in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.domain.incidents import NoticeKind
from shared.errors import InvalidInput
from shared.mail.letters import Told
from shared.mail.message import From, message_of, one_line, parsed_address
from tests.mail.samples import ACCOUNT, NOW, SENDER, letter, told, webhook_letter

ANN = "ann@example.com"
KINDS = list(NoticeKind)


def parts(one, sender=SENDER, to=(ANN,)):
    """The message as a mail program reads it: headers, text, HTML, and the words of the HTML."""
    read = message_from_bytes(message_of(one, sender, to).as_bytes(), policy=default)
    text, page = (read.get_body((kind,)).get_content() for kind in ("plain", "html"))
    # Strict: a mail program's lenience is not to be counted on.
    tree = etree.fromstring(page, etree.HTMLParser(recover=False))
    words = " ".join(" ".join(tree.find("body").itertext()).split())
    return read, text, page, words


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("exports", [1, 3])
def test_both_parts_tell_the_same_in_plain_words(kind, exports):
    read, text, page, words = parts(letter(kind, exports))
    assert [each.get_content_type() for each in read.iter_parts()] == ["text/plain", "text/html"]
    plain = " ".join(text.split())
    for told_in in (plain, words):
        assert "Credentials are incorrect, GCP account is forbidden." in told_in
        assert "403-forbidden" in told_in
        assert "gs://partner-feed" in told_in
        assert "Sunday, 22 November 2026, 12:15 CET" in told_in
        assert "Complete up to Sunday, 22 November 2026, 09:00 CET" in told_in
        assert all(str(1795348800 + number) in told_in for number in range(exports))
    assert max(map(len, text.splitlines())) <= 80
    assert page.count('class="button"') == 1
    assert text.count(f"{ACCOUNT}/buckets") == 1


@pytest.mark.parametrize("kind", [NoticeKind.FIRST, NoticeKind.SECOND])
def test_a_warning_says_when_the_export_stops_and_how_to_mend_it(kind):
    _, text, _, words = parts(letter(kind))
    for told_in in (" ".join(text.split()), words):
        assert "stops if it is not fixed within three days" in told_in
        assert "Wednesday, 25 November 2026, 13:05 CET" in told_in
        assert all(step in told_in for step in told().steps)
        assert "Nothing is lost." in told_in


def test_the_first_warning_announces_the_second():
    assert "Monday, 23 November 2026, 13:05 CET\n   If it still fails, we remind" in parts(
        letter()
    )[1].replace("\r\n", "\n")


def test_what_was_stopped_can_be_made_again_without_a_gap_for_sixty_days():
    text = " ".join(parts(letter(NoticeKind.STOPPED))[1].split())
    assert "it does not start again by itself" in text
    assert "By Thursday, 21 January 2027, 09:00 CET" in text


def test_a_recovery_asks_for_nothing():
    text = " ".join(parts(letter(NoticeKind.RECOVERED))[1].split())
    assert "There is nothing more for you to do." in text
    assert "Recheck all steps" not in text


def test_a_webhook_that_was_switched_off_is_told_without_alarm():
    read, text, page, words = parts(webhook_letter())
    assert read["Subject"] == "Webhook to hooks.example.com was switched off"
    for told_in in (" ".join(text.split()), words):
        assert "exports are delivered as before" in told_in
        assert "Sunday, 22 November 2026, 13:00 CET" in told_in
        assert "webhook-given-up" in told_in
    assert page.count('class="button"') == 1


def test_dates_are_those_of_the_zone_across_a_change_of_clocks():
    before = datetime(2026, 10, 23, 22, 30, tzinfo=UTC)
    text = parts(letter(now=before, stops_at=before + timedelta(days=3)))[1]
    assert "Monday, 26 October 2026, 23:30 CET" in " ".join(text.split())


def test_the_headers_keep_absence_notices_away_and_lead_back_to_people():
    read, *_ = parts(letter(), to=(ANN, "data@example.com"))
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["List-Id"] == "<notices.example.com>"
    assert read["Reply-To"] == "help@example.com"
    assert read["From"] == "Sluice <notices@sluice.example.com>"
    assert read["To"] == "ann@example.com, data@example.com"
    assert read["Message-ID"] == letter().message_id
    assert read["Date"].datetime == NOW
    assert read["Subject"].startswith("Export 1795348800 cannot be delivered")


def test_a_letter_gives_the_same_bytes_each_time():
    first, again = (message_of(letter(), SENDER, (ANN,)).as_bytes() for _ in range(2))
    assert first == again


def test_no_line_is_longer_than_every_server_takes_and_all_of_it_is_ascii():
    names = {"account": "Ünï" * 300, "bucket": "gs://" + "é" * 900}
    content = message_of(letter(**names), SENDER, (ANN,)).as_bytes()
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


PAYLOAD = "<img src=x onerror=alert(1)>\"'</td></table><script>alert(1)</script>{{ 7*7 }}"


def test_no_name_becomes_markup():
    reason = Told("x", PAYLOAD, PAYLOAD, (PAYLOAD,))
    one = letter(account=PAYLOAD, bucket=PAYLOAD, reason=reason)
    named = replace(one.exports[0], name=PAYLOAD, what=PAYLOAD)
    _, text, page, _ = parts(replace(one, exports=(named, named)))
    tree = etree.fromstring(page, etree.HTMLParser())
    assert tree.xpath("//img | //script") == []
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "{{ 7*7 }}" in text


ANYTHING = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\r\n\0\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\u202e:<>@=?"),
    ),
    max_size=60,
)


@given(ANYTHING, ANYTHING, ANYTHING)
def test_no_header_and_no_line_can_be_added_whatever_things_are_called(account, bucket, name):
    given_names = {"account": account, "bucket": f"{bucket}\r\nBcc: eve@example.com"}
    one = letter(**given_names)
    one = replace(one, exports=(replace(one.exports[0], name=f"{name}\nBcc: eve@example.com"),))
    message = message_of(one, SENDER, (ANN,))
    content = message.as_bytes()
    read = message_from_bytes(content, policy=default)
    assert sorted(read.keys()) == sorted(message_of(letter(), SENDER, (ANN,)).keys())
    assert b"\0" not in content
    assert read["To"] == ANN
    assert "\n" not in str(read["Subject"])
    assert len(read.get_payload()) == 2


@given(st.text(max_size=200))
def test_one_line_is_one_printable_line(text):
    line = one_line(text, 100)
    assert len(line) <= 100
    assert line.splitlines() in ([], [line])
    assert "\0" not in line


@pytest.mark.parametrize(
    "wrong",
    ["", "Sluice", "a@b\r\nBcc: eve@x", "Sluice <a@b>\0", "a@b, c@d", "<a@b> x\n", "ä@example.com"],
)
def test_an_address_of_ours_that_is_none_ends_the_start(wrong):
    with pytest.raises(InvalidInput, match="must be an address"):
        From(wrong or " ")


def test_a_list_id_is_a_name():
    with pytest.raises(InvalidInput, match="MAIL_LIST_ID"):
        From("a@example.com", list_id="x>\r\nBcc: eve@x")
    address = parsed_address("Ann B <ann@example.com>", "MAIL_FROM")
    assert (address.display_name, address.addr_spec) == ("Ann B", "ann@example.com")
