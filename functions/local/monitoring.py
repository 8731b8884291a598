"""One look of the monitor on this machine, and how incidents are shown."""

from dataclasses import asdict

from functions.local.dead_leases import release_dead_leases
from functions.local.local_runs import queue_here
from functions.local.output import console, print_json, print_table
from functions.local.runner import Runner
from shared import reasons
from shared.domain.incidents import Incident
from shared.domain.pages import Page
from shared.jobs.figures import numbers
from shared.jobs.health import Standing
from shared.jobs.monitor import monitor
from shared.jobs.outbox import send_outbox
from shared.jobs.services import Services


def look_once(services: Services, *, as_json: bool) -> None:
    """One look now, its e-mails, and all that it let go."""
    queue = queue_here(services)
    with Runner(services) as runner:
        release_dead_leases(services)
        look = monitor(services, services.clock())
        mails, messages = send_outbox(services, services.clock())
        given_up = runner.drain(queue.take())
    content = asdict(look) | {
        "notices_tried": mails,
        "webhook_messages_tried": messages,
        "given_up": len(given_up),
    }
    if as_json:
        print_json(content)
        return
    print_table(
        "Monitor",
        ["what", "how many"],
        [[name.replace("_", " "), number] for name, number in content.items()],
    )


def show_incidents(page: Page[Incident], account_id: int, *, as_json: bool) -> None:
    """Incidents page by page."""
    if as_json:
        shown = [asdict(incident) for incident in page.items]
        print_json({"incidents": shown, "next_page_token": page.next_page_token})
        return
    if not page.items:
        console.print("No incidents: every export can be delivered.")
        return
    columns = ["request id", "since", "failed last", "ended", "reason", "what that means"]
    rows = [
        [
            str(incident.export_id),
            incident.opened_at,
            incident.failed_at,
            "open" if incident.ending is None else str(incident.ending),
            incident.reason,
            reasons.of(incident.reason).title,
        ]
        for incident in page.items
    ]
    print_table(f"Incidents of account {account_id}", columns, rows)
    if page.next_page_token:
        console.print(f"Older: --page-token {page.next_page_token}", soft_wrap=True)


def show_health(found: Standing, *, as_json: bool) -> None:
    """The parts, the figures, and each export that is not fine."""
    figures = numbers(found.figures, found.at)
    if as_json:
        parts = [asdict(part) for part in found.parts]
        troubles = [asdict(each) | {"lag": each.lag.total_seconds()} for each in found.troubles]
        imports = [asdict(each) for each in found.imports]
        shown = {"fine": found.fine, "parts": parts, "figures": figures}
        print_json({**shown, "exports": troubles, "imports": imports})
        return
    rows = [[part.part, "fine" if part.fine else "WRONG", part.text] for part in found.parts]
    print_table("Parts", ["part", "state", "how it is"], rows)
    numbered = [[name.replace("_", " "), value] for name, value in figures.items()]
    print_table("Figures", ["what", "how much"], numbered)
    if found.imports:
        failing = [
            [str(each.account_id), each.nickname, each.since, each.reason] for each in found.imports
        ]
        print_table("Imports that fail", ["account", "import", "since", "reason"], failing)
    if not found.troubles:
        console.print("No export is late or fails.")
        return
    columns = ["account", "request id", "health", "since", "windows late", "reason"]
    lines = [
        [
            str(each.account_id),
            str(each.export_id),
            each.health.state,
            each.health.since,
            each.windows,
            (each.health.reason or "waits") + (each.unwarned and f"; {each.unwarned}"),
        ]
        for each in found.troubles
    ]
    print_table("Exports that are late or fail", columns, lines)
