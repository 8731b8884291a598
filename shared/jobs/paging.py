"""Pages of a list: one more item than asked for tells whether more follow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from shared.domain.pages import Page, checked_page_size, decode, encode
from shared.jobs.services import Services
from shared.jobs.signing import signing_secret

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Which page of which list somebody asks for."""

    # The account, the list and its filters: a token of another list is refused.
    about: str
    size: int | None
    token: str | None


def paged(
    services: Services,
    place: Place,
    fetch: Callable[[Connection, Any, int], Sequence[T]],
    position: Callable[[T], Any],
) -> Page[T]:
    """The page; `fetch` gets the position behind the page before, or None, and how many to give.

    Raises InvalidInput for a size that no page has, and for a token that is not of this list.
    """
    size = checked_page_size(place.size)
    secret = signing_secret(services, "pages")
    after = decode(place.token, secret, place.about)
    start = None if after is None else after[0]
    found = services.database.run(lambda c: fetch(c, start, size + 1))
    items = tuple(found[:size])
    more = len(found) > size
    token = encode([position(items[-1])], secret, place.about) if more else None
    return Page(items, token)
