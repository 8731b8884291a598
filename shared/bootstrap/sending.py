"""What leaves: messages of the queue, e-mails and webhooks."""

import re
from pathlib import Path
from typing import cast
from urllib.parse import unquote

from shared.bootstrap.first_use import OnFirstUse
from shared.config import MailConfig
from shared.errors import InvalidInput
from shared.ports import Mail, Posts, Queue, Secrets


def queue_of(url: str) -> Queue:
    """What carries messages to the functions; raises InvalidInput for an unknown address."""
    if url == "inline:":
        from shared.adapters.inline_queue import InlineQueue

        return InlineQueue()
    project = re.fullmatch(r"pubsub://([a-z0-9.:-]{1,100})", url)
    if project is None:
        raise InvalidInput("QUEUE_URL must be inline: or pubsub://project.")
    from shared.adapters.pubsub import PubSubQueue

    return PubSubQueue(project[1])


def mail_of(mailing: MailConfig, secrets: Secrets, *, in_cloud: bool) -> Mail:
    """What sends e-mails: a server, or a folder that keeps them; a function's own keeps nothing."""
    scheme, _, rest = mailing.url.partition("://")
    if scheme == "file" and in_cloud:
        from shared.adapters.no_mail import NoMail

        return NoMail()
    if scheme == "file" and rest.startswith("/"):
        from shared.adapters.mail_folder import MailFolder

        return MailFolder(Path(unquote(rest)))
    from shared.adapters.smtp import SmtpMail, server_of
    from shared.mail.message import From

    # A sender that cannot be ends the start, not the first notice.
    From(mailing.sender, mailing.reply_to, mailing.list_id)

    def password() -> str:
        reference = mailing.password_secret
        return secrets.get(reference).decode() if reference else mailing.password

    return SmtpMail(server_of(mailing.url, password))


def posts() -> Posts:
    """What calls webhooks; loaded when the first is called."""
    return cast(Posts, OnFirstUse(_webhook_posts))


def _webhook_posts() -> Posts:
    from shared.adapters.webhook_posts import WebhookPosts

    return WebhookPosts()
