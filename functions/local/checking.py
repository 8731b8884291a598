"""The command verify: says what is wrong with delivered files, or that nothing is."""

from dataclasses import asdict

import typer

from functions.local.output import BytesProgress, console, file_size, print_json
from functions.local.verify import VerifyReport, verify
from shared.domain.counted import counted

PROBLEMS_SHOWN = 50


def verify_target(target: str, *, as_json: bool) -> None:
    """Check a manifest or a folder; exits with 1 when anything is wrong."""
    report = verify_with_progress(target, shown=not as_json)
    if as_json:
        print_json(asdict(report) | {"ok": report.ok})
    else:
        show(report)
    if not report.ok:
        raise typer.Exit(1)


def verify_with_progress(target: str, *, shown: bool) -> VerifyReport:
    """Check under a progress bar of bytes."""
    with BytesProgress("Verify", shown=shown) as progress:
        return verify(target, on_progress=progress)


def show(report: VerifyReport) -> None:
    """What was checked, and every problem."""
    for problem in report.problems[:PROBLEMS_SHOWN]:
        console.print(f"WRONG  {problem}", soft_wrap=True, markup=False)
    if len(report.problems) > PROBLEMS_SHOWN:
        console.print(f"... and {counted(len(report.problems) - PROBLEMS_SHOWN, 'more problem')}.")
    console.print(
        f"{counted(len(report.manifests), 'manifest')}, {counted(report.files, 'file')}, "
        f"{counted(report.rows, 'row')}, "
        f"{file_size(report.bytes)} checked in {report.seconds:.1f} s: "
        + ("everything is there." if report.ok else f"{counted(len(report.problems), 'problem')}.")
    )
