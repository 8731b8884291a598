"""How customers are told: e-mails and webhooks."""

from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from enum import StrEnum
from typing import Protocol


class Verdict(StrEnum):
    """What the mail server says to one recipient."""

    ACCEPTED = "accepted"
    # 4xx: it may be sent again later.
    LATER = "later"
    # 5xx: this address will never take it.
    REFUSED = "refused"


Mailed = dict[str, Verdict]


class Mail(Protocol):
    """Sends e-mails to whoever is named, not to whom the message names."""

    def send(self, message: EmailMessage, sender: str, to: Sequence[str]) -> Mailed:
        """Hand the message in for these addresses; gives what becomes of each.

        Raises Transient when nothing is known to be accepted: the server cannot be reached, or
        the line was lost before its answer. The same message may then be sent again, and comes
        twice at worst, under one Message-ID. Raises OurFault when the server refuses us.
        """


class Posts(Protocol):
    """Sends webhooks to addresses on the internet that customers name."""

    def check(self, url: str) -> None:
        """Raise InvalidInput when the address leads to no server that we may call."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer; redirects are not followed.

        The address is resolved anew, checked again and then called at what it resolved to. Raises
        CustomerFault when it leads nowhere, where we may not call or to whom we cannot trust,
        Transient when there is no answer.
        """
