"""One measurement in a process of its own; prints it as one JSON object on the last line."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def ours(**given: Any) -> dict[str, Any]:
    from bench.ours import warm

    return warm(**_export(given))


def cold(**given: Any) -> dict[str, Any]:
    from bench.ours import cold

    return cold(**_export(given))


def duckdb(**given: Any) -> dict[str, Any]:
    from bench.peers import copy

    given = _export(given)
    return copy(**given | {"target": given["target"] / "out"})


def dlt(**given: Any) -> dict[str, Any]:
    from bench.dlt_peer import run_pipeline

    return run_pipeline(**_export(given))


def where(**given: Any) -> dict[str, Any]:
    from bench.where import measure

    return measure(**_export(given))


def planning() -> dict[str, Any]:
    from bench.planning import measure

    return measure()


def tick() -> dict[str, Any]:
    from bench.tick import measure

    return measure()


def control() -> dict[str, Any]:
    from bench.control_plane import measure

    return measure()


def upload() -> dict[str, Any]:
    from bench.upload import measure

    return measure()


def imported(*, events: int, target: str) -> dict[str, Any]:
    from bench.importing import imported

    return imported(events, Path(target))


def inserted(*, events: int, target: str) -> dict[str, Any]:
    from bench.importing import inserted

    return inserted(events, Path(target))


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    task.__name__: task
    for task in (
        ours, cold, duckdb, dlt, where, planning, tick, control, upload, imported, inserted,
    )
}  # fmt: skip


def _export(given: dict[str, Any]) -> dict[str, Any]:
    return given | {"path": Path(given["path"]), "target": Path(given["target"])}


if __name__ == "__main__":
    task, arguments = sys.argv[1:]
    print(json.dumps(TASKS[task](**json.loads(arguments))))
