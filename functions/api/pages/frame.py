"""What surrounds every page: links, notices, colours, and how an error is told."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request

from functions.api import csrf
from functions.api.pages.states import State
from functions.api.pages.visits import allowed, services_here, url
from functions.api.problem_kinds import OUR_FAULT, UNAVAILABLE, kind_of, said
from shared.errors import SluiceError
from shared.jobs.signing import signing_secret

NAVIGATION = (
    (
        "Partners",
        (
            ("exports", "Exports", "exports"),
            ("imports", "Imports", "imports"),
            ("connections", "Import Connections", "database"),
            ("notices", "Notices", "mail"),
            ("health", "Health", "health"),
            ("partners", "Partner List", "partners"),
            ("start", "Get started", "start"),
            ("guide", "Customer's guide", "guide"),
        ),
    ),
    (
        "Account",
        (
            ("settings", "Settings", "settings"),
            ("members", "Members", "members"),
            ("api_keys", "API keys", "key"),
            ("webhooks", "Webhooks", "webhook"),
            ("audit", "Audit log", "audit"),
        ),
    ),
)
# To whoever meets what passes by itself.
AGAIN = "Nothing was changed. Try again in a minute."
# What it takes to be offered a page, where that is more than being a member.
_NEEDS = {"api_keys": "keys.list", "webhooks": "webhooks.list"}
# The page that a page belongs to, where that is another one.
_BELOW = {
    "new_export": "exports",
    "preview": "exports",
    "event_names": "exports",
    "edit_export": "exports",
    "stop_export": "exports",
    "export": "exports",
    "reader_kit": "exports",
    "run": "exports",
    "run_now": "exports",
    "run_progress": "exports",
    "retry_run": "exports",
    "replay_run": "exports",
    "new_import": "imports",
    "edit_import": "imports",
    "stop_import": "imports",
    "move_import": "imports",
    "import_page": "imports",
    "import_progress": "imports",
    "import_run": "imports",
    "buckets": "partners",
    "test_bucket": "partners",
    "rotate_bucket": "partners",
    "delete_bucket": "partners",
    "new_connection": "connections",
    "test_new_connection": "connections",
    "connection": "connections",
    "test_connection": "connections",
    "rotate_connection": "connections",
    "delete_connection": "connections",
    "bigquery_guide": "guide",
    "remove_member": "members",
    "revoke_key": "api_keys",
    "notice": "notices",
    "failure_drill": "notices",
    "webhook": "webhooks",
    "change_webhook": "webhooks",
}
# Notices are named in the address and never written there: nobody can put words into them.
NOTICES = {
    "initiated": State("Google export has initiated", "good", "done"),
    "updated": State("Export updated; it applies from the next run on", "good", "done"),
    "stopped": State("Google Cloud data export stopped", "good", "done"),
    "saved": State("Credentials saved", "good", "done"),
    "rotated": State("The new credentials work and are saved", "good", "done"),
    "deleted": State("Bucket deleted", "good", "done"),
    "deleted-with-key": State("Bucket deleted, and its key destroyed", "good", "done"),
    "works": State("The bucket lets Sluice in", "good", "done"),
    "connected": State("Connection saved; Create Import begins an import", "good", "done"),
    "all-stopped": State("All imports of the connection are stopped", "good", "done"),
    "disconnected": State("Connection deleted", "good", "done"),
    "disconnected-with-key": State("Connection deleted, and its key destroyed", "good", "done"),
    "settings": State("Settings saved", "good", "done"),
    "member": State("Member saved", "good", "done"),
    "removed": State("Member removed", "good", "done"),
    "revoked": State("Key revoked", "good", "done"),
    "tested": State("A test message is on its way; reload to see the answer", "good", "running"),
    "webhook": State("Webhook saved", "good", "done"),
    "no-webhook": State("Webhook removed, and its secret destroyed", "good", "done"),
    "running": State("The next window runs now", "good", "running"),
    "retried": State("The run is tried again", "good", "running"),
    "replayed": State("The window is delivered again under a new run stamp", "good", "running"),
    "import": State("Import created", "good", "done"),
    "draft": State("Draft saved; it does not run yet", "good", "done"),
    "import-updated": State("Import updated; it applies from the next run on", "good", "done"),
    "import-run": State("The import runs now", "good", "running"),
    "import-start": State("Import created", "good", "done"),
    "import-pause": State("Import paused; no run comes until it is resumed", "good", "done"),
    "import-resume": State("Import resumed; it goes on with what changed", "good", "done"),
    "import-stop": State("Import stopped; what it imported stays", "good", "done"),
}
THEMES = ("light", "dark")
KEEP_THEME_S = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Told:
    """An error as a page tells it: what happened, what to do, and where that is explained."""

    title: str
    text: str = ""
    advice: tuple[str, ...] = ()
    link: str = ""
    link_words: str = ""


def show(template: str, *, status: int = 200, **values: Any) -> Response:
    """A page, or a part of one."""
    return make_response(render_template(template, **values), status)


def show_with(
    template: str,
    error: SluiceError | None,
    *,
    told_elsewhere: bool = False,
    advice: tuple[str, ...] = (),
    **values: Any,
) -> Response:
    """A page with what was refused, if anything was, and its status.

    The words are left out where they are `told_elsewhere`, as by steps of which one failed.
    """
    if error is None:
        return show(template, error=None, **values)
    problem = None if told_elsewhere else told(error)
    if problem is not None and advice:
        problem = replace(problem, advice=advice)
    return show(template, status=status_of(error), error=problem, **values)


def told(error: SluiceError) -> Told:
    """A refusal in the words of the service; a fault of ours keeps its details to the log."""
    kind = kind_of(error)
    if kind is OUR_FAULT:
        return Told(kind.title, kind.how_to_fix)
    return Told(said(error), AGAIN if kind is UNAVAILABLE else "")


def status_of(error: SluiceError) -> int:
    """The status of a page that shows its form again with this error."""
    return int(kind_of(error).status)


def _shared() -> dict[str, Any]:
    """What the frame needs; nothing of an account where none was found."""
    visit = g.get("visit")
    theme = request.cookies.get("theme", "")
    values: dict[str, Any] = {"theme": theme if theme in THEMES else ""}
    if visit is None:
        return values
    name = (request.endpoint or "").removeprefix("pages.")
    return values | {
        "account": visit.account,
        "actor": visit.actor,
        "has_others": visit.has_others,
        "navigation": [
            (group, [link for link in links if allowed(_NEEDS.get(link[0], "accounts.get"))])
            for group, links in NAVIGATION
        ],
        "here": _BELOW.get(name, name),
        "back": request.path if request.method == "GET" else url("exports"),
        "notice": NOTICES.get(request.args.get("notice", "")),
        "egress": visit.services.egress_addresses,
        "impersonators": visit.services.impersonators,
    }


def _token() -> str:
    services = services_here()
    return csrf.form_token(g.caller, signing_secret(services, "forms"), services.clock())


def install(app: Flask) -> None:
    """Give the templates what they share."""
    app.context_processor(_shared)
    app.add_template_global(url)
    app.add_template_global(allowed, "may")
    app.add_template_global(_token, "csrf_token")
