"""Lists with filters, page by page: what their address asks for, and where it goes from there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from flask import Response, request

from functions.api.pages.frame import show
from functions.api.pages.visits import is_fragment, url
from shared.domain.filters import PAGE_SIZES_OFFERED
from shared.domain.pages import PAGE_SIZE_USUAL
from shared.errors import InvalidInput

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a list asks for."""

    # Each filter as it stands there, empty where nothing is chosen.
    chosen: dict[str, str]
    page_token: str | None
    # *Items per page*; None in a list that does not offer it.
    items: int | None


def asked_for(filters: Iterable[str], *, chars_max: int, sized: bool = True) -> Asked:
    """Read the address; raises InvalidInput for a number of items that is not offered."""
    return Asked(
        chosen={name: request.args.get(name, "")[:chars_max] for name in filters},
        page_token=request.args.get("page_token") or None,
        items=_items() if sized else None,
    )


def show_list(name: str, asked: Asked, next_token: str | None, **values: Any) -> Response:
    """The page of this name; with htmx the list alone."""
    filters = {each: text for each, text in asked.chosen.items() if text}
    first = filters | ({} if asked.items is None else {"items": str(asked.items)})
    here = first | ({} if asked.page_token is None else {"page_token": asked.page_token})
    shown = show(
        f"{name}_list.html" if is_fragment() else f"{name}.html",
        chosen=asked.chosen,
        items=asked.items,
        filtered=bool(filters) or asked.page_token is not None,
        here_url=url(name, **here),
        first_url=url(name, **first) if asked.page_token else "",
        next_url=url(name, **first, page_token=next_token) if next_token else "",
        **values,
    )
    # Without what was left empty; a person may keep this address or go back to it.
    shown.headers["HX-Replace-Url"] = url(name, **here)
    return shown


def one_of(offered: Iterable[Choice], text: str) -> tuple[Choice, ...]:
    """The choice in a filter, or none where nothing is chosen."""
    found = tuple(each for each in offered if each == text)
    if text and not found:
        raise no_such_choice()
    return found


def no_such_choice() -> InvalidInput:
    """What a filter says to a value that its list does not hold."""
    return InvalidInput("There is no such choice in this filter: choose one from its list.")


def day_of(text: str) -> date | None:
    """A date as browsers send it; None for an empty field."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("Give dates as YYYY-MM-DD, such as 2026-11-22.") from error


def _items() -> int:
    text = request.args.get("items", str(PAGE_SIZE_USUAL))
    if text not in map(str, PAGE_SIZES_OFFERED):
        raise InvalidInput("Choose 10, 20, 30 or 40 items per page.", reason="bad-page-size")
    return int(text)
