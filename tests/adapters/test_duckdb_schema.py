"""Types of numbers that only a lenient parser lets into a JSON column, as DuckDB's does."""

import pytest

from shared.ports import SchemaDetail
from tests.adapters.selections import LocalStore, selection
from tests.warehouse_rows import event


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "NaN"], "int64"),
        (["1.5", "-Infinity"], "double"),
        (["1.5", "1e400"], "string"),
        (["1", "0.12345678901234567890"], "double"),
    ],
)
def test_what_becomes_null_in_a_file_does_not_widen_the_type(tmp_path, values, kind):
    store = LocalStore(tmp_path)
    as_of = store.load([event(n, props=f'{{"p": {value}}}') for n, value in enumerate(values)])
    schema = store.schema(selection(as_of), SchemaDetail.TYPES)
    assert [found["p"] for found in schema.values()] == [kind]
