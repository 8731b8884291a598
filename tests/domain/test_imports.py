"""What an import is: its mapping, its watermark, where it stands and how well it goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.connections import Access, ConnectionPart, Dataset, Trial, helper_sql, results_of
from shared.domain.identity_rules import REFUSED, identity_fault
from shared.domain.import_columns import ColumnKind, FieldType, SourceColumn
from shared.domain.import_mapping import Kind, Mapping, Property, check_columns
from shared.domain.import_specs import ImportSpec, SourceQuery
from shared.domain.import_states import (
    FROM,
    Colour,
    Health,
    ImportRunStatus,
    ImportStatus,
    Move,
    check_move,
    health_of,
    shown_status,
)
from shared.domain.import_suggestions import suggest
from shared.domain.watermarks import Watermark, check_kind, next_watermark, ordinal_of
from shared.errors import Conflict, CustomerFault, InvalidInput, OurFault
from tests.domain.makers import NOW

COLUMNS = (
    SourceColumn("User ID", ColumnKind.INTEGER),
    SourceColumn("e-mail", ColumnKind.STRING),
    SourceColumn("event", ColumnKind.STRING),
    SourceColumn("Created_At", ColumnKind.TIMESTAMP),
    SourceColumn("updated at", ColumnKind.DATETIME),
    SourceColumn("price", ColumnKind.DECIMAL),
    SourceColumn("tags", ColumnKind.JSON),
    SourceColumn('o"dd', ColumnKind.OTHER),
)
EVENTS = Mapping(
    kind=Kind.EVENTS,
    identity="uid",
    updated_on="changed",
    created_on="at",
    event_name="Bought",
    extra=(("email", "mail"),),
    properties=(Property("price", "Price", FieldType.FLOAT),),
)
NUMBERS = st.integers(0, 10**18)


@pytest.mark.parametrize("word", [*sorted(REFUSED), "NULL", " Null ", "N/A", "-Inf"])
def test_words_that_stand_for_nobody_are_no_identity(word):
    assert identity_fault(word) == "identity is a word that stands for none"


@given(st.text(max_size=1_100))
def test_every_other_text_is_an_identity_unless_it_is_empty_or_too_long(text):
    fault = identity_fault(text)
    plain = text.strip()
    assert (fault is None) == (0 < len(plain) <= 1_024 and plain.lower() not in REFUSED)


def test_an_identity_may_have_as_many_characters_as_allowed_and_no_more():
    assert identity_fault("é" * 1_024) is None
    assert "1,024" in str(identity_fault("é" * 1_025))
    assert identity_fault(None) == identity_fault("  ") == "identity is missing"


def test_a_mapping_is_suggested_from_names_and_kinds():
    found = suggest(COLUMNS, Kind.EVENTS)
    assert (found.identity, found.updated_on, found.created_on) == (
        "User ID", "updated at", "Created_At",
    )  # fmt: skip
    assert (found.event_name_column, found.event_name) == ("event", None)
    assert found.extra == (("email", "e-mail"),)
    assert {(each.column, each.type) for each in found.properties} == {
        ("price", FieldType.FLOAT), ("tags", FieldType.JSON), ('o"dd', FieldType.STRING),
    }  # fmt: skip


def test_profiles_keep_their_times_as_properties():
    found = suggest(COLUMNS, Kind.PROFILES)
    assert (found.identity, found.updated_on, found.created_on) == ("User ID", "updated at", None)
    assert Property("Created_At", "Created_At", FieldType.DATE) in found.properties


@given(
    st.lists(
        st.builds(SourceColumn, st.text(min_size=1, max_size=8), st.sampled_from(ColumnKind)),
        max_size=700,
        unique_by=lambda column: column.name,
    ),
    st.sampled_from(Kind),
)
def test_a_suggestion_names_columns_that_are_there_or_says_what_is_missing(columns, kind):
    columns = [column for column in columns if "\0" not in column.name]
    try:
        found = suggest(columns, kind)
    except InvalidInput:
        kinds = {column.kind for column in columns}
        texts = kinds & {ColumnKind.STRING, ColumnKind.INTEGER, ColumnKind.OTHER}
        times = kinds & {ColumnKind.TIMESTAMP, ColumnKind.DATETIME, ColumnKind.DATE}
        assert not texts or (kind is Kind.EVENTS and not times)
        return
    check_columns(found, columns)
    assert Mapping.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    "change",
    [
        {"identity": ""},
        {"event_name": None},
        {"event_name_column": "event"},
        {"event_name": "  "},
        {"created_on": None},
        {"kind": Kind.PROFILES},
        {"extra": (("loaded_at", "x"),)},
        {"extra": (("email", "a"), ("email", "b"))},
        {"extra": (("email", "x" * 301),)},
        {"properties": (Property("a", "n", FieldType.STRING), Property("b", "n", FieldType.DATE))},
        {"properties": (Property("a", "", FieldType.STRING),)},
        {"properties": tuple(Property(f"c{n}", f"c{n}", FieldType.STRING) for n in range(201))},
    ],
)
def test_what_is_no_mapping_is_refused(change):
    fields = {name: getattr(EVENTS, name) for name in EVENTS.__dataclass_fields__}
    with pytest.raises(InvalidInput):
        Mapping(**fields | change)


def test_a_column_that_vanished_is_named():
    found = [SourceColumn(name, ColumnKind.TIMESTAMP) for name in EVENTS.columns if name != "mail"]
    with pytest.raises(CustomerFault, match="'mail'") as caught:
        check_columns(EVENTS, found)
    assert caught.value.reason == "import-column-missing"


def test_updated_on_must_follow_one_another():
    found = [SourceColumn(name, ColumnKind.STRING) for name in EVENTS.columns]
    with pytest.raises(CustomerFault, match="Updated On"):
        check_columns(EVENTS, found)


@pytest.mark.parametrize("wrong", [(None, None), ("t", "SELECT 1"), (" t", None), ("a\tb", None),
                                   ("  ", None), (None, "  "), (None, "x" * 100_001)])  # fmt: skip
def test_a_source_is_one_table_or_one_statement(wrong):
    with pytest.raises(InvalidInput):
        SourceQuery(*wrong)


def test_an_import_is_stored_and_read():
    for mapping in (None, EVENTS):
        spec = ImportSpec(
            nickname="Orders", connection_id=1, source=SourceQuery('o"dd'), mapping=mapping
        )
        assert ImportSpec.from_dict(spec.to_dict()) == spec
    with pytest.raises(OurFault):
        ImportSpec.from_dict({"nickname": "x"})


@given(st.none() | NUMBERS, st.none() | NUMBERS)
def test_a_watermark_never_goes_back_nor_beyond_the_moment_of_reading(before, highest):
    kind = ColumnKind.TIMESTAMP
    earlier = None if before is None else Watermark(kind, min(before, ordinal_of(kind, NOW)))
    found = next_watermark(earlier, kind, highest, NOW)
    if highest is None:
        assert found == earlier
        return
    assert found.value <= ordinal_of(kind, NOW)
    assert found.value >= (earlier.value if earlier else 0)
    assert found.value >= min(highest, ordinal_of(kind, NOW))
    assert Watermark.from_dict(found.to_dict()) == found


def test_a_watermark_is_shown_as_its_column_is():
    assert Watermark(ColumnKind.INTEGER, 7).shown == "7"
    assert Watermark(ColumnKind.DATE, ordinal_of(ColumnKind.DATE, NOW)).shown == "2026-11-20"
    assert Watermark(ColumnKind.TIMESTAMP, ordinal_of(ColumnKind.TIMESTAMP, NOW)).shown == (
        "2026-11-20 12:00:00+00:00"
    )


def test_a_watermark_of_another_kind_is_the_customers_to_mend():
    check_kind(None, ColumnKind.DATE)
    with pytest.raises(CustomerFault, match="held date and now holds integer"):
        check_kind(Watermark(ColumnKind.DATE, 1), ColumnKind.INTEGER)


@pytest.mark.parametrize("status", ImportStatus)
@pytest.mark.parametrize("move", Move)
def test_a_move_from_where_it_may_not_start_is_refused_with_advice(move, status):
    if status in FROM[move]:
        check_move(move, status)
        return
    with pytest.raises(Conflict, match=str(status)):
        check_move(move, status)


def test_an_import_is_shown_running_while_a_run_is_open():
    assert shown_status(ImportStatus.READY, is_running=True) is ImportStatus.RUNNING
    assert shown_status(ImportStatus.SCHEDULED, is_running=False) is ImportStatus.SCHEDULED
    for stored in (ImportStatus.PAUSED, ImportStatus.STOPPED, ImportStatus.DRAFT):
        assert shown_status(stored, is_running=True) is stored


@pytest.mark.parametrize(
    ("status", "read", "rejected", "percent", "colour"),
    [
        (None, 0, 0, None, Colour.NONE),
        (ImportRunStatus.DONE, 0, 0, 100.0, Colour.GREEN),
        (ImportRunStatus.DONE, 10, 0, 100.0, Colour.GREEN),
        (ImportRunStatus.DONE, 10**6, 1, 99.99, Colour.YELLOW),
        (ImportRunStatus.DONE, 2, 1, 50.0, Colour.YELLOW),
        (ImportRunStatus.DONE, 10**5, 50_001, 49.99, Colour.RED),
        (ImportRunStatus.DONE, 1, 1, 0.0, Colour.RED),
        (ImportRunStatus.FAILED, 0, 0, 0.0, Colour.RED),
    ],
)
def test_health_is_the_share_of_rows_that_were_taken(status, read, rejected, percent, colour):
    health = health_of(status, read, rejected)
    assert (health.percent, health.colour) == (percent, colour)
    assert health.words


@given(st.integers(1, 10**12), st.data())
def test_no_rejected_row_is_ever_rounded_away(read, data):
    rejected = data.draw(st.integers(0, read))
    health = health_of(ImportRunStatus.DONE, read, rejected)
    assert (health.colour is Colour.GREEN) == (rejected == 0)
    assert (health.colour is Colour.RED) == (2 * (read - rejected) < read)
    assert Health(health.hundredths) == health


def test_each_result_of_a_test_has_its_own_advice():
    fault = CustomerFault("No.", reason="x")
    advice = set()
    for part in ConnectionPart:
        results = results_of(Trial(failed_at=part, fault=fault), Access.READ_ONLY)
        assert [each.part for each in results] == list(ConnectionPart)
        [failed] = [each for each in results if each.outcome == "failed"]
        assert failed.part is part
        advice.add(failed.advice)
    assert len(advice) == 3
    assert any("BigQuery Data Viewer" in each for each in advice)
    good = results_of(Trial(location="EU", missing=()), Access.READ_WRITE)
    assert [each.outcome for each in good] == ["passed"] * 3


@pytest.mark.parametrize(
    "wrong", [("", "d"), ("my-project-1", ""), ("my-project-1", "a.b"), ("a`b", "d"), ("p", "d")]
)
def test_what_is_no_dataset_is_refused(wrong):
    with pytest.raises(InvalidInput):
        Dataset(*wrong)


def test_the_helper_sql_names_the_dataset():
    found = helper_sql(Dataset("my-project-1", "shop"))
    assert "CREATE SCHEMA IF NOT EXISTS `my-project-1.shop`" in found["create"]
    assert "INFORMATION_SCHEMA.SCHEMATA" in found["list"]
