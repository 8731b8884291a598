"""A folder as the mail server of a laptop: an .eml file a message, which mail programs open."""

import os
import re
from collections.abc import Sequence
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from shared.errors import OurFault
from shared.ports import Mailed, Verdict
from shared.reasons import MAIL_FOLDER

_PLAIN = re.compile(r"<([A-Za-z0-9._-]{1,100})@[^<>@]*>")


class MailFolder:
    """The mail port over one folder, which is made with the first message."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage, sender: str, to: Sequence[str]) -> Mailed:
        """Put the message there, whole; one that is there already stays as it is."""
        del sender
        path = self._folder / f"{_name(str(message['Message-ID']))}.eml"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _create(path, message.as_bytes(policy=message.policy.clone(linesep="\r\n")))
        except OSError as error:
            raise OurFault(MAIL_FOLDER.message, reason=MAIL_FOLDER.code) from error
        return dict.fromkeys(to, Verdict.ACCEPTED)


def _name(message_id: str) -> str:
    plain = _PLAIN.fullmatch(message_id)
    return plain[1] if plain else sha256(message_id.encode("utf-8", "replace")).hexdigest()


def _create(path: Path, content: bytes) -> None:
    """The file appears whole or not at all, and is never replaced."""
    partial = path.with_name(f".{token_hex(8)}.partial")
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if not path.exists():
            partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
