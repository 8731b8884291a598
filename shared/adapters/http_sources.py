"""Looks into customers' datasets through the function `prober`, which alone reads their keys."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from shared.adapters.http_prober import HttpProber, understood
from shared.domain.bucket_access import Access as Credentials
from shared.domain.connections import Access, Dataset, Trial
from shared.domain.import_specs import SourceQuery
from shared.errors import InvalidInput
from shared.import_ports import Described, Reading, Source
from shared.source_answers import (
    ANSWER_BYTES_MAX,
    batches_of,
    described_of,
    location_of,
    names_of,
    trial_of,
)
from shared.source_questions import Ask, Given, Question, question_text

PATH = "/sources"
# Seconds: a query of a customer's has forty in the prober, and its function a hundred and twenty.
ANSWER_S = 90.0


@dataclass(frozen=True, slots=True)
class HttpSources:
    """The port Looks over the function; nothing is asked before a source is."""

    prober: HttpProber

    def saved(self, account_id: int, connection_id: int) -> Source:
        """The dataset of a saved connection."""
        return HttpSource(self.prober, account_id, connection_id)

    def given(
        self, account_id: int, place: Dataset, credentials: Credentials, location: str
    ) -> Source:
        """A dataset with credentials that are not saved yet; raises InvalidInput for a folder."""
        if place.is_local:
            raise InvalidInput("A folder can be imported from on your own machine only.")
        return HttpSource(self.prober, account_id, Given(place, credentials, location))


@dataclass(frozen=True, slots=True)
class HttpSource:
    """The source port over one dataset that the prober opens; a reading of it needs a limit."""

    prober: HttpProber
    account_id: int
    of: int | Given

    def try_out(self, access: Access) -> Trial:
        """What the prober finds out, part by part."""
        answer = self._asked(Ask.TRY_OUT, access)
        return understood(lambda: trial_of(answer))

    def location(self) -> str:
        """Where the dataset is."""
        answer = self._asked(Ask.LOCATION)
        return understood(lambda: location_of(answer))

    def tables(self) -> list[str]:
        """Names of the tables and views."""
        answer = self._asked(Ask.TABLES)
        return understood(lambda: names_of(answer))

    def describe(self, query: SourceQuery) -> Described:
        """The columns, without reading a row."""
        answer = self._asked(Ask.DESCRIBE, query)
        return understood(lambda: described_of(answer))

    def read(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """The first rows."""
        answer = self._asked(Ask.READ, reading)
        yield from understood(lambda: batches_of(answer))

    def _asked(self, ask: Ask, about: Access | SourceQuery | Reading | None = None) -> bytes:
        text = question_text(Question(self.account_id, self.of, ask, about))
        # The prober gives up a trial as early as one of a bucket.
        answer_s = None if ask is Ask.TRY_OUT else ANSWER_S
        return self.prober.ask(PATH, text, answer_s=answer_s, bytes_max=ANSWER_BYTES_MAX)
