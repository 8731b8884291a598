"""What the form of an import offers to choose from, step by step."""

from collections.abc import Sequence
from typing import Any

from functions.api.pages.frame import told
from functions.api.pages.import_fields import EXTRAS, Form, connection_in
from functions.api.pages.import_schedules import CHOICES, UNITS, WEEKDAYS
from functions.api.pages.visits import Visit
from shared.domain.import_columns import FieldType
from shared.domain.import_mapping import PROPERTIES_MAX, Kind
from shared.domain.pages import PAGE_SIZE_MAX
from shared.errors import InvalidInput, SluiceError
from shared.jobs.look_at_source import list_tables
from shared.jobs.manage_connections import list_connections
from shared.state.connections import SavedConnection

KINDS = (
    (str(Kind.EVENTS), "Events", "Each row is something that a user did"),
    (str(Kind.PROFILES), "Profiles", "Each row is a user; the newest version counts"),
)
TYPES = (
    (str(FieldType.STRING), "string"),
    (str(FieldType.INTEGER), "integer"),
    (str(FieldType.FLOAT), "float"),
    (str(FieldType.BOOLEAN), "boolean"),
    (str(FieldType.DATE), "date"),
    (str(FieldType.JSON), "JSON, as it is"),
)
# Longer lists are typed into, with the browser's help.
TABLES_TO_CHOOSE = 200
FIELDS = {
    "identity": "Identity",
    "event_name": "Event name",
    "created_on": "Created On",
    "updated_on": "Updated On",
    "event_id": "Event ID",
    "object_id": "Object ID",
    "email": "Email",
    "phone": "Phone",
    "name": "Name",
    "platform": "Platform",
}


def choices_of(visit: Visit, form: Form, step: str) -> dict[str, Any]:
    """The values of a step's template beside what is given."""
    if step == "source":
        return _of_source(visit, form)
    if step == "mapping":
        return {
            "kinds": KINDS,
            "types": TYPES,
            "extras": [(name, FIELDS[name], _only(name)) for name in EXTRAS],
            "extras_given": any(form.get(f"extra_{name}") for name in EXTRAS),
            "used": set(form.getlist("use")),
            "properties_max": PROPERTIES_MAX,
        }
    if step == "schedule":
        return {
            "choices": CHOICES,
            "units": UNITS,
            "weekdays": list(enumerate(WEEKDAYS)),
            "chosen_days": set(form.getlist("weekday")),
        }
    return {"labels": FIELDS}


def saved_connections(visit: Visit) -> Sequence[SavedConnection]:
    """Those to choose from, the newest first."""
    found = list_connections(visit.services, visit.account_id, page_size=PAGE_SIZE_MAX)
    return found.items


def _of_source(visit: Visit, form: Form) -> dict[str, Any]:
    saved = saved_connections(visit)
    tables: list[str] = []
    unlisted = ""
    try:
        connection_id = connection_in(form)
        tables = list_tables(visit.services, visit.account_id, connection_id, actor=visit.actor)
    except InvalidInput as error:
        unlisted = told(error).title if form.get("connection") else ""
    except SluiceError as error:
        unlisted = told(error).title
    return {
        "connections": [(str(each.connection_id), each.name) for each in saved],
        "tables": tables,
        "few": len(tables) <= TABLES_TO_CHOOSE,
        "unlisted": unlisted,
    }


def _only(extra: str) -> str:
    """Of these the form shows some for events alone."""
    return "only for-events" if extra in ("event_id", "platform") else ""
