"""A specification as state keeps it: stored, read back and never changed in place."""

import json
from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.exports import (
    DataType,
    ExportSpec,
    Format,
    Identifier,
)
from shared.errors import OurFault
from tests.domain.makers import HOUR, MINUTE, NOW, TODAY, account, chosen, live, recurring

DAY = timedelta(days=1)
EMAIL, PHONE = Identifier.EMAIL, Identifier.PHONE

SPECS = st.one_of(
    st.builds(
        chosen,
        format=st.sampled_from(Format),
        as_string=st.booleans(),
        start_on=st.integers(1, 60).map(lambda days: TODAY - days * DAY),
        end_on=st.just(TODAY),
        prefix=st.sampled_from(["", "a/{run_date}/", "{event_name}/"]),
    ),
    st.builds(recurring, st.integers(4, 24).map(lambda hours: hours * HOUR)),
    st.builds(live, st.integers(5, 60).map(lambda minutes: minutes * MINUTE)),
    st.builds(
        chosen,
        data_type=st.just(DataType.SELECT_EVENTS),
        events=st.lists(st.text(min_size=1), min_size=1).map(tuple),
    ),
    st.just(chosen(account("UTC", PHONE, EMAIL), identity_priority=(EMAIL, PHONE), start_on=TODAY)),
)


@given(SPECS)
def test_a_stored_specification_comes_back_the_same(spec):
    assert ExportSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_stored_keys_stay_as_they_are():
    assert chosen(format=Format.PARQUET).to_dict() == {
        "bucket": "gs://bucket",
        "data_type": "all_events",
        "frequency": "one_time",
        "format": "parquet",
        "compression": "gzip",
        "events": [],
        "as_string": False,
        "identity_priority": ["identity"],
        "time_zone": "UTC",
        "every_minutes": None,
        "start_on": "2026-11-20",
        "end_on": "2026-11-20",
        "first_line": True,
        "formula_guard": False,
        "prefix": "",
    }


@pytest.mark.parametrize("change", [{"format": "avro"}, {"colour": 1}, {"start_on": None}])
def test_a_stored_specification_that_cannot_be_read_is_our_fault(change):
    with pytest.raises(OurFault, match="cannot be read"):
        ExportSpec.from_dict(chosen().to_dict() | change)
    with pytest.raises(OurFault, match="cannot be read"):
        ExportSpec.from_dict({"bucket": "b"})


def test_a_specification_never_changes_in_place():
    with pytest.raises(FrozenInstanceError):
        chosen().bucket = "gs://other"


def test_a_clock_without_a_zone_is_our_fault():
    with pytest.raises(OurFault, match="without a zone"):
        chosen(now=NOW.replace(tzinfo=None))
