"""The way in: to the exports of the only account, or to the list of accounts."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.visits import caller_here, pages, services_here
from shared.domain.filters import ExportFilter
from shared.jobs.list_exports import list_exports
from shared.jobs.manage_accounts import accounts_of


@pages.get("/")
def home() -> ResponseReturnValue:
    """To the exports; to the first steps while there are none."""
    services = services_here()
    caller = caller_here(services)
    found = accounts_of(services, caller.email)
    if len(found) != 1:
        return redirect(url_for("pages.accounts"))
    account_id = found[0][0].account_id
    any_exports = list_exports(services, account_id, ExportFilter(), page_size=1).items
    name = "pages.exports" if any_exports else "pages.start"
    return redirect(url_for(name, account_id=account_id))


@pages.get("/accounts")
def accounts() -> ResponseReturnValue:
    """The accounts of the visitor."""
    services = services_here()
    caller = caller_here(services)
    return show("accounts.html", found=accounts_of(services, caller.email))
