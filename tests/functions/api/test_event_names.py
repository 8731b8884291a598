"""Names of events by the API: what *Select events* can choose from."""

import pytest

from tests.functions.api.problems import problem

NAMES = "/v1/accounts/1/event-names"


def test_the_names_of_loaded_events_are_listed(api, world):
    found = api.get(NAMES).get_json()
    assert found["complete"] is True
    assert found["items"] == sorted(found["items"]) != []
    first = found["items"][0]
    assert api.get(NAMES, query_string={"prefix": first}).get_json()["items"][0] == first
    assert api.get(f"{NAMES}?prefix=nothing-begins-so").get_json()["items"] == []
    some = api.get(f"{NAMES}?limit=1").get_json()
    assert (some["items"], some["complete"]) == ([first], False)


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=1001", "prefix=", "prefix=%00"])
def test_what_is_no_beginning_or_limit_is_refused(api, query):
    problem(api.get(f"{NAMES}?{query}"), 422)
