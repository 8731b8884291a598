"""Questions about datasets and their answers come through as they were, and nothing else does."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.bucket_access import Access as Credentials
from shared.domain.connections import Access, ConnectionPart, Dataset, Trial
from shared.domain.import_columns import ColumnKind, SourceColumn
from shared.domain.import_specs import SourceQuery, is_table_name
from shared.errors import CustomerFault, InvalidInput
from shared.import_ports import Described, Reading
from shared.source_answers import (
    answer_text,
    batches_of,
    described_of,
    fault_text,
    location_of,
    names_of,
    trial_of,
)
from shared.source_questions import Ask, Given, Question, question_of, question_text

texts = st.text(max_size=60)
maybe = st.none() | texts
columns = st.lists(
    st.builds(SourceColumn, texts, st.sampled_from(ColumnKind), texts), max_size=4
).map(tuple)
tables = st.builds(SourceQuery, table=st.text("abc ü_-.`", min_size=1).filter(is_table_name))
selects = st.builds(SourceQuery, sql=st.text("SELECT x\n;'", min_size=1).filter(str.strip))
queries = tables | selects
readings = st.builds(
    Reading, queries, columns, st.text("abc-09", min_size=1), limit=st.integers(1, 1_000)
)
ids = st.integers(1, 2**63 - 1)
given_ones = st.builds(
    Given,
    st.just(Dataset("my-project-1", "shop")),
    st.builds(Credentials, texts, maybe, maybe, maybe),
    texts,
)
abouts = (
    st.tuples(st.just(Ask.TRY_OUT), st.sampled_from(Access))
    | st.tuples(st.sampled_from([Ask.TABLES, Ask.LOCATION]), st.none())
    | st.tuples(st.just(Ask.DESCRIBE), queries)
    | st.tuples(st.just(Ask.READ), readings)
)
trials = st.builds(
    Trial,
    failed_at=st.none() | st.sampled_from(ConnectionPart),
    location=maybe,
    missing=st.none() | st.lists(texts, max_size=3).map(tuple),
)


@given(ids, ids | given_ones, abouts)
def test_a_question_comes_through(account_id, of, about):
    question = Question(account_id, of, *about)
    assert question_of(question_text(question).encode()) == question


@given(trials)
def test_a_trial_comes_through(trial):
    assert trial_of(answer_text(trial).encode()) == trial


def test_a_trial_that_failed_comes_through_with_its_code_and_words():
    fault = CustomerFault("No.", reason="import-billing")
    found = trial_of(answer_text(Trial(ConnectionPart.PERMISSIONS, fault, "EU")).encode())
    assert (found.fault.reason, found.fault.message) == ("import-billing", "No.")


@given(columns, st.none() | st.integers(0))
def test_columns_come_through(found, size):
    described = Described(found, size)
    assert described_of(answer_text(described).encode()) == described


@given(st.lists(texts, max_size=4), texts)
def test_names_come_through(names, location):
    assert names_of(answer_text(names).encode()) == names
    assert location_of(answer_text(location).encode()) == location


@given(st.lists(st.lists(texts, max_size=3), max_size=3))
def test_rows_come_through(pieces):
    batches = [pa.record_batch({"a": pa.array(piece, pa.string())}) for piece in pieces]
    assert batches_of(answer_text(batches).encode()) == batches


def test_that_the_customers_side_refuses_is_raised_again():
    answer = fault_text(CustomerFault("Bring it back.", reason="import-column-missing")).encode()
    for read in (trial_of, names_of, location_of, described_of, batches_of):
        with pytest.raises(CustomerFault, match="Bring it back") as caught:
            read(answer)
        assert caught.value.reason == "import-column-missing"


STRANGE = [
    b"",
    b"1",
    b"{}",
    b'{"found": 7}',
    b'{"found": "%%"}',
    b'{"fault": 7}',
    b"\xff",
    b"[" * 9,
]


@pytest.mark.parametrize("answer", STRANGE)
@pytest.mark.parametrize("read", [trial_of, names_of, described_of, batches_of])
def test_what_is_no_answer_of_ours_is_refused(read, answer):
    with pytest.raises(InvalidInput) as caught:
        read(answer)
    assert caught.value.reason == "bad-message"
