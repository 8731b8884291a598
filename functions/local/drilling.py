"""A failure drill on this machine, and how it is shown."""

from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from functions.local.output import console, print_json
from shared.config import from_environment
from shared.domain.counted import counted
from shared.domain.members import COMMAND_LINE
from shared.drill.asking import ask_for_drill
from shared.drill.drill import DrillReport
from shared.jobs.services import Services


def drill_here(
    services: Services, account_id: int, breaks: str, mend_after: int | None, *, as_json: bool
) -> None:
    """Run one below the home folder, where its files stay until the next one."""
    began = perf_counter()
    folder = from_environment().home / "drill"
    rmtree(folder, ignore_errors=True)
    report = ask_for_drill(
        services, COMMAND_LINE, account_id, folder, breaks=breaks, mend_after=mend_after
    )
    if as_json:
        print_json(_content(report, folder))
        return
    zone = ZoneInfo(report.zone)
    for happening in report.happenings:
        _say(f"{_clock(happening.at, zone)}  {happening.text}")
    _say("")
    for mail in report.mails:
        _say(f"{mail.title}: {folder / 'mail' / mail.file_name}")
    if report.outcome == "RECOVERED":
        _say(f"The files that were delivered: {folder / 'bucket'}")
    hours = (report.ended_at - report.began_at) // timedelta(hours=1)
    _say(
        f"{counted(hours, 'hour')} in {perf_counter() - began:.0f} s, in a place of its own: "
        "nothing of the account has changed, and nobody got an e-mail."
    )


def _say(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


def _clock(at: datetime, zone: ZoneInfo) -> str:
    there = at.astimezone(zone)
    return f"{there:%a} {there.day:2} {there:%b %H:%M}"


def _content(report: DrillReport, folder: Path) -> dict[str, Any]:
    return {
        "breaks": report.breakage,
        "mended_after": report.mended_after,
        "outcome": report.outcome,
        "began_at": report.began_at,
        "ended_at": report.ended_at,
        "timeline": [{"at": each.at, "what": each.text} for each in report.happenings],
        "mails": [
            {
                "kind": mail.kind,
                "sent_at": mail.sent_at,
                "to": mail.to,
                "subject": mail.subject,
                "path": str(folder / "mail" / mail.file_name),
            }
            for mail in report.mails
        ],
        "windows": report.proof.windows,
        "files": report.proof.files,
        "rows": report.proof.rows,
        "bucket": str(folder / "bucket"),
    }
