"""Incidents: since when an export cannot be delivered, why, and how that ended."""

from datetime import datetime

from pydantic import Field

from functions.api.rest.models import ID_MAX, AccountPath, Output, Page, PageQuery
from functions.api.rest.routes import Call, Resource
from shared import reasons
from shared.domain.incidents import Ending, Incident
from shared.jobs.list_incidents import list_incidents

incidents = Resource(
    "Incidents",
    "An incident is an unbroken series of failures of one export that only its customer can end. "
    "Windows are recorded meanwhile; once access works again all of them are delivered in order.",
)


class IncidentQuery(PageQuery):
    """Which incidents."""

    export_id: int | None = Field(
        default=None,
        ge=1,
        le=ID_MAX,
        description="Only those of this export.",
        json_schema_extra={"example": 1795348800},
    )


class IncidentOut(Output):
    """One incident."""

    incident_id: int
    request_id: int = Field(description="The export's id.", examples=[1795348800])
    bucket: str = Field(examples=["gs://partner-feed"])
    reason: str = Field(description="A code of the catalogue.", examples=["403-forbidden"])
    title: str = Field(description="What that means.")
    fix: list[str] = Field(description="How to mend it, step by step.")
    message: str = Field(description="What was said of the newest failure.")
    opened_at: datetime
    failed_at: datetime = Field(description="When it failed last.")
    closed_at: datetime | None
    ending: Ending | None = Field(
        description="RECOVERED once a window was delivered, STOPPED after two warnings, ENDED with "
        "its export, MOVED when the export was led to another bucket; null while it is open."
    )


class IncidentPage(Page[IncidentOut]):
    """One page of incidents."""


@incidents.get("/accounts/<id:account_id>/incidents", "incidents.list")
def list_all(call: Call, path: AccountPath, query: IncidentQuery) -> IncidentPage:
    """List incidents, the newest first."""
    page = list_incidents(
        call.services,
        path.account_id,
        export_id=query.export_id,
        page_size=query.page_size,
        page_token=query.page_token,
    )
    return IncidentPage(
        items=[_shown(incident) for incident in page.items], next_page_token=page.next_page_token
    )


def _shown(incident: Incident) -> IncidentOut:
    reason = reasons.of(incident.reason)
    return IncidentOut(
        incident_id=incident.incident_id,
        request_id=incident.export_id,
        bucket=incident.bucket,
        reason=incident.reason,
        title=reason.title,
        fix=list(reason.fix),
        message=incident.message,
        opened_at=incident.opened_at,
        failed_at=incident.failed_at,
        closed_at=incident.closed_at,
        ending=incident.ending,
    )
