"""Services over a database alone: what is not measured answers at once, or is not there."""

from datetime import datetime
from typing import Any

from shared.adapters.inline_queue import InlineQueue
from shared.config import Limits, MailConfig
from shared.domain.bucket_access import Access
from shared.domain.bucket_steps import Trial
from shared.jobs.services import Services
from shared.ports import EventNames, SampleBounds
from shared.state.database import Database

# As many as a form shows, and then some.
NAMES = tuple(f"Event number {number}" for number in range(40))


class Open:
    """Buckets that take everything: the customer's cloud is not what is measured."""

    def probe(self, account_id: int, url: str, access: Access | None = None) -> Trial:
        return Trial(may_create=True)


class Named:
    """A warehouse that knows some events: their names are kept by us once they were asked for."""

    def has_event(self, account_id: int, event_name: str) -> bool:
        return event_name in NAMES

    def event_names(self, account_id: int, prefix: str, bounds: SampleBounds) -> EventNames:
        return EventNames(NAMES, complete=True)


def services_over(database: Database, now: datetime) -> Services:
    """Services of which state is real and time stands still."""
    nothing: Any = None
    warehouse: Any = Named()
    return Services(
        database=database,
        warehouse=warehouse,
        queue=InlineQueue(),
        bucket=nothing,
        secrets=nothing,
        prober=Open(),
        mail=nothing,
        mailing=MailConfig("file:///nowhere"),
        posts=nothing,
        clock=lambda: now,
        limits=Limits(),
        owner="bench",
    )
