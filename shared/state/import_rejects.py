"""Rejected rows of import runs, in pieces of packed JSON Lines."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from shared.state.tables import import_rejects

# (rows in it, gzip of JSON Lines).
Piece = tuple[int, bytes]


def put(connection: Connection, account_id: int, run_id: int, pieces: Sequence[Piece]) -> None:
    """Keep the pieces of a run, in the transaction that says that its rows are staged.

    They take the place of those of an earlier staging, which had expired.
    """
    connection.execute(
        delete(import_rejects).where(
            import_rejects.c.run_id == run_id, import_rejects.c.account_id == account_id
        )
    )
    rows = [
        {
            "run_id": run_id,
            "piece_no": number,
            "account_id": account_id,
            "rows": count,
            "content": content,
        }
        for number, (count, content) in enumerate(pieces)
    ]
    if rows:
        connection.execute(insert(import_rejects), rows)


def get(connection: Connection, account_id: int, run_id: int, piece_no: int) -> Piece | None:
    """One piece of a run; None behind the last one."""
    row = connection.execute(
        select(import_rejects.c.rows, import_rejects.c.content).where(
            import_rejects.c.run_id == run_id,
            import_rejects.c.piece_no == piece_no,
            import_rejects.c.account_id == account_id,
        )
    ).one_or_none()
    return None if row is None else (int(row.rows), bytes(row.content))
