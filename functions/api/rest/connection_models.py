"""What goes in and comes out of the operations on connections; a key goes in only."""

from datetime import datetime

from pydantic import Field

from functions.api.rest.bucket_models import CredentialsIn
from functions.api.rest.models import (
    ID_MAX,
    NO_CONTROLS,
    AccountPath,
    Day,
    Output,
    Page,
    PageQuery,
)
from functions.api.rest.reasons import ReasonOut
from shared.domain.bucket_steps import Outcome
from shared.domain.connections import Access, ConnectionPart


class ConnectionPath(AccountPath):
    """The address of a connection."""

    connection_id: int = Field(
        ge=1, le=ID_MAX, description="The connection's id.", json_schema_extra={"example": 1}
    )


class DatasetIn(CredentialsIn):
    """A dataset and how Sluice gets in."""

    project_id: str = Field(
        min_length=1,
        max_length=1_024,
        pattern=NO_CONTROLS,
        description="*Project ID*, exactly. On a laptop also a folder of Parquet and CSV files, or "
        "a DuckDB file, as file:///path.",
        examples=["my-project-1"],
    )
    dataset_id: str = Field(
        default="",
        max_length=1_024,
        description="*Dataset ID*, without the project in front; left out for a folder.",
        examples=["shop"],
    )
    access: Access = Field(
        default=Access.READ_WRITE,
        description="Which roles were granted: BigQuery Job User with BigQuery Data Editor, or in "
        "read-only mode with BigQuery Data Viewer. Sluice itself only reads.",
    )


class ConnectionIn(DatasetIn):
    """A connection to save."""

    name: str = Field(
        min_length=1,
        max_length=64,
        pattern=NO_CONTROLS,
        description="*Connection name*, once in the account.",
        examples=["Shop"],
    )


class ConnectionsQuery(PageQuery):
    """Which connections to list."""

    connected_from: Day | None = Field(
        default=None,
        description="*Connected On*: this local date or later.",
        json_schema_extra={"example": "2026-11-01"},
    )
    connected_to: Day | None = Field(
        default=None,
        description="*Connected On*: this local date or earlier.",
        json_schema_extra={"example": "2026-11-30"},
    )
    connected_by: str | None = Field(
        default=None,
        min_length=1,
        max_length=254,
        pattern=NO_CONTROLS,
        description="*Connected By*: the member who made it.",
        json_schema_extra={"example": "ann@example.com"},
    )


class HelperOut(Output):
    """SQL for the customer to copy into the BigQuery console."""

    create: str = Field(description="Makes the dataset if there is none.")
    list: str = Field(description="Lists all datasets of the project.")


class ConnectionOut(Output):
    """A saved connection, without its credentials."""

    connection_id: int
    name: str = Field(examples=["Shop"])
    project_id: str = Field(examples=["my-project-1"])
    dataset_id: str = Field(examples=["shop"])
    access: Access
    location: str = Field(
        description="Where the dataset was when it was saved; one that has moved is not read.",
        examples=["EU"],
    )
    kind: str = Field(description="How Sluice gets in: key, impersonation or none.")
    email: str | None = Field(description="The service account.")
    key_id: str | None = Field(description="The id of the key, as Google lists it.")
    created_at: datetime = Field(description="*Connected On*.")
    created_by: str = Field(description="*Connected By*.")
    credentials_at: datetime = Field(description="When the credentials were given: their age.")
    worked_at: datetime | None = Field(description="When they last worked.")
    probed_at: datetime = Field(description="When it was last tried, which is done every hour.")
    failing_since: datetime | None = Field(description="Since when it does not work.")
    failure: ReasonOut | None = Field(description="Why, and what to do; null while it works.")
    helper_sql: HelperOut


class ConnectionPage(Page[ConnectionOut]):
    """One page of connections."""


class ResultOut(Output):
    """One of the three results of *Test Connection*."""

    part: ConnectionPart
    outcome: Outcome
    words: str = Field(description="The result in words.")
    detail: str = Field(description="What happened; may be empty.")
    advice: str = Field(description="What to do when it failed; else empty.")
    reason: str = Field(description="A stable code, of the result that failed; else empty.")


class TestedOut(Output):
    """What became of *Test Connection*."""

    works: bool = Field(description="Whether an import could read here now.")
    results: list[ResultOut] = Field(
        description="Project access, dataset validity, service-account permissions."
    )


class TablesOut(Output):
    """The tables and views of a dataset."""

    items: list[str] = Field(description="Names, in order.")
