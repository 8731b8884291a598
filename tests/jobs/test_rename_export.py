"""An export is renamed whatever its status, and no name is ever an account's twice."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest

from shared.domain.members import Actor, Role, Via
from shared.errors import Conflict, InvalidInput, NotAllowed, NotFound
from shared.jobs.audit import list_audit
from shared.jobs.manage_exports import stop_export
from shared.jobs.rename_export import rename_export
from tests.domain.makers import HOUR
from tests.jobs.samples import mixed_events

ANN = Actor("ann@example.com", Role.EDITOR, Via.IAP)


@pytest.fixture
def export(house):
    house.load(mixed_events(5))
    return house.recurring()


def test_a_name_is_given_changed_and_taken_away(house, export):
    number = export.export_id
    assert rename_export(house.services, 1, number, "shop", actor=ANN).name == "shop"
    stop_export(house.services, 1, number)
    assert rename_export(house.services, 1, number, "old shop").name == "old shop"
    assert rename_export(house.services, 1, number, None).name is None
    entries = list_audit(house.services, 1, action="exports.edit").items
    changes = [entry.detail["name"] for entry in reversed(entries)]
    assert changes == [[None, "shop"], ["shop", "old shop"], ["old shop", None]]


def test_what_an_export_delivers_stays_the_same(house, export):
    renamed = rename_export(house.services, 1, export.export_id, "shop")
    assert replace(renamed, name=None) == export


def test_nobody_else_s_name_is_taken(house, export):
    house.now += HOUR
    other = house.recurring(name="shop")
    with pytest.raises(Conflict, match="named shop"):
        rename_export(house.services, 1, export.export_id, "shop")
    assert rename_export(house.services, 1, other.export_id, "shop").name == "shop"
    with pytest.raises(InvalidInput):
        rename_export(house.services, 1, export.export_id, " ")
    with pytest.raises(NotFound):
        rename_export(house.services, 2, export.export_id, "shop")
    viewer = replace(ANN, role=Role.VIEWER)
    with pytest.raises(NotAllowed):
        rename_export(house.services, 1, export.export_id, "mine", actor=viewer)


def test_of_two_who_want_a_name_at_once_one_gets_it(house, export):
    house.now += HOUR
    exports = [export, house.recurring()]
    begin, ended = Barrier(2), []

    def rename(each):
        begin.wait()
        try:
            ended.append(rename_export(house.services, 1, each.export_id, "shop").name)
        except Conflict:
            ended.append("taken")

    threads = [Thread(target=rename, args=[each]) for each in exports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["shop", "taken"]
    assert sorted(house.again(each).name or "" for each in exports) == ["", "shop"]
