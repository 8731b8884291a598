"""Sends e-mails through an SMTP server, over TLS only, and tells what became of each recipient."""

import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cached_property
from socket import SHUT_RDWR, socket
from threading import Timer
from urllib.parse import unquote, urlsplit

from shared.domain.members import checked_email
from shared.errors import InvalidInput, OurFault, Transient
from shared.ports import Mailed, Verdict
from shared.reasons import (
    MAIL_LINE_LOST,
    MAIL_LOGIN_REFUSED,
    MAIL_REFUSES_US,
    MAIL_UNAVAILABLE,
    MAIL_UNTRUSTED,
)

# One command and its answer, and the whole of a message: a server that drips is left behind. RFC
# 5321 asks for minutes after DATA, but then the message just comes again under its own id.
COMMAND_S = 30.0
MESSAGE_S = 90.0
PORTS = {"smtp": 587, "smtps": 465}
# 421 closes the line whatever was asked; 4xx may work next time, 5xx never will.
PERMANENT = range(500, 600)
ANSWER_CHARS = 200


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in, and as whom; the password is shown nowhere."""

    host: str
    port: int
    # TLS from the first byte (465); else STARTTLS, without which nothing is sent.
    implicit_tls: bool
    user: str = ""
    password: Callable[[], str] = field(default=lambda: "", repr=False)


def server_of(url: str, password: Callable[[], str]) -> Server:
    """The server of smtp://user@host:587 or smtps://user@host:465; raises InvalidInput."""
    wrong = InvalidInput(
        "MAIL_URL must be smtp://user@host:587, smtps://user@host:465 or file:///folder; its "
        "password stands in MAIL_PASSWORD or MAIL_PASSWORD_SECRET.",
        reason="bad-configuration",
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    beside = parts.password is not None or parts.query or parts.fragment
    if parts.scheme not in PORTS or not parts.hostname or beside or parts.path not in ("", "/"):
        raise wrong
    user = unquote(parts.username or "")
    if not user.isprintable():
        raise wrong
    return Server(
        parts.hostname, port or PORTS[parts.scheme], parts.scheme == "smtps", user, password
    )


class SmtpMail:
    """The mail port over one SMTP server; a connection for each message, since they are few."""

    def __init__(
        self,
        server: Server,
        *,
        context: ssl.SSLContext | None = None,
        command_s: float = COMMAND_S,
        message_s: float = MESSAGE_S,
    ) -> None:
        self._server = server
        self._given = context
        self._command_s = command_s
        self._message_s = message_s

    def send(self, message: EmailMessage, sender: str, to: Sequence[str]) -> Mailed:
        """Hand the message in; see the port."""
        # What stands in a command is an address and nothing else, whoever calls.
        sender, to = checked_email(sender), [checked_email(each) for each in to]
        content = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
        with self._session() as line:
            code, answer = line.mail(sender, [f"size={len(content)}"] * _sizes(line))
            if code != 250:
                raise _refused_us(code, answer)
            verdicts = {each: _verdict(line.rcpt(each)) for each in to}
            taken = [each for each, verdict in verdicts.items() if verdict is Verdict.ACCEPTED]
            if taken:
                verdict = self._hand_in(line, content)
                verdicts |= dict.fromkeys(taken, verdict)
            return verdicts

    def _hand_in(self, line: smtplib.SMTP, content: bytes) -> Verdict:
        """What the server says to the whole; it may have taken what it never answered to."""
        try:
            return _verdict(line.data(content))
        except smtplib.SMTPDataError as error:
            return _verdict((error.smtp_code, _bytes(error.smtp_error)))
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise Transient(MAIL_LINE_LOST.message, reason=MAIL_LINE_LOST.code) from error

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A line over verified TLS, logged in; its faults are told as ours, with no secret."""
        line: smtplib.SMTP | None = None
        # The watch ends also what the time limit of single reads would let go on for ever.
        watch = Timer(self._message_s, lambda: _cut(line))
        watch.daemon = True
        watch.start()
        try:
            line = self._connected()
            self._log_in(line)
            yield line
        except ssl.SSLCertVerificationError as error:
            raise OurFault(MAIL_UNTRUSTED.message, reason=MAIL_UNTRUSTED.code) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Transient(MAIL_UNAVAILABLE.message, reason=MAIL_UNAVAILABLE.code) from error
        finally:
            if line is not None:
                _goodbye(line)
            watch.cancel()

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Read on first use: functions that send nothing need no certificates."""
        return self._given or ssl.create_default_context()

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.implicit_tls:
            return smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._command_s, context=self._context
            )
        line = smtplib.SMTP(server.host, server.port, timeout=self._command_s)
        try:
            line.starttls(context=self._context)
        except smtplib.SMTPNotSupportedError as error:
            # A password never leaves in the clear, nor does what a customer is told.
            line.close()
            raise OurFault(MAIL_UNTRUSTED.message, reason=MAIL_UNTRUSTED.code) from error
        except BaseException:
            line.close()
            raise
        return line

    def _log_in(self, line: smtplib.SMTP) -> None:
        line.ehlo_or_helo_if_needed()
        if not self._server.user:
            return
        refused: OurFault | None = None
        try:
            line.login(self._server.user, self._server.password())
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code in PERMANENT:
                # Raised below, without the library's error: its answer may repeat what was sent.
                refused = OurFault(MAIL_LOGIN_REFUSED.message, reason=MAIL_LOGIN_REFUSED.code)
        except smtplib.SMTPNotSupportedError:
            refused = OurFault(MAIL_LOGIN_REFUSED.message, reason=MAIL_LOGIN_REFUSED.code)
        else:
            return
        raise refused or Transient(MAIL_UNAVAILABLE.message, reason=MAIL_UNAVAILABLE.code)


def _sizes(line: smtplib.SMTP) -> int:
    return int(line.has_extn("size"))


def _verdict(answer: tuple[int, bytes]) -> Verdict:
    code, _ = answer
    if code in (250, 251, 252):
        return Verdict.ACCEPTED
    return Verdict.REFUSED if code in PERMANENT else Verdict.LATER


def _refused_us(code: int, answer: bytes) -> Exception:
    """The server takes nothing from this sender: no fault of any recipient's."""
    if code not in PERMANENT:
        return Transient(MAIL_UNAVAILABLE.message, reason=MAIL_UNAVAILABLE.code)
    told = answer.decode("ascii", "replace")[:ANSWER_CHARS]
    shown = "".join(char if char.isprintable() else " " for char in told)
    return OurFault(f"{MAIL_REFUSES_US.message} ({code} {shown})", reason=MAIL_REFUSES_US.code)


def _bytes(answer: bytes | str) -> bytes:
    return answer if isinstance(answer, bytes) else answer.encode("ascii", "replace")


def _cut(line: smtplib.SMTP | None) -> None:
    if line is not None and line.sock is not None:
        with suppress(OSError):
            # Of the plain socket: that of TLS would also change what the other thread reads.
            socket.shutdown(line.sock, SHUT_RDWR)


def _goodbye(line: smtplib.SMTP) -> None:
    """What was said counts already, however the parting goes."""
    with suppress(smtplib.SMTPException, OSError):
        line.quit()
    line.close()
