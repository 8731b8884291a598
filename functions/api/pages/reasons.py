"""The documentation page of reasons, and the way to the guide for whoever comes from a mail."""

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.visits import caller_here, pages, services_here
from shared.jobs.manage_accounts import accounts_of
from shared.reasons import GROUPS, Blame, of

WHO = {
    Blame.CUSTOMER: "Whoever owns the bucket or dataset, or asked",
    Blame.TRANSIENT: "Nobody: it passes",
    Blame.OURS: "Whoever runs Sluice",
}


@pages.get("/docs/reasons")
def reasons() -> ResponseReturnValue:
    """All of them; it is public, as the documentation of the API is."""
    return show("reasons.html", groups=GROUPS, who=WHO)


@pages.get("/guide")
def any_guide() -> ResponseReturnValue:
    """To the guide of the visitor's first account; a browser keeps the place in it."""
    return _on_to("guide")


@pages.get("/guide/bigquery")
def any_bigquery_guide() -> ResponseReturnValue:
    """The same for the guide for BigQuery."""
    return _on_to("bigquery_guide")


def _on_to(name: str) -> ResponseReturnValue:
    services = services_here()
    found = accounts_of(services, caller_here(services).email)
    if not found:
        return redirect(url_for("pages.accounts"))
    return redirect(url_for(f"pages.{name}", account_id=found[0][0].account_id))


def install(app: Flask) -> None:
    """Let templates look into the catalogue."""
    app.add_template_global(of, "reason_of")
