"""Connections: customers' BigQuery datasets that imports read."""

from functions.api.rest.bucket_models import CredentialsIn, key_of
from functions.api.rest.connection_models import (
    ConnectionIn,
    ConnectionOut,
    ConnectionPage,
    ConnectionPath,
    ConnectionsQuery,
    DatasetIn,
    HelperOut,
    ResultOut,
    TablesOut,
    TestedOut,
)
from functions.api.rest.models import AccountPath, RepeatQuery
from functions.api.rest.reasons import reason_out
from functions.api.rest.routes import Call, Resource
from shared.domain.connections import Dataset, Result, failed_result, helper_sql
from shared.jobs import manage_connections as jobs
from shared.jobs.connection_filters import filter_of
from shared.jobs.look_at_source import list_tables
from shared.jobs.manage_imports import stop_all_imports
from shared.state.connections import SavedConnection

connections = Resource(
    "Connections",
    "A customer's BigQuery dataset to import from. It is tried before it is saved, its key is "
    "never shown again and can be rotated at any time. Imports only read it.",
)


@connections.get("/accounts/<id:account_id>/connections", "connections.list")
def list_connections(call: Call, path: AccountPath, query: ConnectionsQuery) -> ConnectionPage:
    """List the connections of an account.

    The newest first.
    """
    wanted = filter_of(
        call.services, path.account_id, query.connected_from, query.connected_to, query.connected_by
    )
    page = jobs.list_connections(
        call.services,
        path.account_id,
        wanted,
        page_size=query.page_size,
        page_token=query.page_token,
    )
    return ConnectionPage(
        items=[_shown(saved) for saved in page.items], next_page_token=page.next_page_token
    )


@connections.post("/accounts/<id:account_id>/connections", "connections.create", 201)
def create_connection(
    call: Call, path: AccountPath, query: RepeatQuery, body: ConnectionIn
) -> ConnectionOut:
    """Save a connection, once it works.

    Give the contents of a service account's JSON key, or the address of a service account that
    Sluice may act as.
    """
    saved = jobs.add_connection(
        call.services,
        path.account_id,
        Dataset(body.project_id, body.dataset_id),
        name=body.name,
        access=body.access,
        key_file=key_of(body),
        impersonate=body.impersonate,
        actor=call.actor,
    )
    return _shown(saved)


@connections.post("/accounts/<id:account_id>/connections:test", "connections.create")
def test_new_connection(call: Call, path: AccountPath, body: DatasetIn) -> TestedOut:
    """Test a connection before it is saved.

    The answer is 200 whether it works or not: the test itself was made. Nothing is kept.
    """
    results = jobs.try_new(
        call.services,
        path.account_id,
        Dataset(body.project_id, body.dataset_id),
        access=body.access,
        key_file=key_of(body),
        impersonate=body.impersonate,
        actor=call.actor,
    )
    return _tested(results)


@connections.get("/accounts/<id:account_id>/connections/<id:connection_id>", "connections.get")
def get_connection(call: Call, path: ConnectionPath) -> ConnectionOut:
    """Show a connection, never its key."""
    return _shown(jobs.connection_of(call.services, path.account_id, path.connection_id))


@connections.delete(
    "/accounts/<id:account_id>/connections/<id:connection_id>", "connections.remove"
)
def remove_connection(call: Call, path: ConnectionPath) -> None:
    """Forget a connection and destroy its key.

    Refused while any of its imports is Ready, Scheduled, Paused or Running.
    """
    jobs.remove_connection(call.services, path.account_id, path.connection_id, actor=call.actor)


@connections.post(
    "/accounts/<id:account_id>/connections/<id:connection_id>:test", "connections.test"
)
def test_connection(call: Call, path: ConnectionPath) -> TestedOut:
    """Test a saved connection, as a run would open it.

    The answer is 200 whether it works or not: the test itself was made.
    """
    return _tested(
        jobs.try_connection(call.services, path.account_id, path.connection_id, actor=call.actor)
    )


@connections.post(
    "/accounts/<id:account_id>/connections/<id:connection_id>:rotate", "connections.rotate"
)
def rotate_connection(call: Call, path: ConnectionPath, body: CredentialsIn) -> ConnectionOut:
    """Rotate the key of a connection, once the new one works.

    The old key is destroyed here; revoke it at Google, too.
    """
    saved = jobs.rotate_connection(
        call.services,
        path.account_id,
        path.connection_id,
        key_file=key_of(body),
        impersonate=body.impersonate,
        actor=call.actor,
    )
    return _shown(saved)


@connections.post(
    "/accounts/<id:account_id>/connections/<id:connection_id>:stop-imports", "imports.stop"
)
def stop_imports(call: Call, path: ConnectionPath) -> ConnectionOut:
    """Stop all imports of a connection.

    Afterwards the connection can be removed.
    """
    stop_all_imports(call.services, path.account_id, path.connection_id, actor=call.actor)
    return _shown(jobs.connection_of(call.services, path.account_id, path.connection_id))


@connections.get(
    "/accounts/<id:account_id>/connections/<id:connection_id>/tables", "imports.preview"
)
def list_source_tables(call: Call, path: ConnectionPath) -> TablesOut:
    """List the tables and views of a connection."""
    found = list_tables(call.services, path.account_id, path.connection_id, actor=call.actor)
    return TablesOut(items=found)


def _tested(results: tuple[Result, ...]) -> TestedOut:
    return TestedOut(
        works=failed_result(results) is None,
        results=[ResultOut.model_validate(result) for result in results],
    )


def _shown(saved: SavedConnection) -> ConnectionOut:
    sql = helper_sql(saved.place, saved.location)
    return ConnectionOut(
        connection_id=saved.connection_id,
        name=saved.name,
        project_id=saved.place.project,
        dataset_id=saved.place.dataset,
        access=saved.access,
        location=saved.location,
        kind=saved.credentials.kind,
        email=saved.credentials.email,
        key_id=saved.credentials.key_id,
        created_at=saved.created_at,
        created_by=saved.created_by,
        credentials_at=saved.credentials_at,
        worked_at=saved.worked_at,
        probed_at=saved.probed_at,
        failing_since=saved.failing_since,
        failure=None if saved.failure is None else reason_out(saved.failure),
        helper_sql=HelperOut(create=sql["create"], list=sql["list"]),
    )
