"""A real mail server with TLS and logins, and what goes wrong with such servers."""

import asyncio
import ssl
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from pathlib import Path
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.servers.authority import Authority

USER, PASSWORD = "sluice", "correct-horse-battery-staple-42"
NAME = "localhost"


@dataclass
class Trouble:
    """What the server does wrong; each counts how often it did."""

    # Answers to RCPT by address, such as "550 no such user".
    refuse: dict[str, str] = field(default_factory=dict)
    # Each address is put off so often.
    greylist: int = 0
    # So many messages are taken, and then the line is cut before the answer.
    drop_after_data: int = 0
    # So many messages are refused after DATA, with this answer.
    after_data: list[str] = field(default_factory=list)
    # So many connections are cut when MAIL is said.
    cut: int = 0
    # The answer to MAIL.
    sender: str = ""
    # Seconds that the answer to DATA takes.
    delay_s: float = 0.0
    fired: Counter[str] = field(default_factory=Counter)


@dataclass
class MailServer:
    """What arrived, in the order of its arrival: (message, recipients)."""

    port: int
    scheme: str
    authority: Authority
    trouble: Trouble = field(default_factory=Trouble)
    taken: list[tuple[EmailMessage, list[str]]] = field(default_factory=list)
    logins: list[bool] = field(default_factory=list)

    @property
    def url(self) -> str:
        """As in MAIL_URL."""
        return f"{self.scheme}://{USER}@{NAME}:{self.port}"

    def got(self, address: str) -> list[EmailMessage]:
        """What arrived for the address."""
        return [message for message, to in self.taken if address in to]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        trouble = self.trouble
        if trouble.cut:
            trouble.cut -= 1
            trouble.fired["cut"] += 1
            server.transport.abort()
        if trouble.sender:
            trouble.fired["sender"] += 1
            return trouble.sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        trouble = self.trouble
        if address in trouble.refuse:
            trouble.fired["refuse"] += 1
            return trouble.refuse[address]
        if trouble.fired[f"greylist {address}"] < trouble.greylist:
            trouble.fired[f"greylist {address}"] += 1
            return "450 4.2.0 Greylisted, come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        trouble = self.trouble
        if trouble.after_data:
            trouble.fired["after_data"] += 1
            return trouble.after_data.pop(0)
        if trouble.delay_s:
            trouble.fired["delay"] += 1
            await asyncio.sleep(trouble.delay_s)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=WIRE)
        self.taken.append((message, list(envelope.rcpt_tos)))
        if trouble.drop_after_data:
            trouble.drop_after_data -= 1
            trouble.fired["drop_after_data"] += 1
            server.transport.abort()
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.logins.append(right)
        return AuthResult(success=right, handled=False)


@contextmanager
def running_mail(folder: Path, *, implicit_tls: bool = False) -> Iterator[MailServer]:
    """A server on a port of its own, with STARTTLS or, on request, TLS from the first byte."""
    authority = Authority("mail")
    context = authority.open_context(folder, NAME)
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    server = MailServer(0, "smtps" if implicit_tls else "smtp", authority)

    def session() -> SMTP:
        with warnings.catch_warnings():
            # It warns of logins without TLS, and does not see that the line is TLS already.
            warnings.simplefilter("ignore")
            return SMTP(
                server,
                hostname=NAME,
                loop=loop,
                tls_context=None if implicit_tls else context,
                require_starttls=not implicit_tls,
                authenticator=server.authenticate,
                auth_required=True,
                auth_require_tls=not implicit_tls,
            )

    outer: ssl.SSLContext | None = context if implicit_tls else None

    async def start() -> asyncio.Server:
        return await loop.create_server(session, "127.0.0.1", 0, ssl=outer)

    listening = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_end(listening), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


async def _end(listening: asyncio.Server) -> None:
    """Close the listener and whatever connection is still open."""
    listening.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)
