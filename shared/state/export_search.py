"""What exports are searched by: how a request id begins, parts of names, addresses of buckets."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select

from shared.state.export_rows import bucket_hash
from shared.state.tables import exports


@dataclass(frozen=True, slots=True)
class Search:
    """An export is found when any of these is true of it."""

    # The request id lies in this range `[first, last)`.
    ids: tuple[int, int] | None = None
    # Its bucket has one of these addresses.
    buckets: Sequence[str] = ()
    # Its name has this in it, in capitals or not.
    name_part: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """What is true of those that are found: one query each, so that an index leads each."""
        found: list[ColumnElement[bool]] = []
        if self.ids is not None:
            first, last = self.ids
            found.append(and_(exports.c.export_id >= first, exports.c.export_id < last))
        if self.buckets:
            hashes = sorted({bucket_hash(url) for url in self.buckets})
            found.append(exports.c.bucket_hash.in_(hashes))
        if self.name_part:
            # Few exports have a name, and the index knows which.
            named = exports.c.name.icontains(self.name_part, autoescape=True)
            found.append(and_(exports.c.name.is_not(None), named))
        return found


def addresses(connection: Connection, account_id: int) -> list[str]:
    """Each address that exports of the account deliver to, saved or not, in any order.

    Goes from one bucket to the next in the index, however many exports each of them has.
    """
    of_account = exports.c.account_id == account_id
    found = (
        select(func.min(exports.c.bucket_hash).label("hash"))
        .where(of_account)
        .cte("addresses", recursive=True)
    )
    following = (
        select(func.min(exports.c.bucket_hash))
        .where(of_account, exports.c.bucket_hash > found.c.hash)
        .scalar_subquery()
    )
    found = found.union_all(select(following).where(found.c.hash.is_not(None)))
    address = (
        select(exports.c.spec["bucket"].as_string())
        .where(of_account, exports.c.bucket_hash == found.c.hash)
        .limit(1)
        .scalar_subquery()
    )
    return list(connection.scalars(select(address).where(found.c.hash.is_not(None))))
