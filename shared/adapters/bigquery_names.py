"""Where the warehouse lies in BigQuery: ids that were checked, and the names made from them."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from shared.errors import InvalidInput

# Narrower than what BigQuery takes: nothing that is allowed here has to be escaped anywhere.
_DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,4}[a-z]{2,63}:"
_PROJECT = re.compile(rf"(?:{_DOMAIN})?[a-z][a-z0-9-]{{4,28}}[a-z0-9]")
_DATASET = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,1023}")
_TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,1023}")
_LOCATION = re.compile(r"[A-Za-z]{2,20}(?:-[A-Za-z]{2,20}[0-9]{0,2})?")
_SNAPSHOT = re.compile(r"(?=.{1,100}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")

_ADDRESS = "bigquery://project/dataset?staging=DATASET&location=EU"


@dataclass(frozen=True, slots=True)
class Place:
    """The project that pays, the warehouse's dataset, and the dataset for what expires."""

    project: str
    dataset: str
    staging: str
    # All datasets and jobs are there; BigQuery looks for a job only in the place that is named.
    location: str
    # A snapshot of more slices lies whole in a table of its own, beside the partitioned ones.
    slices_per_table: int = 3_999

    def __post_init__(self) -> None:
        _check(_PROJECT, self.project, "project id", "such as my-project-1")
        _check(_DATASET, self.dataset, "dataset id", "letters, digits and underscores")
        _check(_DATASET, self.staging, "dataset id", "letters, digits and underscores")
        _check(_LOCATION, self.location, "location", "such as EU or europe-west3")

    def table(self, name: str) -> str:
        """A table of the warehouse, as SQL."""
        return quoted(self.project, self.dataset, name)

    def staged(self, name: str) -> str:
        """A table of the staging dataset, as SQL."""
        return quoted(self.project, self.staging, name)

    def frozen(self, snapshot_id: str, slice_count: int) -> str:
        """The table that holds all rows of a snapshot, as SQL."""
        one = slice_count <= self.slices_per_table
        return self.staged(f"{snapshot_tables(snapshot_id)}_{0 if one else 'all'}")

    def staged_id(self, name: str) -> str:
        """A table of the staging dataset, as the client library names it."""
        _check(_TABLE, name, "table id", "letters, digits and underscores")
        return f"{self.project}.{self.staging}.{name}"

    def staged_path(self, name: str) -> str:
        """A table of the staging dataset, as the Storage Read API names it."""
        _check(_TABLE, name, "table id", "letters, digits and underscores")
        return f"projects/{self.project}/datasets/{self.staging}/tables/{name}"


def place_of(url: str) -> Place:
    """The place that a WAREHOUSE_URL names; raises InvalidInput with the form it must have."""
    parts = urlsplit(url)
    try:
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True))
    except ValueError:
        options = {}
    # A domain's project has a colon, so the parts of the address are not taken for a host.
    project, dataset = parts.netloc, parts.path.removeprefix("/")
    if parts.scheme != "bigquery" or parts.fragment or options.keys() != {"staging", "location"}:
        raise InvalidInput(f"WAREHOUSE_URL must be {_ADDRESS}.", reason="bad-configuration")
    return Place(project, dataset, options["staging"], options["location"])


def quoted(project: str, dataset: str, table: str) -> str:
    """The full name of a table between backticks; raises InvalidInput for any other text."""
    _check(_PROJECT, project, "project id", "such as my-project-1")
    _check(_DATASET, dataset, "dataset id", "letters, digits and underscores")
    _check(_TABLE, table, "table id", "letters, digits and underscores")
    return f"`{project}.{dataset}.{table}`"


def snapshot_tables(snapshot_id: str) -> str:
    """What the names of all tables of a snapshot begin with; raises InvalidInput."""
    _check(_SNAPSHOT, snapshot_id, "snapshot id", "lower-case letters, digits and dashes")
    return "snapshot_" + snapshot_id.replace("-", "_")


def _check(pattern: re.Pattern[str], text: str, what: str, allowed: str) -> None:
    # The text is not repeated: it may be anything that a person pasted.
    if pattern.fullmatch(text) is None:
        raise InvalidInput(f"This is no {what} of BigQuery: use {allowed}.", reason="bad-name")
