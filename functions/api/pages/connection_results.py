"""The three results of *Test Connection*, and what to do about the one that failed."""

from functions.api.pages.bucket_steps import LOOKS, TESTED_AGAIN, Line, Steps, hindered
from functions.api.pages.faults import GUIDES, guide_link
from functions.api.pages.visits import url
from shared.domain.bucket_steps import Outcome
from shared.domain.connections import (
    ADVICE,
    RESULTS,
    ROLES,
    Access,
    ConnectionPart,
    ConnectionRefused,
    Result,
    Trial,
    failed_result,
    results_of,
)
from shared.errors import CustomerFault, SluiceError
from shared.reasons import KEY_REFUSED, Blame, Reason, of


def tried() -> list[tuple[str, str]]:
    """What is tried, and what helps when it fails."""
    roles = " and ".join(ROLES[Access.READ_WRITE])
    told = {part: ADVICE[part].format(roles=roles) for part in ConnectionPart}
    told[ConnectionPart.PERMISSIONS] += (
        f" In read-only mode: {' and '.join(ROLES[Access.READ_ONLY])}."
    )
    return [(RESULTS[part], told[part]) for part in ConnectionPart]


def shown(results: tuple[Result, ...]) -> Steps:
    """The results of a trial, whether it went well or not."""
    lines = [_line(each) for each in results]
    failed = failed_result(results)
    if failed is None:
        return Steps("The connection works", True, lines)
    reason = of(failed.reason)
    if reason.blame is not Blame.CUSTOMER:
        return hindered(lines, reason)
    advice = [line for line in reason.fix if not line.startswith(TESTED_AGAIN)]
    return Steps(reason.title.removesuffix("."), False, lines, advice, _guide(reason))


def failed(error: SluiceError, access: Access) -> Steps | None:
    """Which part of it failed; None when the error came before anything was tried."""
    if isinstance(error, ConnectionRefused):
        return shown(error.results)
    if error.reason != KEY_REFUSED:
        return None
    fault = CustomerFault(error.message, reason=error.reason)
    return shown(results_of(Trial(failed_at=ConnectionPart.PROJECT, fault=fault), access))


def _guide(reason: Reason) -> str:
    """The place in the guide for BigQuery, also for what buckets have in common with datasets."""
    path, _, place = reason.guide.partition("#")
    if GUIDES.get(path) == "bigquery_guide":
        return guide_link(reason)
    return url("bigquery_guide") + ("#key" if place == "key" else "#errors")


def _line(result: Result) -> Line:
    tone, icon = LOOKS[result.outcome]
    detail = "Not tried" if result.outcome is Outcome.NOT_TRIED else result.detail
    return Line(result.words, tone, icon, detail, result.advice)
