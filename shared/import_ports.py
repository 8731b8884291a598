"""What imports need from the outside world, as small protocols; adapters stand behind them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from shared.credentials.kinds import Credential
from shared.domain.bucket_access import Access as Credentials
from shared.domain.connections import Access, Dataset, Trial
from shared.domain.import_columns import ColumnKind, SourceColumn
from shared.domain.import_specs import SourceQuery
from shared.domain.watermarks import Watermark
from shared.loading.staged import Publish
from shared.schema import Table


@dataclass(frozen=True, slots=True)
class Described:
    """What a table, view or SELECT gives, found out without reading a row."""

    columns: tuple[SourceColumn, ...]
    # What reading all of it would be billed for; None where nobody tells.
    bytes: int | None = None

    def kinds(self) -> dict[str, ColumnKind]:
        """The kinds of the columns by name."""
        return {column.name: column.kind for column in self.columns}


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of a source."""

    query: SourceQuery
    # As they were described, in the order in which they are wanted.
    columns: tuple[SourceColumn, ...]
    # Names the work: asked for again under the same key, the same job is found.
    key: str
    updated_on: SourceColumn | None = None
    # Rows whose *Updated On* is this or later, or is missing; all when None.
    since: Watermark | None = None
    # At most so many rows; all when None.
    limit: int | None = None


class Source(Protocol):
    """A customer's dataset, with the customer's credentials; it is only ever read."""

    def try_out(self, access: Access) -> Trial:
        """What *Test Connection* finds out, part by part.

        Raises Transient when that cannot be told for now.
        """

    def location(self) -> str:
        """Where the dataset is; raises CustomerFault when it is not there or may not be seen."""

    def tables(self) -> list[str]:
        """Names of the tables and views, some thousands at most."""

    def describe(self, query: SourceQuery) -> Described:
        """The columns, without reading a row.

        Raises CustomerFault when it is no table, view or single SELECT that reads this dataset
        alone.
        """

    def read(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """The rows in batches, in any order; memory does not grow with their number."""


# Opens the dataset with a customer's credentials, or a folder or a test server with none; the
# location is the one that was saved, "" when none was. Raises CustomerFault when the credentials
# do not let Sluice in.
OpenSource = Callable[[Dataset, Credential, str], Source]


class Looks(Protocol):
    """Opens customers' datasets for somebody who waits, where their credentials may be read."""

    def saved(self, account_id: int, connection_id: int) -> Source:
        """The dataset of a saved connection."""

    def given(
        self, account_id: int, place: Dataset, credentials: Credentials, location: str
    ) -> Source:
        """A dataset with credentials that are not saved yet, where `location` was saved or ""."""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a publish."""

    # Rows that were not in the warehouse before.
    rows_new: int
    published_at: datetime


class Landing(Protocol):
    """Brings checked rows into the warehouse: first into staging, then all at once.

    Staged rows are Parquet of the columns of `loading.staged`: its marks, then the table's.
    """

    # Whether JSON is staged as plain text, since the warehouse would not read it otherwise.
    json_as_text: bool

    def begin(self, staging_id: str, table: Table) -> None:
        """Make room for rows; what was staged under this id is forgotten."""

    def add(self, staging_id: str, piece_no: int, rows: Path) -> None:
        """Stage the rows of a file, which is taken away; harmless when this piece was staged."""

    def publish(self, publish: Publish) -> Published:
        """Make the good staged rows visible, all or none, and those that are new only.

        They arrive now, not before the publish began. A publish that was made is not made again:
        its outcome is told. Raises StagingGone when there is nothing staged any more, or when it
        was cancelled.
        """

    def cancel(self, publish: Publish) -> Published | None:
        """See to it that this publish is never made; gives its outcome when it was made."""

    def drop(self, staging_id: str) -> None:
        """Forget what was staged; does nothing when it is gone."""


class StagingGone(Exception):
    """The staged rows have expired, or will never be published; they have to be read again."""


TOPIC_IMPORTS = "import-runs"
