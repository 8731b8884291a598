"""The audit log: who changed what, when and how."""

from datetime import datetime
from typing import Any

from pydantic import Field

from functions.api.rest.models import NO_CONTROLS, AccountPath, Output, Page, PageQuery
from functions.api.rest.routes import Call, Resource
from shared.jobs.audit import list_audit
from shared.state.audit import AuditEntry

audit = Resource(
    "Audit log",
    "Every change and every run that somebody asked for, newest first; entries are never changed.",
)


class AuditQuery(PageQuery):
    """Which entries."""

    action: str | None = Field(
        default=None,
        pattern=r"^[a-z_.]{1,64}$",
        description="Only this operation.",
        json_schema_extra={"example": "exports.create"},
    )
    actor: str | None = Field(
        default=None,
        pattern=NO_CONTROLS,
        max_length=254,
        description="Only what this member or API key did.",
        json_schema_extra={"example": "ann@example.com"},
    )


class AuditOut(Output):
    """One thing that somebody did."""

    entry_id: int
    at: datetime
    actor: str = Field(
        description="The member, or the id of the API key.", examples=["ann@example.com"]
    )
    via: str = Field(description="What proved who it was.", examples=["iap", "key"])
    action: str = Field(examples=["exports.create"])
    target: str = Field(description="What it was done to.", examples=["export 1764000000"])
    detail: dict[str, Any] = Field(description="More about it; never a secret.")


class AuditPage(Page[AuditOut]):
    """One page of the audit log."""


@audit.get("/accounts/<id:account_id>/audit", "audit.list")
def list_audit_entries(call: Call, path: AccountPath, query: AuditQuery) -> AuditPage:
    """List the audit log."""
    page = list_audit(
        call.services,
        path.account_id,
        page_size=query.page_size,
        page_token=query.page_token,
        action=query.action,
        actor=query.actor,
    )
    return AuditPage(
        items=[_shown(entry) for entry in page.items], next_page_token=page.next_page_token
    )


def _shown(entry: AuditEntry) -> AuditOut:
    return AuditOut(
        entry_id=entry.entry_id,
        at=entry.at,
        actor=entry.actor,
        via=str(entry.via),
        action=entry.action,
        target=entry.target,
        detail=dict(entry.detail),
    )
