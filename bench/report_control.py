"""What RESULTS.md says of the control plane: the service layer by itself, and over HTTP."""

from collections.abc import Callable
from typing import Any

LIMIT_MS = 100
PAGE_KB = 60
LOAD = "100,000 exports, 2 M runs, PostgreSQL, 20 requests a second"
# How the kinds begin, in the words of the table.
SERVICES = {"list": "list", "export page": "export page", "create": "create"}
HTTP = {
    "page: Exports": "*Exports* in HTML",
    "page: export": "page of an export in HTML",
    "page: create": "*Export* of the form",
    "API: list": "list of the API",
    "API: export": "export of the API",
    "API: create": "create of the API",
}
Load = Callable[[str], dict[str, Any]]

EXPLAINED = """100,000 exports, 2,000,000 runs and as many files in PostgreSQL with its durable
settings; the account that is asked about holds half of them. Requests come at 20 a second, all
kinds in turn, and each is timed from the moment when it was due: whatever waits in a queue, waits
in these figures. *Service layer*: by calls. *HTTP*: the function `api` as the cloud serves it
(functions-framework behind gunicorn, one process of eight threads), asked by another process, each
time over a new connection, with gzip; people sign in by the header of IAP with a key of our own,
programs by an API key. PostgreSQL, the server and whoever asks share the machine. Processor time
is that of the server's process for one request, without PostgreSQL's. Not measured: Google's
network and load balancer, Cloud SQL's, a cold start. An *Exports* page has 40 rows, pages *of 40
events* show an export with 800 files."""


def required_control(load: Load) -> list[tuple[str, str, str | None, bool]]:
    """Each figure that is asked for: what, how much, measured, whether that is enough."""
    found = load("control")
    rows = [
        _slowest(found.get("ms", {}), kind, f"{what}, {LOAD}") for kind, what in SERVICES.items()
    ]
    rows += [
        _slowest(found.get("http_ms", {}), kind, f"{what} over HTTP, {LOAD}")
        for kind, what in HTTP.items()
    ]
    weight = found.get("page_bytes")
    total = sum(weight.values()) if weight else 0
    measured = (
        f"{total / 1000:.0f} KB, {weight['page'] / 1000:.0f} KB of them HTML" if weight else None
    )
    what = "weight of *Exports* with 40 rows, compressed, with all that it loads the first time"
    return [*rows, (what, f"under {PAGE_KB} KB", measured, total < PAGE_KB * 1000)]


def control_rows(load: Load) -> list[list[str]]:
    """A row for each kind of request."""
    found = load("control")
    cpu = found.get("http_cpu_ms", {})
    return [
        [name, *(f"{times[key]:.0f}" for key in ("median", "p95", "max")), _cpu(cpu.get(name))]
        for kinds in ("ms", "http_ms")
        for name, times in found.get(kinds, {}).items()
    ]


def _slowest(found: dict[str, Any], kind: str, what: str) -> tuple[str, str, str | None, bool]:
    """Of all that are of the kind: the slowest of them counts, and is named."""
    times = {name: each["p95"] for name, each in found.items() if name.startswith(kind)}
    wanted = f"p95 under {LIMIT_MS} ms"
    if not times:
        return what, wanted, None, False
    slowest = max(times, key=lambda name: times[name])
    named = "" if slowest == kind else f" ({slowest.removeprefix('page: ')})"
    return what, wanted, f"p95 {times[slowest]:.0f} ms{named}", times[slowest] < LIMIT_MS


def _cpu(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds:.1f}"
