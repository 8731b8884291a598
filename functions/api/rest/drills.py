"""Failure drills: what would happen, and who would be told, if a bucket broke now."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from pydantic import Field

from functions.api.rest.models import AccountPath, Input, Output
from functions.api.rest.routes import Call, Resource
from shared.domain.incidents import NoticeKind

drills = Resource(
    "Failure drills",
    "A test export in a place of its own whose bucket breaks, with the clock run forward: the "
    "e-mails as they would come. Nobody gets them, and nothing of the account changes.",
)
Breaks = Literal[
    "key",
    "disabled",
    "permission",
    "bucket",
    "retention",
    "billing",
    "address",
    "organisation",
]


class DrillIn(Input):
    """What breaks, and whether it is mended."""

    breaks: Breaks = Field(description="What breaks.", examples=["permission"])
    mend_after: Literal[1, 2] | None = Field(
        default=None, description="After which notice it is mended; never when left out."
    )


class HappeningOut(Output):
    """One line of the timeline."""

    at: datetime = Field(description="On the drill's clock.")
    what: str


class DrillMailOut(Output):
    """One e-mail."""

    kind: NoticeKind
    sent_at: datetime = Field(description="On the drill's clock.")
    to: list[str] = Field(description="To whom it would go.")
    subject: str
    text: str = Field(description="The e-mail in plain text.")
    html: str = Field(description="The e-mail in HTML.")


class DrillOut(Output):
    """What the drill has shown."""

    outcome: Literal["STOPPED", "RECOVERED"]
    timeline: list[HappeningOut]
    mails: list[DrillMailOut]
    windows: int = Field(description="Windows that were delivered, and checked in the bucket.")
    files: int
    rows: int


@drills.post("/accounts/<id:account_id>/notices:drill", "notices.drill", status=200)
def run_drill(call: Call, path: AccountPath, body: DrillIn) -> DrillOut:
    """Run a failure drill.

    Takes some seconds; at most three a minute.
    """
    # Builds a warehouse, which no other request needs to wait for.
    from shared.drill.asking import ask_for_drill

    with TemporaryDirectory(prefix="sluice-drill-") as folder:
        report = ask_for_drill(
            call.services,
            call.actor,
            path.account_id,
            Path(folder),
            breaks=body.breaks,
            mend_after=body.mend_after,
        )
    return DrillOut(
        outcome="RECOVERED" if report.outcome == "RECOVERED" else "STOPPED",
        timeline=[HappeningOut(at=each.at, what=each.text) for each in report.happenings],
        mails=[
            DrillMailOut(
                kind=mail.kind,
                sent_at=mail.sent_at,
                to=list(mail.to),
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
            )
            for mail in report.mails
        ],
        windows=report.proof.windows,
        files=report.proof.files,
        rows=report.proof.rows,
    )
