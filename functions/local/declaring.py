"""What the commands of sluice.yaml show."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from functions.local.output import console, print_json
from shared.domain.counted import counted
from shared.domain.declared import Change, Verb
from shared.jobs.declared import Plan

_SIGNS = {Verb.SAVE: "+", Verb.CREATE: "+", Verb.STOP: "-"}
_CHANGED = "~"


def show_plan(plan: Plan, file: Path, *, as_json: bool) -> None:
    """What would change, and what the file does not name."""
    if as_json:
        print_json(_as_json(plan, [_change(change) for change in plan.changes]))
        return
    _show_changes(plan.changes)
    _show_left(plan)
    if plan.changes:
        console.print(f"{_count(plan)} to make: python main.py apply {file}", markup=False)
    else:
        console.print("Nothing to change.")


def show_applied(made: Sequence[int | None], plan: Plan, *, as_json: bool) -> None:
    """What was changed."""
    if as_json:
        changes = [
            _change(change) | {"request_id": made_id}
            for change, made_id in zip(plan.changes, made, strict=True)
        ]
        print_json(_as_json(plan, changes))
        return
    _show_changes(plan.changes, made)
    _show_left(plan)
    console.print(f"{_count(plan)} made." if plan.changes else "Nothing to change.")


def _show_changes(changes: Sequence[Change], made: Sequence[int | None] = ()) -> None:
    for place, change in enumerate(changes):
        request_id = made[place] if made else change.export_id
        number = "" if request_id is None else f" ({request_id})"
        details = "".join(f"\n    {detail}" for detail in change.details)
        sign = _SIGNS.get(change.verb, _CHANGED)
        console.print(
            f"{sign} {change.verb} {change.what} {change.name}{number}{details}",
            markup=False,
            soft_wrap=True,
        )


def _show_left(plan: Plan) -> None:
    left = {
        "exports": plan.left_exports,
        "buckets": plan.left_buckets,
        "imports": plan.left_imports,
        "connections": plan.left_connections,
    }
    for what, names in left.items():
        if names:
            told = f"Not in the file and left as they are: {what} {', '.join(names)}."
            console.print(told, markup=False, soft_wrap=True)


def _count(plan: Plan) -> str:
    return counted(len(plan.changes), "change")


def _as_json(plan: Plan, changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "changes": changes,
        "left_exports": list(plan.left_exports),
        "left_buckets": list(plan.left_buckets),
        "left_imports": list(plan.left_imports),
        "left_connections": list(plan.left_connections),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "verb": str(change.verb),
        "what": change.what,
        "name": change.name,
        "details": list(change.details),
        "request_id": change.export_id,
    }
