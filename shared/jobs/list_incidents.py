"""What people see of incidents: the list of an account or of one export, newest first."""

from sqlalchemy import Connection

from shared.domain.incidents import Incident
from shared.domain.pages import Page
from shared.jobs.lookup import existing_account, existing_export
from shared.jobs.paging import Place, paged
from shared.jobs.services import Services
from shared.state import incidents


def list_incidents(
    services: Services,
    account_id: int,
    *,
    export_id: int | None = None,
    page_size: int | None = None,
    page_token: str | None = None,
) -> Page[Incident]:
    """The incidents of the account, or of one export of it; open ones have no end yet.

    Raises NotFound when there is no such account or export.
    """

    def fetch(connection: Connection, before: int | None, limit: int) -> list[Incident]:
        existing_account(connection, account_id)
        if export_id is not None:
            existing_export(connection, account_id, export_id)
        return incidents.page(
            connection, account_id, export_id=export_id, before=before, limit=limit
        )

    place = Place(f"incidents:{account_id}:{export_id}", page_size, page_token)
    return paged(services, place, fetch, lambda incident: incident.incident_id)
