"""Names of events: what *Select events* can choose from."""

from pydantic import Field

from functions.api.rest.models import NO_CONTROLS, AccountPath, Input, Output
from functions.api.rest.routes import Call, Resource
from shared.jobs import event_names as jobs

NAMES_MAX = 1_000
NAMES_USUAL = 100

events = Resource("Events", "The events that were loaded, by their names.")


class NamesQuery(Input):
    """Which names."""

    prefix: str | None = Field(
        default=None,
        pattern=NO_CONTROLS,
        max_length=1_024,
        description="Only names that begin so, capital letters included.",
        json_schema_extra={"example": "Order"},
    )
    limit: int = Field(
        default=NAMES_USUAL,
        ge=1,
        le=NAMES_MAX,
        description="How many names at most.",
        json_schema_extra={"example": 100},
    )


class NamesOut(Output):
    """Names of events."""

    items: list[str] = Field(description="In the order of their characters.")
    complete: bool = Field(
        description="Whether these are all that begin so: else ask for a longer beginning, or "
        "give a name that is not listed, which is checked when the export is made."
    )


@events.get("/accounts/<id:account_id>/event-names", "events.list")
def list_event_names(call: Call, path: AccountPath, query: NamesQuery) -> NamesOut:
    """List the names of events.

    To choose from for *Select events*. They may be some minutes old; how often the warehouse is
    looked into is limited, as for a preview.
    """
    found = jobs.event_names(
        call.services,
        path.account_id,
        prefix=query.prefix or "",
        limit=query.limit,
        actor=call.actor,
    )
    return NamesOut(items=list(found.names), complete=found.complete)
