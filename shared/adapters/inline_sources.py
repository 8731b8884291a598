"""Looks into customers' datasets in this process, and gives up trying one out in time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from shared.adapters.in_time import SECONDS, in_time
from shared.domain.bucket_access import Access as Credentials
from shared.domain.connections import Access, Dataset, Trial
from shared.domain.import_specs import SourceQuery
from shared.import_ports import Described, Looks, Reading, Source


@dataclass(frozen=True, slots=True)
class InlineSources:
    """The port Looks over sources that this process opens; nothing is opened before it is asked."""

    looks: Looks
    seconds: float = SECONDS

    def saved(self, account_id: int, connection_id: int) -> Source:
        """The dataset of a saved connection."""
        return InlineSource(lambda: self.looks.saved(account_id, connection_id), self.seconds)

    def given(
        self, account_id: int, place: Dataset, credentials: Credentials, location: str
    ) -> Source:
        """A dataset with credentials that are not saved yet."""

        def open_it() -> Source:
            return self.looks.given(account_id, place, credentials, location)

        return InlineSource(open_it, self.seconds)


@dataclass(frozen=True, slots=True)
class InlineSource:
    """The source port over one dataset, which is opened for each question."""

    open_it: Callable[[], Source]
    seconds: float

    def try_out(self, access: Access) -> Trial:
        """What is found, with all that has to be asked for it; what opening it raises."""
        return in_time(lambda: self.open_it().try_out(access), self.seconds)

    def location(self) -> str:
        """Where the dataset is."""
        return self.open_it().location()

    def tables(self) -> list[str]:
        """Names of the tables and views."""
        return self.open_it().tables()

    def describe(self, query: SourceQuery) -> Described:
        """The columns, without reading a row."""
        return self.open_it().describe(query)

    def read(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """The rows."""
        yield from self.open_it().read(reading)
