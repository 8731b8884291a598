"""What the commands of connections read and show: keys go in, and nothing of them comes out."""

from collections.abc import Sequence
from typing import Any

import typer

from functions.local.output import console, errors, print_json, print_table
from shared.domain.connections import FOLDER_SCHEME, Dataset, Result, failed_result
from shared.errors import InvalidInput, NotFound
from shared.jobs.services import Services
from shared.state import connections
from shared.state.connections import SavedConnection


def place_of(text: str) -> Dataset:
    """PROJECT.DATASET, or the address of a folder."""
    if text.startswith(FOLDER_SCHEME):
        return Dataset(text, "")
    project, dot, dataset = text.rpartition(".")
    if not dot:
        raise InvalidInput(
            "Give project and dataset, as in my-project-1.sluice_import, or a folder, as in "
            "file:///srv/shop."
        )
    return Dataset(project, dataset)


def connection_named(services: Services, account_id: int, name: str) -> SavedConnection:
    """The connection; raises NotFound."""
    saved = services.database.run(lambda c: connections.find_named(c, account_id, name))
    if saved is None:
        raise NotFound("There is no such connection; list them with the command connection list.")
    return saved


def show_connection(saved: SavedConnection, done: str, *, as_json: bool) -> None:
    """One connection and what became of it."""
    if as_json:
        print_json(_connection(saved))
        return
    console.print(f"Connection {saved.name} ({saved.place.url}) {done}.", soft_wrap=True)


def show_connections(found: Sequence[SavedConnection], *, as_json: bool) -> None:
    """All connections."""
    if as_json:
        print_json({"connections": [_connection(saved) for saved in found]})
        return
    if not found:
        console.print("No connections yet; save one with the command connection add.")
        return
    rows = [
        [each.name, each.place.url, each.location, each.credentials.email, each.created_at,
         each.worked_at, f"fails: {each.failure}" if each.failure else "works"]
        for each in found
    ]  # fmt: skip
    columns = ["name", "dataset", "location", "service account", "connected", "last worked",
               "health"]  # fmt: skip
    print_table("Connections", columns, rows)


def show_results(results: Sequence[Result], *, as_json: bool) -> None:
    """The three results of a test; exits with 1 when one failed."""
    failed = failed_result(tuple(results))
    if as_json:
        listed = [
            {"part": each.part, "outcome": each.outcome, "detail": each.detail} for each in results
        ]
        print_json({"works": failed is None, "results": listed})
    else:
        rows = [[each.words, str(each.outcome), each.detail or each.advice] for each in results]
        print_table("Test Connection", ["result", "outcome", "detail"], rows)
        if failed is not None:
            errors.print(failed.advice, markup=False, soft_wrap=True)
    if failed is not None:
        raise typer.Exit(1)


def _connection(saved: SavedConnection) -> dict[str, Any]:
    return {
        "name": saved.name,
        "dataset": saved.place.url,
        "access": saved.access,
        "location": saved.location,
        "kind": saved.credentials.kind,
        "email": saved.credentials.email,
        "key_id": saved.credentials.key_id,
        "created_at": saved.created_at,
        "created_by": saved.created_by,
        "credentials_at": saved.credentials_at,
        "worked_at": saved.worked_at,
        "probed_at": saved.probed_at,
        "failing_since": saved.failing_since,
        "failure": saved.failure,
    }
