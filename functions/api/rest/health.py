"""Health: whether Sluice itself runs, for uptime checks, and how an account's deliveries stand."""

from datetime import datetime

from flask import Blueprint, Response, current_app, jsonify
from pydantic import Field

from functions.api.rest.models import AccountPath, Output
from functions.api.rest.routes import SERVICES, Call, Resource
from shared import reasons
from shared.domain.health import UNREACHABLE, HealthState, SystemPart
from shared.errors import Transient
from shared.jobs.figures import numbers
from shared.jobs.health import FailingImport, Standing, Trouble, account_health, parts_of

health = Resource(
    "Health",
    "How the deliveries of an account stand, and whether Sluice itself runs. GET /v1/health says "
    'only the latter, to everybody: 200 with {"status": "ok"}, or 503 with the parts that are '
    "wrong.",
)
# Asked by machines that have no proof of who they are, so it tells nothing of any account.
uptime = Blueprint("uptime", __name__)


class SystemPartOut(Output):
    """One of the parts that have to run so that anything is delivered."""

    part: SystemPart
    fine: bool
    text: str = Field(description="How it is, and what to do where it is wrong.")
    at: datetime | None = Field(description="When it was seen last; null for what is asked.")


class FiguresOut(Output):
    """The figures; a number that nobody could tell is null."""

    exports_late: int
    windows_late: int = Field(
        description="Windows that should have been delivered an hour ago or earlier."
    )
    lag_s: int = Field(description="How late the earliest of them is, in seconds.")
    incidents_open: int
    exports_unwarned: int = Field(
        description="Exports that fail and of which nobody could be told; they are not stopped."
    )
    imports_failing: int = Field(description="Imports whose last run failed and that go on.")
    notices_waiting: int = Field(description="E-mails that no server has taken yet.")
    notices_oldest_s: int
    webhook_messages_waiting: int
    webhook_messages_oldest_s: int
    rows_delivered: int = Field(description="Of windows that were due within the last 24 hours.")
    completeness: float | None = Field(
        default=None,
        description="Delivered of what recounts of the last 30 days found, from 0 to 1; null "
        "before the first recount.",
        examples=[0.999987],
    )


class TroubleOut(Output):
    """An export that is late or fails."""

    request_id: int = Field(description="The export's id.", examples=[1795348800])
    state: HealthState
    since: datetime
    reason: str | None = Field(description="A code of the catalogue; null for what is late only.")
    title: str | None = Field(description="What that means.")
    windows_late: int
    lag_s: int
    unwarned: str | None = Field(
        description="Why nobody could be warned, a code of the catalogue; null where somebody was."
    )


class FailingImportOut(Output):
    """An import that fails."""

    import_id: int
    nickname: str
    since: datetime
    reason: str = Field(description="A code of the catalogue.")
    title: str = Field(description="What that means.")


class AccountHealthOut(Output):
    """How an account's deliveries stand."""

    status: str = Field(description="ok, or attention where anything is wrong.", examples=["ok"])
    at: datetime
    parts: list[SystemPartOut]
    figures: FiguresOut
    exports: list[TroubleOut] = Field(description="Those that are not fine, failing ones first.")
    imports: list[FailingImportOut] = Field(description="Up to 100 that fail, newest first.")


@uptime.get("/v1/health")
def uptime_health() -> tuple[Response, int]:
    """Whether everything runs: for load balancers, uptime checks and whoever looks in a hurry."""
    try:
        found = parts_of(current_app.extensions[SERVICES]())
    except Transient:
        # The first request of a process looks for the first admin, and finds no database.
        found = (UNREACHABLE,)
    wrong = [str(part.part) for part in found if not part.fine]
    if wrong:
        return jsonify({"status": "failing", "wrong": wrong}), 503
    return jsonify({"status": "ok"}), 200


@health.get("/accounts/<id:account_id>/health", "health.get")
def get_health(call: Call, path: AccountPath) -> AccountHealthOut:
    """Get the health of an account.

    Figures, the exports that are late or fail, and the parts that drive all accounts' exports.
    """
    return _shown(account_health(call.services, call.actor, path.account_id))


def _shown(standing: Standing) -> AccountHealthOut:
    return AccountHealthOut(
        status="ok" if standing.fine else "attention",
        at=standing.at,
        parts=[SystemPartOut.model_validate(part) for part in standing.parts],
        figures=FiguresOut(**numbers(standing.figures, standing.at)),
        exports=[_trouble(each) for each in standing.troubles],
        imports=[_failing(each) for each in standing.imports],
    )


def _failing(each: FailingImport) -> FailingImportOut:
    title = reasons.of(each.reason).title
    return FailingImportOut.model_validate(
        {
            "import_id": each.import_id,
            "nickname": each.nickname,
            "since": each.since,
            "reason": each.reason,
            "title": title,
        }
    )


def _trouble(trouble: Trouble) -> TroubleOut:
    code = trouble.health.reason or None
    return TroubleOut.model_validate(
        {
            "request_id": trouble.export_id,
            "state": trouble.health.state,
            "since": trouble.health.since,
            "reason": code,
            "title": reasons.of(code).title if code else None,
            "windows_late": trouble.windows,
            "lag_s": int(trouble.lag.total_seconds()),
            "unwarned": trouble.unwarned or None,
        }
    )
