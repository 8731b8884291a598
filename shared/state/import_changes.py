"""Changes of an import in state: edited, moved on by the tick, and what its runs leave behind."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from shared.domain.import_specs import ImportSpec
from shared.domain.import_states import ImportRunStatus, ImportStatus
from shared.domain.watermarks import Watermark
from shared.errors import Conflict
from shared.state.imports import Import, of_account, taken
from shared.state.tables import imports


def advance(connection: Connection, before: Import, next_run_at: datetime | None) -> bool:
    """Move the next run on; False when the import was changed, or another tick was first.

    Record the run only when it is True: that makes a second tick change nothing.
    """
    return _changed(
        connection,
        before,
        imports.c.next_run_at == before.next_run_at,
        imports.c.status == str(ImportStatus.SCHEDULED),
        next_run_at=next_run_at,
    )


def set_spec(
    connection: Connection,
    before: Import,
    spec: ImportSpec,
    *,
    status: ImportStatus,
    next_run_at: datetime | None,
    watermark: Watermark | None,
) -> None:
    """Store an edit; raises Conflict when the nickname is taken or the import has changed."""
    same = of_account(before.account_id).where(
        imports.c.nickname == spec.nickname, imports.c.import_id != before.import_id
    )
    if connection.execute(same).first() is not None:
        raise taken(spec.nickname)
    stored = _changed(
        connection,
        before,
        imports.c.status == str(before.status),
        nickname=spec.nickname,
        connection_id=spec.connection_id,
        spec=spec.to_dict(),
        spec_version=before.spec_version + 1,
        status=str(status),
        next_run_at=next_run_at,
        watermark=None if watermark is None else watermark.to_dict(),
    )
    if not stored:
        raise Conflict("The import changed while you edited it; look at it and edit again.")


def set_status(
    connection: Connection, before: Import, status: ImportStatus, next_run_at: datetime | None
) -> bool:
    """Move the import; False when it stands elsewhere by now."""
    return _changed(
        connection,
        before,
        imports.c.status == str(before.status),
        status=str(status),
        next_run_at=next_run_at,
    )


def set_outcome(
    connection: Connection,
    account_id: int,
    import_id: int,
    *,
    status: ImportRunStatus,
    rows_read: int,
    rows_rejected: int,
    now: datetime,
) -> None:
    """Remember how its last run went."""
    connection.execute(
        update(imports)
        .where(imports.c.account_id == account_id, imports.c.import_id == import_id)
        .values(
            last_status=str(status),
            last_rows_read=rows_read,
            last_rows_rejected=rows_rejected,
            last_run_at=now,
        )
    )


def set_watermark(
    connection: Connection,
    account_id: int,
    import_id: int,
    spec_version: int,
    watermark: Watermark | None,
) -> None:
    """Take the watermark of a published run; one of settings from before an edit is left."""
    connection.execute(
        update(imports)
        .where(
            imports.c.account_id == account_id,
            imports.c.import_id == import_id,
            imports.c.spec_version == spec_version,
        )
        .values(watermark=None if watermark is None else watermark.to_dict())
    )


def _changed(connection: Connection, before: Import, *conditions: Any, **values: Any) -> bool:
    result = connection.execute(
        update(imports)
        .where(
            imports.c.account_id == before.account_id,
            imports.c.import_id == before.import_id,
            imports.c.spec_version == before.spec_version,
            *conditions,
        )
        .values(**values)
    )
    return result.rowcount == 1
