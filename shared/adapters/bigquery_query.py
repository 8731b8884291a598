"""A statement of BigQuery with its values, and the jobs that were begun for it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.cloud.bigquery import ArrayQueryParameter, ScalarQueryParameter

from shared.adapters.bigquery_errors import job_fault
from shared.errors import SluiceError

# The library gives jobs of every kind the fields that are used here, but no common type.
Job = Any
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


@dataclass(frozen=True, slots=True)
class Step:
    """The newest job of a step, and the number that the next one gets."""

    job: Job | None
    next_number: int

    @property
    def fault(self) -> SluiceError | None:
        """Why the newest job failed, if it did."""
        if self.job is None or not self.job.error_result:
            return None
        return job_fault(self.job.error_result, f"finish the job {self.job.job_id}")
