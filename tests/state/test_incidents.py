"""Incidents in state: one open an export, continued, closed once, and opened anew."""

from dataclasses import replace

from shared.domain.incidents import Ending
from shared.state import incidents
from shared.state.incidents import Failure
from tests.domain.makers import HOUR, NOW
from tests.state.makers import ACCOUNT, SECOND, at_once, make_export


def failure(export, **changes):
    usual = Failure(ACCOUNT, export.export_id, "gs://bucket", "403-forbidden", "No.", NOW, run_id=1)
    return replace(usual, **changes)


def opened(database, found, now=NOW):
    return database.run(lambda c: incidents.open_or_continue(c, found, now))


def open_ones(database):
    return database.run(lambda c: incidents.list_open(c))


def test_a_second_failure_continues_the_incident_that_is_open(database):
    export = make_export(database)
    assert opened(database, failure(export)) is True
    later = failure(export, at=NOW + HOUR, reason="404-bucket-not-found", message="Gone.", run_id=2)
    assert opened(database, later, NOW + HOUR) is False
    assert opened(database, failure(export), NOW + HOUR) is False
    [incident] = open_ones(database)
    assert (incident.opened_at, incident.failed_at) == (NOW, NOW + HOUR)
    assert (incident.reason, incident.message, incident.run_id) == (
        "404-bucket-not-found",
        "Gone.",
        2,
    )


def test_a_failure_in_another_bucket_does_not_continue_it(database):
    export = make_export(database)
    opened(database, failure(export))
    before = open_ones(database)
    opened(database, failure(export, bucket="gs://other", at=NOW + HOUR))
    assert open_ones(database) == before


def test_of_monitors_that_open_it_at_once_one_does(database):
    export = make_export(database)
    results = at_once(*[lambda: opened(database, failure(export))] * 4)
    assert sorted(results) == [False, False, False, True]
    assert len(open_ones(database)) == 1


def test_a_closed_incident_stays_as_it_is_and_the_next_failure_opens_another(database):
    export = make_export(database)
    opened(database, failure(export))
    [first] = open_ones(database)
    close = lambda c: incidents.close(c, first, Ending.RECOVERED, NOW + HOUR)  # noqa: E731
    assert database.run(close) is True
    assert database.run(close) is False
    assert database.run(lambda c: incidents.set_trial(c, first, 9, NOW)) is False
    assert open_ones(database) == []
    assert opened(database, failure(export, at=NOW + 2 * HOUR), NOW + 2 * HOUR) is True
    found = database.run(lambda c: incidents.page(c, ACCOUNT, before=None, limit=10))
    assert [each.ending for each in found] == [None, Ending.RECOVERED]
    assert found[1] == replace(first, closed_at=NOW + HOUR, ending=Ending.RECOVERED)


def test_lists_are_of_one_account_and_of_one_export(database):
    exports = [make_export(database, now=NOW + n * SECOND) for n in range(3)]
    for export in exports:
        opened(database, failure(export))
    ids = [export.export_id for export in exports]
    by_export = database.run(lambda c: incidents.open_of(c, ACCOUNT, ids[:2]))
    assert sorted(by_export) == ids[:2]
    assert database.run(lambda c: incidents.open_of(c, ACCOUNT + 1, ids)) == {}
    assert database.run(lambda c: incidents.open_of(c, ACCOUNT, [])) == {}
    one = database.run(
        lambda c: incidents.page(c, ACCOUNT, export_id=ids[1], before=None, limit=10)
    )
    assert [each.export_id for each in one] == [ids[1]]
    every = database.run(lambda c: incidents.page(c, ACCOUNT, before=None, limit=10))
    older = database.run(lambda c: incidents.page(c, ACCOUNT, before=every[0].incident_id, limit=1))
    assert older == every[1:2]
    assert database.run(lambda c: incidents.page(c, ACCOUNT + 1, before=None, limit=10)) == []
    first = open_ones(database)[0]
    assert database.run(lambda c: incidents.get(c, ACCOUNT, first.incident_id)) == first
    assert database.run(lambda c: incidents.get(c, ACCOUNT + 1, first.incident_id)) is None
