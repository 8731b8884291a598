"""Letters of every kind about one export or several, as tests look at them."""

from datetime import UTC, datetime, timedelta

from shared.domain.import_notices import ImportNotice
from shared.domain.incidents import NoticeKind
from shared.domain.webhooks import WebhookNotice
from shared.mail.letters import Concerned, ImportLetter, Letter, Told, WebhookLetter
from shared.mail.message import From
from shared.reasons import FORBIDDEN, of

NOW = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
DAY = timedelta(days=1)
SITE = "https://sluice.example.com"
ACCOUNT = f"{SITE}/accounts/1"
SENDER = From("Sluice <notices@sluice.example.com>", "help@example.com", "notices.example.com")


def told(code: str = FORBIDDEN.code) -> Told:
    """The reason as the catalogue has it."""
    reason = of(code)
    guide = f"{ACCOUNT}{reason.guide}" if reason.guide else ""
    return Told(reason.code, reason.title, reason.cause, reason.fix, guide)


def concerned(number: int = 0, **changes: object) -> Concerned:
    """An export that fails."""
    export_id = 1795348800 + number
    values = {
        "export_id": export_id,
        "what": "All events as JSON, every 4 hours",
        "url": f"{ACCOUNT}/exports/{export_id}",
        "failing_since": NOW - timedelta(minutes=50 - number),
        "delivered_until": NOW - timedelta(hours=4, minutes=5),
        "missing_from": NOW - timedelta(hours=4, minutes=5),
    }
    return Concerned(**values | changes)  # type: ignore[arg-type]


def letter(kind: NoticeKind = NoticeKind.FIRST, exports: int = 1, **changes: object) -> Letter:
    """A notice of this kind, by default the first one about one export."""
    values = {
        "kind": kind,
        "message_id": f"<{str(kind).lower()}.7.c0ffee@sluice.example.com>",
        "account": "Example Shop",
        "zone": "Europe/Berlin",
        "bucket": "gs://partner-feed",
        "exports": tuple(concerned(number) for number in range(exports)),
        "reason": told(),
        "now": NOW,
        "action_url": f"{ACCOUNT}/buckets",
        "account_url": f"{ACCOUNT}/notices",
        "stops_at": NOW + 3 * DAY,
        "reminds_at": NOW + DAY,
    }
    return Letter(**values | changes)  # type: ignore[arg-type]


def import_letter(kind: ImportNotice = ImportNotice.FAILED) -> ImportLetter:
    """A notice of this kind about an import."""
    return ImportLetter(
        kind=kind,
        message_id=f"<{str(kind).lower()}.7.c0ffee@sluice.example.com>",
        account="Example Shop",
        zone="Europe/Berlin",
        nickname="Orders of the shop",
        connection="Shop",
        since=NOW - timedelta(minutes=50),
        message="The column amount is not in the source any more; map the import again.",
        reason=told("import-column-missing"),
        now=NOW,
        action_url=f"{ACCOUNT}/imports/7",
        account_url=f"{ACCOUNT}/notices",
    )


def webhook_letter() -> WebhookLetter:
    """The notice about a webhook that was switched off."""
    return WebhookLetter(
        kind=WebhookNotice.OFF,
        message_id="<webhook_off.0.c0ffee@sluice.example.com>",
        account="Example Shop",
        zone="Europe/Berlin",
        host="hooks.example.com",
        off_at=NOW - timedelta(minutes=5),
        reason=told("webhook-given-up"),
        now=NOW,
        action_url=f"{ACCOUNT}/webhooks/7",
        account_url=f"{ACCOUNT}/notices",
    )
