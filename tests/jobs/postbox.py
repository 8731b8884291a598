"""Everybody's mailbox, behind a mail server that is down or loses lines when it is told to."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from enum import StrEnum

from shared.errors import Transient
from shared.ports import Mailed, Verdict
from shared.reasons.telling import MAIL_LINE_LOST, MAIL_UNAVAILABLE


class Mood(StrEnum):
    """How the mail server behaves."""

    TAKES_MAIL = "takes mail"
    LOSES_LINES = "loses lines"
    IS_DOWN = "is down"


@dataclass
class Postbox:
    """The mail port in memory; a server on a socket for every example would take hours."""

    # The time that has really passed, whatever clocks say.
    true_time: Callable[[], datetime]
    mood: Mood = Mood.TAKES_MAIL
    # When each (recipient, Message-ID) came first, and how often.
    came: dict[tuple[str, str], datetime] = field(default_factory=dict)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)
    # How often a mail came and the sender was not told.
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)

    def send(self, message: EmailMessage, sender: str, to: Sequence[str]) -> Mailed:
        """Take the mail, or not."""
        assert sender
        if self.mood is Mood.IS_DOWN:
            raise Transient(MAIL_UNAVAILABLE.message, reason=MAIL_UNAVAILABLE.code)
        for each in to:
            mail = (each, str(message["Message-ID"]))
            self.came.setdefault(mail, self.true_time())
            self.times[mail] += 1
            self.lost[mail] += self.mood is Mood.LOSES_LINES
        if self.mood is Mood.LOSES_LINES:
            raise Transient(MAIL_LINE_LOST.message, reason=MAIL_LINE_LOST.code)
        return dict.fromkeys(to, Verdict.ACCEPTED)
