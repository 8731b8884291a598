"""Looks into a customer's dataset for a function of ours that may not read its credentials."""

import pyarrow as pa

from shared.domain.bucket_access import belongs
from shared.domain.connections import Access
from shared.domain.import_specs import SourceQuery
from shared.errors import CustomerFault, InvalidInput, OurFault
from shared.import_ports import Reading, Source
from shared.jobs.services import Services
from shared.jobs.try_connection import trial_of
from shared.reasons import SECRET_UNREADABLE
from shared.source_answers import ROWS_BYTES_MAX, answer_text, fault_text
from shared.source_questions import Ask, Given, Question, question_of

# More than a preview or a dry run looks at, and no import.
ROWS_MAX = 1_000


def answer_source_question(services: Services, text: bytes) -> str:
    """The answer to a question as it was sent; that the customer's side refuses is one, too.

    Raises InvalidInput for what is no question of ours, and Transient when nothing can be told.
    """
    question = question_of(text)
    if isinstance(question.of, Given):
        _check(question.account_id, question.of)
    try:
        return _answer(services, question)
    except CustomerFault as fault:
        return fault_text(fault)


def _check(account_id: int, given: Given) -> None:
    if given.place.is_local:
        raise InvalidInput("The prober looks into datasets of BigQuery only.", reason="bad-message")
    if not belongs(given.credentials, account_id, given.place.url, "connection"):
        # One customer's key must never be tried on what another one names.
        raise OurFault("The key is not one of this dataset.", reason=SECRET_UNREADABLE)


def _answer(services: Services, question: Question) -> str:
    about = question.about
    if isinstance(about, Access):
        return answer_text(trial_of(lambda: _opened(services, question), about))
    source = _opened(services, question)
    if isinstance(about, SourceQuery):
        return answer_text(source.describe(about))
    if isinstance(about, Reading):
        return answer_text(_rows(source, about))
    return answer_text(source.tables() if question.ask is Ask.TABLES else source.location())


def _opened(services: Services, question: Question) -> Source:
    of = question.of
    if isinstance(of, Given):
        return services.looks.given(question.account_id, of.place, of.credentials, of.location)
    return services.looks.saved(question.account_id, of)


def _rows(source: Source, reading: Reading) -> list[pa.RecordBatch]:
    if reading.limit is None or reading.limit > ROWS_MAX:
        raise InvalidInput("The prober reads a few rows only.", reason="bad-message")
    found, size = [], 0
    for batch in source.read(reading):
        size += batch.nbytes
        if size > ROWS_BYTES_MAX:
            raise CustomerFault(
                "The rows are too large to be looked at; choose fewer columns.",
                reason="import-too-large",
            )
        found.append(batch)
    return found
