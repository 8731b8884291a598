"""Account settings: zone, database id, User Identity and features."""

from dataclasses import asdict
from zoneinfo import available_timezones

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show_with
from functions.api.pages.text import words
from functions.api.pages.visits import Visit, go, page
from shared.domain.choices import Identifier
from shared.errors import InvalidInput, SluiceError
from shared.jobs.manage_accounts import update_account

FEATURES = (
    ("bucket_export", "Export to buckets"),
    ("recurring_profile_export", "Recurring profile exports"),
    ("bigquery_import", "Import from BigQuery"),
)
ZONES = sorted(name for name in available_timezones() if "/" in name and "Etc/" not in name)


@page("/settings", "accounts.get", methods=("GET", "POST"), change="accounts.update")
def settings(visit: Visit) -> ResponseReturnValue:
    """Show them, and save what an admin changed."""
    if request.method == "GET":
        return _page(visit)
    try:
        update_account(visit.services, visit.actor, visit.account_id, **_changes())
    except SluiceError as error:
        return _page(visit, error)
    return go("settings", "settings")


def _changes() -> dict[str, object]:
    form = request.form
    chosen = form.getlist("identifiers")
    if not set(chosen) <= set(Identifier):
        raise InvalidInput("Choose identifiers from the list.")
    return {
        "name": form.get("name", "").strip(),
        "time_zone": form.get("time_zone", "").strip(),
        "database_id": form.get("database_id", ""),
        "identifiers": tuple(Identifier(each) for each in chosen),
        "flags": {name: name in form.getlist("flags") for name, _ in FEATURES},
    }


def _page(visit: Visit, error: SluiceError | None = None) -> ResponseReturnValue:
    account = visit.account
    given: dict[str, object] = {
        "name": account.name,
        "time_zone": account.time_zone,
        "database_id": account.database_id,
        "identifiers": [str(each) for each in account.identifiers],
        "flags": [name for name, on in asdict(account.flags).items() if on],
    }
    if error is not None:
        given |= {name: request.form.get(name, "") for name in given}
        given |= {name: request.form.getlist(name) for name in ("identifiers", "flags")}
    return show_with(
        "settings.html",
        error,
        given=given,
        zones=["UTC", *ZONES],
        identifiers=[(each.value, words(each)) for each in Identifier],
        features=FEATURES,
    )
