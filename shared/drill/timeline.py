"""What happened in a drill, told from what its state holds after each step."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from shared.domain.counted import counted
from shared.domain.exports import ExportStatus
from shared.domain.incidents import Ending, Incident, NoticeKind
from shared.domain.members import SYSTEM
from shared.domain.runs import RunStatus
from shared.drill.sandbox import Sandbox
from shared.jobs.manage_exports import export_of
from shared.jobs.notices_view import get_notice
from shared.reasons import of
from shared.state import incidents, notices, runs
from shared.state.exports import Export
from shared.state.notices import Notice
from shared.state.runs import Run

_MANY = 1_000
NUMBERS = {
    NoticeKind.FIRST: "Notice 1",
    NoticeKind.SECOND: "Notice 2",
    NoticeKind.STOPPED: "Notice 3",
    NoticeKind.RECOVERED: "Recovery note",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class DrillMail:
    """One e-mail as it lies in the drill's folder."""

    kind: NoticeKind
    # Notice 1 to 3, or what else it is.
    title: str
    sent_at: datetime
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    # Below the folder of e-mails.
    file_name: str


class Timeline:
    """Notes what is new each time that it looks."""

    def __init__(self, sandbox: Sandbox, export: Export) -> None:
        self._sandbox = sandbox
        self._export = export
        self.happenings: list[Happening] = []
        self.mails: list[DrillMail] = []
        self._statuses: dict[int, RunStatus] = {}
        self._endings: dict[int, Ending | None] = {}
        self._stopped = False

    @property
    def sent(self) -> dict[NoticeKind, datetime]:
        """When each notice left."""
        return {mail.kind: mail.sent_at for mail in self.mails}

    def say(self, text: str) -> None:
        """Note something now, once."""
        happening = Happening(self._sandbox.now, text)
        if happening not in self.happenings:
            self.happenings.append(happening)

    def look(self) -> None:
        """Note all that is new."""
        found, known, told = self._sandbox.services.database.run(self._read)
        self._note_runs(found)
        self._note_incidents(known)
        account_id, export_id = self._export.account_id, self._export.export_id
        export = export_of(self._sandbox.services, account_id, export_id)
        if export.status is ExportStatus.STOPPED and not self._stopped:
            self._stopped = True
            self.say("The export is stopped. What waited is cancelled, what was delivered stays.")
        for notice in told[len(self.mails) :]:
            if notice.accepted_at is not None:
                self._note_mail(notice)

    def _read(self, connection: Connection) -> tuple[list[Run], list[Incident], list[Notice]]:
        account_id = self._export.account_id
        found = runs.list_for_export(connection, account_id, self._export.export_id)
        known = incidents.page(connection, account_id, before=None, limit=_MANY)
        told = notices.page(connection, account_id, before=None, limit=_MANY)
        return list(found), known[::-1], told[::-1]

    def _note_runs(self, found: list[Run]) -> None:
        fresh = [run for run in found if self._statuses.get(run.run_id) is not run.status]
        self._statuses = {run.run_id: run.status for run in found}
        count = Counter(run.status for run in fresh)
        if done := count[RunStatus.DONE]:
            rows = sum(run.rows_written for run in fresh if run.status is RunStatus.DONE)
            windows = counted(done, "window was", "windows were")
            self.say(f"{windows} delivered, with {counted(rows, 'row')}.")
        failed = [run for run in fresh if run.status is RunStatus.FAILED]
        if failed:
            self.say(f"A window is tried and fails: {of(failed[-1].error_reason).title}")

    def _note_incidents(self, known: list[Incident]) -> None:
        for incident in known:
            if incident.incident_id not in self._endings:
                code = incident.reason
                self.say(f"An incident begins ({code}). New windows wait from now on.")
            elif incident.ending is Ending.RECOVERED and not self._endings[incident.incident_id]:
                self.say("The incident ends: it works again.")
            self._endings[incident.incident_id] = incident.ending

    def _note_mail(self, notice: Notice) -> None:
        account_id = self._export.account_id
        mail = get_notice(self._sandbox.services, SYSTEM, account_id, notice.notice_id)
        to = tuple(each.email for each in mail.view.recipients)
        title = NUMBERS[NoticeKind(notice.kind)]
        self.mails.append(
            DrillMail(
                kind=NoticeKind(notice.kind),
                title=title,
                sent_at=self._sandbox.now,
                to=to,
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                file_name=f"{notice.message_id}.eml",
            )
        )
        self.say(f"{title} to {', '.join(to)}: {mail.subject}")
