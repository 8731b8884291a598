"""What a notice tells of: the facts of an incident, as they are when it is sent."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.import_notices import ImportNotice
from shared.domain.incidents import NoticeKind
from shared.domain.webhooks import WebhookNotice


@dataclass(frozen=True, slots=True)
class Told:
    """The reason of an incident, in the words of the catalogue."""

    code: str
    title: str
    cause: str
    steps: tuple[str, ...]
    guide_url: str = ""


@dataclass(frozen=True, slots=True)
class Concerned:
    """One export that a notice is about."""

    export_id: int
    # What it delivers and how often, in words.
    what: str
    url: str
    failing_since: datetime
    # The end of the last window before which nothing is missing; None before the first.
    delivered_until: datetime | None
    # Where the first window begins that is missing; None for an export that runs once.
    missing_from: datetime | None = None
    # By which a file that declares exports finds it.
    name: str = ""

    @property
    def title(self) -> str:
        """What to call it."""
        return f"{self.name} ({self.export_id})" if self.name else str(self.export_id)


@dataclass(frozen=True, slots=True)
class Letter:
    """All that one notice says; `now` is when it is sent, on which its promises of dates rest."""

    kind: NoticeKind
    message_id: str
    account: str
    # The account's IANA zone, in which all times are told.
    zone: str
    bucket: str
    exports: tuple[Concerned, ...]
    reason: Told
    now: datetime
    # What the button leads to: where it can be mended, made again or looked at.
    action_url: str
    account_url: str
    # The earliest moment at which the export stops, and at which a reminder comes.
    stops_at: datetime | None = None
    reminds_at: datetime | None = None

    @property
    def since(self) -> datetime:
        """When the first of the exports began to fail."""
        return min(each.failing_since for each in self.exports)

    @property
    def solved(self) -> bool:
        """Whether it tells that all is well again."""
        return self.kind is NoticeKind.RECOVERED

    @property
    def why_you(self) -> str:
        """Why somebody gets it."""
        what = "this export" if len(self.exports) == 1 else "these exports"
        return (
            f"you made {what} in the account {self.account}, administer it, or were named under "
            "Send to"
        )


@dataclass(frozen=True, slots=True)
class ImportLetter:
    """All that a notice about an import says."""

    kind: ImportNotice
    message_id: str
    account: str
    # The account's IANA zone, in which all times are told.
    zone: str
    nickname: str
    # Empty when it was removed.
    connection: str
    # When its runs began to fail, and what was said of the first of them.
    since: datetime
    message: str
    reason: Told
    now: datetime
    # The import's page.
    action_url: str
    account_url: str

    @property
    def exports(self) -> tuple[Concerned, ...]:
        """It tells of none."""
        return ()

    @property
    def solved(self) -> bool:
        """Whether it tells that all is well again."""
        return self.kind is ImportNotice.RECOVERED

    @property
    def why_you(self) -> str:
        """Why somebody gets it."""
        return f"you made this import in the account {self.account}, or administer it"


@dataclass(frozen=True, slots=True)
class WebhookLetter:
    """All that the notice about a webhook that was switched off says."""

    kind: WebhookNotice
    message_id: str
    account: str
    # The account's IANA zone, in which all times are told.
    zone: str
    # The server's name alone: what follows it may be a secret between the two.
    host: str
    off_at: datetime
    reason: Told
    now: datetime
    # The webhook's page.
    action_url: str
    account_url: str

    @property
    def exports(self) -> tuple[Concerned, ...]:
        """It tells of none."""
        return ()

    @property
    def solved(self) -> bool:
        """Somebody has to look after it."""
        return False

    @property
    def why_you(self) -> str:
        """Why somebody gets it."""
        return f"you administer the account {self.account}"
