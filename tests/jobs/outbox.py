"""Incidents and their notices, and short ways to send and to look at them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shared.adapters.smtp import SmtpMail, server_of
from shared.config import MailConfig
from shared.domain.incidents import Ending, Incident, NoticeKind
from shared.domain.members import SYSTEM, Role
from shared.jobs.manage_members import put_member
from shared.jobs.send_notices import send_due
from shared.jobs.services import Services
from shared.reasons import FORBIDDEN
from shared.state import incidents, notice_mails, notices
from shared.state.exports import Export
from shared.state.incidents import Failure
from shared.state.notice_mails import Recipient
from shared.state.notices import NewNotice, Notice
from tests.jobs.house import House
from tests.leaks import watch
from tests.servers.mail import PASSWORD, MailServer

watch(PASSWORD)

ANN, BEN, EVE = "ann@example.com", "ben@example.com", "eve@example.com"
ADMIN = "admin@example.com"
MAILING = MailConfig(
    "smtp://unused",
    sender="Sluice <notices@sluice.example.com>",
    dashboard_url="https://sluice.example.com",
)


@dataclass
class Outbox:
    """A house whose mail goes to a real server."""

    house: House
    server: MailServer
    services: Services = field(init=False)

    def __post_init__(self) -> None:
        context = self.server.authority.client_context()
        mail = SmtpMail(server_of(self.server.url, lambda: PASSWORD), context=context, command_s=5)
        self.services = self.house.with_(mail=mail, mailing=MAILING)
        put_member(self.services, SYSTEM, 1, ADMIN, Role.ADMIN)

    def run(self, work: Any) -> Any:
        return self.services.database.run(work)

    def open_incident(self, export: Export, reason: str = FORBIDDEN.code) -> Incident:
        """The export begins to fail now."""
        failure = Failure(1, export.export_id, export.spec.bucket, reason, "...", self.house.now)
        assert self.run(lambda c: incidents.open_or_continue(c, failure, self.house.now))
        found: Incident = self.run(lambda c: incidents.open_of(c, 1, [export.export_id]))[
            export.export_id
        ]
        return found

    def queue(
        self,
        found: Iterable[Incident],
        kind: NoticeKind = NoticeKind.FIRST,
        to: tuple[str, ...] = (ANN,),
    ) -> Notice:
        """An e-mail about the incidents."""
        about = list(found)
        new = NewNotice(
            1,
            kind,
            to,
            about[0].bucket,
            about[0].reason,
            tuple(each.incident_id for each in about),
            {},
        )
        notice_id = self.run(lambda c: notices.queue(c, new, self.house.now))
        return self.notice(notice_id)

    def first_notice(self, **choices: Any) -> Notice:
        """The first warning of an export of such choices."""
        return self.queue([self.open_incident(self.house.recurring(**choices))])

    def close(self, incident: Incident) -> None:
        self.run(lambda c: incidents.close(c, incident, Ending.RECOVERED, self.house.now))

    def send(self, services: Services | None = None) -> int:
        return send_due(services or self.services, self.house.now)

    def send_until_it_is_out(self, notice: Notice, most: int = 100) -> int:
        """Look each minute until nothing more is tried; gives the minutes."""
        for minutes in range(most):
            self.send()
            if self.notice(notice.notice_id).status != "QUEUED":
                return minutes
            self.house.now += timedelta(minutes=1)
        raise AssertionError("the notice is never settled")

    def notice(self, notice_id: int) -> Notice:
        found: Notice | None = self.run(lambda c: notices.get(c, 1, notice_id))
        assert found is not None
        return found

    def recipients(self, notice: Notice) -> dict[str, str]:
        found: list[Recipient] = self.run(lambda c: notice_mails.list_all(c, notice.notice_id))
        return {each.email: each.status for each in found}
