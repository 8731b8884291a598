"""Builds the e-mail of a notice: plain text and HTML, with headers that nobody can add to."""

import re
import textwrap
from dataclasses import dataclass
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.domain.members import checked_email
from shared.errors import InvalidInput
from shared.mail.import_words import content_of_import
from shared.mail.letters import ImportLetter, Letter, WebhookLetter
from shared.mail.webhook_words import content_of_webhook
from shared.mail.words import Content, content_of, delivered, moment

HERE = Path(__file__).parent / "templates"
LINE_CHARS = 72
# Longer ones are cut by mail programs anyway.
SUBJECT_CHARS_MAX = 150
AnyLetter = Letter | ImportLetter | WebhookLetter
COLOURS = {"bad": "#c8371f", "stopped": "#5b6672", "good": "#1b7f4b"}
_TEXT = "margin:0 0 12px;color:#17202a;font-size:16px;line-height:24px;overflow-wrap:anywhere;"
_TITLE = "margin:28px 0 8px;color:#17202a;font-size:17px;line-height:24px;font-weight:600;"
# Python folds a subject of more than 78 characters in front of its first word, which not every
# mail program reads well; servers take 998.
WIRE = SMTP.clone(max_line_length=200)
_NAMED = re.compile(r'(?:([^<>@,;"]*?) ?<([^<>]+)>|([^<> ,;]+))')
_LIST_ID = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,9}")
# Controls, among them line ends and NUL, and what turns the direction of a line around.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]+")

_BLANK = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class From:
    """Whose notices these are, for the headers; checked when built."""

    # `Name <address>`, or an address.
    sender: str
    reply_to: str = ""
    list_id: str = ""

    def __post_init__(self) -> None:
        parsed_address(self.sender, "MAIL_FROM")
        if self.reply_to:
            parsed_address(self.reply_to, "MAIL_REPLY_TO")
        if self.list_id and not _LIST_ID.fullmatch(self.list_id):
            raise InvalidInput(
                "MAIL_LIST_ID must be a name such as notices.sluice.example.com.",
                reason="bad-configuration",
            )

    @property
    def address(self) -> str:
        """Where refused mail comes back to."""
        return parsed_address(self.sender, "MAIL_FROM").addr_spec


def message_of(letter: AnyLetter, sender: From, to: tuple[str, ...]) -> EmailMessage:
    """The e-mail; the same letter gives the same bytes."""
    content = _words(letter)
    message = EmailMessage(policy=WIRE)
    message["Subject"] = one_line(content.subject, SUBJECT_CHARS_MAX)
    message["From"] = parsed_address(sender.sender, "MAIL_FROM")
    message["To"] = [_address(each) for each in to]
    message["Date"] = format_datetime(letter.now.astimezone(UTC))
    message["Message-ID"] = _checked_id(letter.message_id)
    # So that no absence notice answers it (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    if sender.reply_to:
        message["Reply-To"] = parsed_address(sender.reply_to, "MAIL_REPLY_TO")
    if sender.list_id:
        message["List-Id"] = f"<{sender.list_id}>"
    # Quoted-printable: every server takes it, and no line is longer than any takes.
    text = _BLANK.sub("\n\n", _rendered("notice.txt", letter, content))
    message.set_content(text, cte="quoted-printable")
    html = _rendered("notice.html", letter, content)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    # Made by chance otherwise, and a message sent again must be the same.
    digest = re.sub(r"[^A-Za-z0-9]", "", letter.message_id)[:40]
    message.set_boundary(f"=_sluice_{digest}")
    return message


def _words(letter: AnyLetter) -> Content:
    if isinstance(letter, Letter):
        return content_of(letter)
    if isinstance(letter, ImportLetter):
        return content_of_import(letter)
    return content_of_webhook(letter)


def one_line(text: str, chars_max: int) -> str:
    """Text that stands in a header or a name: no controls, one line, bounded."""
    plain = " ".join(_UNPRINTABLE.sub(" ", text).split())
    return plain if len(plain) <= chars_max else plain[: chars_max - 1] + "…"


def parsed_address(text: str, setting: str) -> Address:
    """`Name <address>` of our own configuration; raises InvalidInput for anything else."""
    found = _NAMED.fullmatch(text)
    try:
        if found is None or not text.isprintable():
            raise InvalidInput("")
        return Address(found[1] or "", addr_spec=checked_email(found[2] or found[3]))
    except (InvalidInput, ValueError, IndexError):
        raise InvalidInput(
            f"{setting} must be an address such as Sluice <sluice@example.com>.",
            reason="bad-configuration",
        ) from None


def _address(email: str) -> Address:
    return Address(addr_spec=checked_email(email))


def _checked_id(message_id: str) -> str:
    if not re.fullmatch(r"<[A-Za-z0-9._-]{1,100}@[A-Za-z0-9.-]{1,190}>", message_id):
        raise ValueError("no message id of ours")
    return message_id


def _rendered(name: str, letter: AnyLetter, content: Content) -> str:
    template = _environment().get_template(name)
    return template.render(
        letter=letter,
        content=content,
        colour=COLOURS[content.tone],
        text=_TEXT,
        title=_TITLE,
        moment=partial(moment, zone=letter.zone),
        delivered=partial(delivered, zone=letter.zone),
        footer=f"You get this e-mail because {letter.why_you}. All times are those of "
        f"{letter.zone}.",
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # What customers name things: in a mail too it is one line of text.
        finalize=lambda value: one_line(value, 2_000) if type(value) is str else value,
    )
    environment.filters["wrapped"] = _wrapped
    return environment


def _wrapped(text: str, indent: int = 0) -> "Lines":
    lines = textwrap.wrap(
        one_line(text, 2_000), LINE_CHARS - indent, break_long_words=False, break_on_hyphens=False
    )
    return Lines(("\n" + " " * indent).join(lines))


class Lines(str):
    """Text that has its line ends from us."""

    __slots__ = ()
