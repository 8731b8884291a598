"""What all models of the API share: strict input, ids in addresses, pages."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")

ID_MAX = 2**63 - 1
PAGE_SIZE_MAX = 200
PAGE_SIZE_DEFAULT = 20

# The library wants an `example` beside parameters, where models have `examples`.
AccountId = Annotated[
    int,
    Field(ge=1, le=ID_MAX, description="The account's id.", json_schema_extra={"example": 1}),
]
RequestId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="A text of your own, a UUID for example, that makes this call repeatable: "
        "sent again with the same body it gives the first answer and does nothing more, sent "
        "with another body it is refused with 409. It is kept for a day.",
        json_schema_extra={"example": "3f0c2f0e-8a6e-4a53-9f9b-0c8d6f1c9c51"},
    ),
]


class Input(BaseModel):
    """What a caller sends: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


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

    request_id: RequestId | None = None


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
