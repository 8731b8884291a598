"""Lists page by page: how many, from where on, and tokens that nobody can make up."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.domain.signing import opened, signed
from shared.errors import InvalidInput

T = TypeVar("T")

PAGE_SIZE_USUAL = 20
PAGE_SIZE_MAX = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list, in its order."""

    items: tuple[T, ...]
    # Leads to the items that follow; None when there are none.
    next_page_token: str | None = None


def checked_page_size(size: int | None) -> int:
    """How many items a page has; raises InvalidInput outside of 1 to 200."""
    if size is None:
        return PAGE_SIZE_USUAL
    if not 1 <= size <= PAGE_SIZE_MAX:
        raise InvalidInput(
            f"A page has 1 to {PAGE_SIZE_MAX} items; choose page_size in this range.",
            reason="bad-page-size",
        )
    return size


def encode(position: list[Any], secret: bytes, about: str = "") -> str:
    """A token for the position behind a page's last item.

    `about` names the account, the list and its filters: with others the token is refused.
    """
    return signed(position, secret, f"page:{about}")


def decode(token: str | None, secret: bytes, about: str = "") -> list[Any] | None:
    """The position in a token, None without one; raises InvalidInput when it is not ours."""
    if not token:
        return None
    try:
        position: list[Any] = opened(token, secret, f"page:{about}")
    except ValueError:
        raise InvalidInput(
            "This page_token is not one of this list with these filters; "
            "begin again with the first page.",
            reason="bad-page-token",
        ) from None
    return position
