"""No mail server: what a deployment has to which none was given."""

from collections.abc import Sequence
from email.message import EmailMessage

from shared.errors import OurFault
from shared.ports import Mailed
from shared.reasons import MAIL_NOT_SET_UP


class NoMail:
    """The mail port that takes nothing.

    A folder would take every warning, and exports would be stopped of which nobody was told.
    """

    def send(self, message: EmailMessage, sender: str, to: Sequence[str]) -> Mailed:
        """Say that it cannot be sent, so that it waits."""
        del message, sender, to
        raise OurFault(MAIL_NOT_SET_UP.message, reason=MAIL_NOT_SET_UP.code)
