"""Values of a customer's rows, as people who look at them read them."""

import pyarrow as pa

from shared.jobs.looking import shown

YEAR_200000 = 6_249_223_180_800_000_000


def test_values_are_short_texts_also_of_moments_that_no_calendar_here_holds():
    values = {
        "gift": pa.array([True]),
        "none": pa.nulls(1),
        "long": pa.array(["x" * 900]),
        "never": pa.array([YEAR_200000], pa.timestamp("us")),
    }
    row = shown(pa.RecordBatch.from_pydict(values), 0)
    assert row == {"gift": "true", "none": None, "long": "x" * 200, "never": "out of range"}
