"""A statement of BigQuery with its values, told apart from every other one."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from google.cloud.bigquery import ArrayQueryParameter, ScalarQueryParameter

Parameter = ScalarQueryParameter | ArrayQueryParameter


@dataclass(frozen=True, slots=True)
class Query:
    """A statement and its values."""

    sql: str
    parameters: tuple[Parameter, ...] = ()
    # What the project's history and bill show of it.
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The same for the same statement with the same values, else another."""
        told = [self.sql, *(repr(each.to_api_repr()) for each in self.parameters)]
        return hashlib.sha256("\0".join(told).encode()).hexdigest()[:32]
