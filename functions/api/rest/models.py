"""What all models of the API share: strict input, ids in addresses, pages."""

import re
from datetime import date
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Item = TypeVar("Item")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ID_MAX = 2**63 - 1
# PostgreSQL's texts cannot hold NUL, and no name of ours holds any control character.
NO_CONTROLS = r"^[^\x00-\x1f\x7f]+$"
PAGE_SIZE_MAX = 200
PAGE_SIZE_DEFAULT = 20

# The library wants an `example` beside parameters, where models have `examples`.
AccountId = Annotated[
    int,
    Field(ge=1, le=ID_MAX, description="The account's id.", json_schema_extra={"example": 1}),
]


def _day(value: object) -> object:
    """A date in one spelling: the library would read "0" as one of 1970."""
    if not isinstance(value, str):
        return value
    if not _DAY.fullmatch(value):
        raise ValueError("Give a date such as 2026-11-22")
    return date.fromisoformat(value)


def _whole(value: object) -> object:
    """To JSON 10.0 is the number 10."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Day = Annotated[date, BeforeValidator(_day)]
# Bounds stand inside: beside the validator they would be missing in the document.
Minutes = Annotated[int, Field(ge=5, le=1_440), BeforeValidator(_whole)]
Id = Annotated[int, Field(ge=1, le=ID_MAX), BeforeValidator(_whole)]


class Input(BaseModel):
    """What a caller sends: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


# A body that may be left out altogether.
OPTIONAL = ConfigDict(openapi_extra={"required": False})  # type: ignore[typeddict-unknown-key]


class Output(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class AccountPath(Input):
    """The address of an account."""

    account_id: AccountId


class NoQuery(Input):
    """An operation without parameters."""


class RepeatQuery(Input):
    """What makes a creation repeatable."""

    request_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="A text of your own, a UUID for example, that makes this call repeatable: "
        "sent again with the same body it gives the first answer and does nothing more, sent "
        "with another body it is refused with 409. It is kept for a day.",
        json_schema_extra={"example": "3f0c2f0e-8a6e-4a53-9f9b-0c8d6f1c9c51"},
    )


class PageQuery(Input):
    """Which page of a list."""

    page_size: int = Field(
        default=PAGE_SIZE_DEFAULT,
        ge=1,
        le=PAGE_SIZE_MAX,
        description="How many items at most.",
        json_schema_extra={"example": 20},
    )
    page_token: str | None = Field(
        default=None,
        min_length=1,
        max_length=2_000,
        description="`next_page_token` of the page before; leave it out for the first page. "
        "It belongs to the list and the filters it came with.",
    )


class Page(Output, Generic[Item]):
    """One page of a list."""

    items: list[Item] = Field(description="The items of this page, in the order of the list.")
    next_page_token: str | None = Field(
        description="Give it as `page_token` to get the next page; null on the last one."
    )
