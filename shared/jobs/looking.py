"""Opens a customer's dataset for those who only look, and says what was wrong with it to them."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

import pyarrow as pa

from shared.domain.members import Actor, require
from shared.errors import CustomerFault, InvalidInput
from shared.import_ports import Source
from shared.jobs.manage_connections import connection_of
from shared.jobs.rates import allow
from shared.jobs.services import Services

T = TypeVar("T")

PREVIEW_ROWS = 20
CELL_CHARS = 200


def looked(
    services: Services,
    account_id: int,
    connection_id: int,
    actor: Actor,
    look: Callable[[Source], T],
) -> T:
    """What `look` finds in the dataset; raises InvalidInput for what its owner has to mend."""
    require(actor, "imports.preview")
    connection_of(services, account_id, connection_id)
    allow(services, account_id, actor, "preview")
    try:
        return look(services.looks.saved(account_id, connection_id))
    except CustomerFault as error:
        raise InvalidInput(error.message, reason=error.reason) from error


def new_key() -> str:
    """A name of its own for what is read, as a run has one."""
    return f"look-{uuid4().hex}"


def shown(batch: pa.RecordBatch, row: int) -> dict[str, str | None]:
    """The values of a row for people, not longer than they read."""
    return {name: _shown(batch.column(name)[row]) for name in batch.schema.names}


def _shown(scalar: "pa.Scalar[Any]") -> str | None:
    try:
        value = scalar.as_py()
    except (OverflowError, ValueError):
        # A moment after the year 9999, as warehouses write "never".
        return "out of range"
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)[:CELL_CHARS]
