"""The model of the cloud: nothing is lost in it, and more of what is short makes it faster."""

from dataclasses import replace

import pytest

from bench.cloud_limits import Cloud, encode_s_per_mb
from bench.cloud_model import plan_s, simulate
from bench.events import Clock, Pool, Rate
from bench.simulate import minutes, table

SMALL = Cloud(instances=10, connections=20)


def test_every_slice_is_delivered_in_the_end():
    found = simulate(SMALL, 0.05)
    assert found.slices == 651
    assert found.deliver_s > 0
    assert found.instances == 10


def test_the_same_load_takes_the_same_time():
    assert simulate(SMALL, 0.02) == simulate(SMALL, 0.02)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, "instances"),
        ({"instances": 500, "instance_start_s": 0.1, "streams": 3}, "read streams"),
        (
            {"instances": 500, "instance_start_s": 0.1, "sessions_per_s": 1.0},
            "read sessions a second",
        ),
        ({"instances": 500, "instance_start_s": 0.1, "connections": 1}, "database connections"),
        ({"instances": 500, "instance_start_s": 0.1, "row_lock_s": 1.0}, "the run's row"),
        ({"instances": 500, "instance_start_s": 0.1, "objects_per_s": 1.0}, "new objects a second"),
    ],
)
def test_what_is_short_is_found(change, name):
    short = replace(Cloud(instances=10), **change)
    assert simulate(short, 0.05).narrowest == name


def test_more_of_what_is_short_makes_it_faster():
    times = [simulate(replace(SMALL, instances=count), 0.1).deliver_s for count in (5, 10, 20)]
    assert times == sorted(times, reverse=True)
    assert times[0] > 3 * times[2]


def test_exports_at_once_do_not_wait_for_one_row():
    cloud = Cloud(instances=500, instance_start_s=0.1, row_lock_s=1.0)
    assert simulate(cloud, 0.05, runs=10).deliver_s < simulate(cloud, 0.05).deliver_s / 3


def test_messages_that_wait_too_long_come_again_and_change_nothing():
    found = simulate(replace(SMALL, redeliver_after_s=60), 0.05)
    assert found.repeated > 0
    assert found.slices == 651


def test_beyond_one_table_of_slices_a_plan_takes_another_step():
    assert plan_s(Cloud(), 0.3, 4_000) > plan_s(Cloud(), 0.3, 3_999) + 60


def test_what_was_measured_is_read_from_the_report():
    assert 0.0005 < encode_s_per_mb() < 0.05
    assert encode_s_per_mb("csv-none") > encode_s_per_mb("xml-none")


def test_times_are_said_as_people_do():
    assert [minutes(seconds) for seconds in (20, 3_600, 7_260)] == ["0 min", "60 min", "2 h 01 min"]


def test_who_comes_first_is_served_first_and_who_has_no_patience_leaves():
    clock, said = Clock(), []
    pool = Pool(clock, 1)

    def program(name, patience):
        got = yield (pool, patience)
        said.append((name, got, clock.now))
        if got:
            yield 10
            pool.give()

    for name, patience in (("a", None), ("b", 5), ("c", None)):
        clock.start(program(name, patience))
    clock.run()
    assert said == [("a", True, 0), ("b", False, 5), ("c", True, 10)]
    assert pool.used_s == 20


def test_turns_come_one_after_the_other_and_faster_with_time():
    clock = Clock()
    rate = Rate(clock, 2, doubles_every_s=100)
    assert [rate.turn() for _ in range(3)] == [0, 0.5, 1.0]
    clock.now = 100
    assert [rate.turn() for _ in range(2)] == [100, 100.25]


def test_the_table_has_a_row_for_each_size_that_is_not_left_out():
    rows = list(table(((0.01, 1, 4),)))
    assert rows[0].startswith("| load | sizes | plan |")
    assert [row.split("|")[2].strip() for row in rows[2:]] == [
        "1,000, more read sessions",
        "2,000, more read sessions",
    ]
