"""Connections: a customer's dataset that imports read, and what testing it shows."""

import re
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.bucket_steps import Outcome
from shared.domain.cloud_names import is_project_id
from shared.errors import CustomerFault, InvalidInput, SluiceError, Transient

SCHEME = "bigquery://"
FOLDER_SCHEME = "file:///"
_NAME = re.compile(r"\S(.{0,62}\S)?")
_DATASET = re.compile(r"[A-Za-z0-9_]{1,1024}")


class Access(StrEnum):
    """Which roles the customer was asked to grant."""

    READ_WRITE = "read_write"
    READ_ONLY = "read_only"


class ConnectionPart(StrEnum):
    """The three results of *Test Connection*, in this order."""

    PROJECT = "project"
    DATASET = "dataset"
    PERMISSIONS = "permissions"


RESULTS = {
    ConnectionPart.PROJECT: "Project access",
    ConnectionPart.DATASET: "Dataset validity",
    ConnectionPart.PERMISSIONS: "Service-account permissions",
}
ADVICE = {
    ConnectionPart.PROJECT: (
        "Check that the project id matches exactly, and create the key again, copy and paste it."
    ),
    ConnectionPart.DATASET: (
        "Check that the dataset id matches exactly and that the dataset is in this project; the "
        "helper SQL lists the datasets and makes one."
    ),
    ConnectionPart.PERMISSIONS: "Grant the service account the roles {roles} on the project.",
}
# Where nothing is known to be wrong with the project.
WAIT_ADVICE = (
    "The project is not to blame as far as is known: test again in a minute; if it stays so, see "
    "whether the machine that runs Sluice reaches Google."
)
SETUP_ADVICE = "The project is not to blame: do that where Sluice runs, then test again."
LOCAL_ADVICE = "Check the path: the folder or file has to be on this machine, for Sluice to read."
ROLES = {
    Access.READ_WRITE: ("BigQuery Job User", "BigQuery Data Editor"),
    Access.READ_ONLY: ("BigQuery Job User", "BigQuery Data Viewer"),
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """Where a customer's tables are: in a project of BigQuery, or in a folder of this machine."""

    project: str
    dataset: str

    def __post_init__(self) -> None:
        if self.is_local:
            return
        if not is_project_id(self.project):
            raise InvalidInput(
                "This is no project id: copy it from the project selector of the GCP Console, "
                "as in my-project-1."
            )
        if not _DATASET.fullmatch(self.dataset):
            raise InvalidInput(
                "This is no dataset id: give its letters, digits and underscores alone, without "
                "the project in front."
            )

    @property
    def is_local(self) -> bool:
        """Whether the tables are files of this machine, to try imports without a cloud."""
        return self.project.startswith(FOLDER_SCHEME)

    @property
    def url(self) -> str:
        """The address of the dataset."""
        return self.project if self.is_local else f"{SCHEME}{self.project}/{self.dataset}"


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found when a dataset was tried; None is what it does not tell."""

    failed_at: ConnectionPart | None = None
    # No CustomerFault where something hinders only the trial, for whoever asked for it.
    fault: SluiceError | None = None
    location: str | None = None
    # Of the rights that were asked for, those that are missing.
    missing: tuple[str, ...] | None = None
    # Files of this machine: no project, dataset or role is to be mended.
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """One of the three results, in words for the page."""

    part: ConnectionPart
    outcome: Outcome
    words: str
    detail: str = ""
    advice: str = ""
    reason: str = ""


class ConnectionRefused(InvalidInput):
    """The connection does not work; `results` tell which part of it."""

    def __init__(self, message: str, *, reason: str, results: tuple[Result, ...]) -> None:
        super().__init__(message, reason=reason)
        self.results = results


def results_of(trial: Trial, access: Access) -> tuple[Result, ...]:
    """All three results; what comes after the one that failed was not tried."""
    return tuple(_result(part, trial, access) for part in ConnectionPart)


def failed_result(results: tuple[Result, ...]) -> Result | None:
    """The result that failed; None when the connection works."""
    return next((result for result in results if result.outcome is Outcome.FAILED), None)


def advice_for(part: ConnectionPart, access: Access) -> str:
    """What to do when this part fails."""
    return ADVICE[part].format(roles=" and ".join(ROLES[access]))


def checked_name(name: str) -> str:
    """The name of a connection or an import; raises InvalidInput."""
    if not _NAME.fullmatch(name) or not name.isprintable():
        raise InvalidInput(
            "Give a name of 1 to 64 characters, without spaces at its ends or characters that "
            "cannot be seen."
        )
    return name


def helper_sql(place: Dataset, location: str = "EU") -> dict[str, str]:
    """Statements for the customer to copy: they make the dataset and list all datasets."""
    return {
        "create": (
            f"CREATE SCHEMA IF NOT EXISTS `{place.project}.{place.dataset}`\n"
            f"OPTIONS (location = '{location}');"
        ),
        "list": (
            "SELECT schema_name, location\n"
            f"FROM `{place.project}`.`region-{location.lower()}`.INFORMATION_SCHEMA.SCHEMATA\n"
            "ORDER BY schema_name;"
        ),
    }


def _result(part: ConnectionPart, trial: Trial, access: Access) -> Result:
    order = list(ConnectionPart)
    words = RESULTS[part]
    if trial.failed_at is not None and trial.fault is not None:
        if part is trial.failed_at:
            fault = trial.fault
            advice = _advice(trial, part, access)
            return Result(part, Outcome.FAILED, words, fault.message, advice, fault.reason)
        if order.index(part) > order.index(trial.failed_at):
            return Result(part, Outcome.NOT_TRIED, words)
    if part is ConnectionPart.DATASET and trial.location:
        return Result(part, Outcome.PASSED, words, f"Location {trial.location}.")
    if part is ConnectionPart.PERMISSIONS and trial.missing is None:
        detail = "A query can be made; the server does not tell of the other rights."
        return Result(part, Outcome.UNKNOWN, words, detail)
    return Result(part, Outcome.PASSED, words)


def _advice(trial: Trial, part: ConnectionPart, access: Access) -> str:
    if isinstance(trial.fault, Transient):
        return WAIT_ADVICE
    if not isinstance(trial.fault, CustomerFault):
        return SETUP_ADVICE
    return LOCAL_ADVICE if trial.is_local else advice_for(part, access)
