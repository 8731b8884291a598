"""How groups are cut into slices and parts: every row in exactly one, none too big."""

import itertools
from collections import Counter
from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.slices import Part, cut
from shared.errors import OurFault

DAY = date(2026, 11, 20)
NAMES = st.sampled_from(["", "Charged", "App Launched", "Ä", "z\0", "🙂"]) | st.none()
DAYS = st.none() | st.integers(0, 3).map(lambda days: DAY + timedelta(days=days))
KEYS = st.lists(st.tuples(NAMES, DAYS), unique=True, max_size=30)
SIZES = st.tuples(st.integers(1, 50), st.integers(0, 1_000))


def table(groups):
    """An inventory of (event name, date, rows, bytes)."""
    names, days, rows, sizes = zip(*groups, strict=True) if groups else ((), (), (), ())
    return pa.table(
        {
            "event_name": pa.array(names, pa.string()),
            "event_date": pa.array(days, pa.date32()),
            "rows": pa.array(rows, pa.int64()),
            "bytes": pa.array(sizes, pa.int64()),
        }
    )


def placed(slicing, row_hash, group):
    """The slice and the file in it where a row of a group goes, as the warehouse works it out."""
    part = row_hash % group["parts"]
    return group["first_slice"] + part, group["file_no"]


def test_small_groups_share_slices_in_order_of_name_and_date():
    later = DAY + timedelta(days=1)
    groups = [("b", DAY, 1, 40), ("a", later, 1, 30), ("a", DAY, 1, 30), ("c", DAY, 1, 60)]
    slicing = cut(table(groups), slice_bytes=100, slice_files=10)
    assert list(slicing.slices()) == [
        (Part("a", DAY, 0, 1), Part("a", later, 0, 1), Part("b", DAY, 0, 1)),
        (Part("c", DAY, 0, 1),),
    ]


def test_a_big_group_becomes_parts_that_are_slices_of_their_own_and_come_first():
    slicing = cut(
        table([("a", DAY, 9, 10), ("b", DAY, 9, 250), ("c", DAY, 9, 10)]),
        slice_bytes=100,
        slice_files=10,
    )
    assert list(slicing.slices()) == [
        (Part("b", DAY, 0, 3),),
        (Part("b", DAY, 1, 3),),
        (Part("b", DAY, 2, 3),),
        (Part("a", DAY, 0, 1), Part("c", DAY, 0, 1)),
    ]
    assert slicing.slice_count == 4
    assert slicing.groups.to_pydict() == {
        "event_name": ["b", "a", "c"],
        "event_date": [DAY, DAY, DAY],
        "first_slice": [0, 3, 3],
        "file_no": [0, 0, 1],
        "parts": [3, 1, 1],
    }


@pytest.mark.parametrize(
    ("rows", "size", "parts"),
    [(10, 100, 1), (10, 101, 2), (10, 200, 2), (10, 201, 3), (2, 10_000, 2), (1, 10_000, 1)],
)
def test_a_group_has_no_more_parts_than_its_bytes_ask_for_and_its_rows_allow(rows, size, parts):
    slicing = cut(table([("a", DAY, rows, size)]), slice_bytes=100, slice_files=10)
    assert slicing.groups["parts"].to_pylist() == [parts]
    assert slicing.slice_count == parts


def test_a_slice_holds_no_more_files_than_allowed():
    groups = [(f"{number:03}", DAY, 1, 0) for number in range(401)]
    slicing = cut(table(groups), slice_bytes=100, slice_files=200)
    assert [len(parts) for parts in slicing.slices()] == [200, 200, 1]


def test_profiles_are_one_group_without_name_and_date():
    slicing = cut(table([(None, None, 100, 250)]), slice_bytes=100, slice_files=10)
    assert list(slicing.slices()) == [(Part(None, None, index, 3),) for index in range(3)]


def test_an_empty_window_has_no_slices():
    slicing = cut(table([]), slice_bytes=100, slice_files=10)
    assert (slicing.slice_count, list(slicing.slices()), slicing.groups.num_rows) == (0, [], 0)


def test_names_may_come_in_any_arrow_text_type_and_in_chunks():
    whole = table([("b", DAY, 1, 90), ("a", DAY, 1, 90)])
    expected = cut(whole, slice_bytes=100, slice_files=10)
    for kind in (pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())):
        other = whole.set_column(0, "event_name", whole["event_name"].cast(kind))
        chunked = pa.concat_tables([other.slice(0, 1), other.slice(1, 1)])
        assert cut(chunked, slice_bytes=100, slice_files=10) == expected


@pytest.mark.parametrize(
    ("groups", "complaint"),
    [
        ([("a", DAY, 1, 1), ("a", DAY, 2, 2)], "a group twice"),
        ([(None, None, 1, 1), (None, None, 2, 2)], "a group twice"),
        ([("a", DAY, 0, 1)], "without rows"),
        ([("a", DAY, 1, -1)], "without rows"),
        ([("a", DAY, 1, None)], "counts no bytes"),
        ([("a", DAY, 2**31, 10**15)], "too many"),
    ],
)
def test_an_inventory_that_cannot_be_is_our_fault(groups, complaint):
    with pytest.raises(OurFault, match=complaint):
        cut(table(groups), slice_bytes=1, slice_files=1)


@pytest.mark.parametrize("limits", [(0, 1), (1, 0)])
def test_limits_leave_room_for_something(limits):
    with pytest.raises(OurFault, match="room for a byte and a file"):
        cut(table([]), slice_bytes=limits[0], slice_files=limits[1])


@given(KEYS, st.data(), st.integers(1, 300), st.integers(1, 5))
def test_every_row_falls_in_exactly_one_slice_and_part(keys, data, slice_bytes, slice_files):
    groups = [(*key, *data.draw(SIZES)) for key in keys]
    slicing = cut(table(groups), slice_bytes=slice_bytes, slice_files=slice_files)
    slices = list(slicing.slices())
    assert len(slices) == slicing.slice_count
    where = {(g["event_name"], g["event_date"]): g for g in slicing.groups.to_pylist()}
    assert where.keys() == {key[:2] for key in groups}
    used = Counter()
    for name, day, _, _ in groups:
        group = where[name, day]
        row_hashes = [*range(group["parts"]), *data.draw(st.lists(st.integers(0, 2**64 - 1)))]
        for row_hash in row_hashes:
            slice_no, file_no = placed(slicing, row_hash, group)
            part = slices[slice_no][file_no]
            assert part == Part(name, day, row_hash % group["parts"], group["parts"])
        used.update(placed(slicing, index, group) for index in range(group["parts"]))
    # Every planned file is some group's part, and no two parts share one.
    files = [(no, file) for no, parts in enumerate(slices) for file in range(len(parts))]
    assert used == Counter(files)


@given(KEYS, st.data(), st.integers(1, 300), st.integers(1, 5))
def test_slices_keep_their_limits_and_are_not_split_without_need(
    keys, data, slice_bytes, slice_files
):
    sizes = {key: data.draw(SIZES) for key in keys}
    groups = [(*key, *size) for key, size in sizes.items()]
    slices = list(cut(table(groups), slice_bytes=slice_bytes, slice_files=slice_files).slices())
    shared = []
    for parts in slices:
        assert 1 <= len(parts) <= slice_files
        total = sum(sizes[part.event_name, part.event_date][1] for part in parts)
        if total > slice_bytes:
            (part,) = parts
            rows = sizes[part.event_name, part.event_date][0]
            assert part.parts == min(rows, -(-total // slice_bytes))
        else:
            assert all(part.parts == 1 for part in parts)
            shared.append(parts)
    for one, following in itertools.pairwise(shared):
        total = sum(sizes[p.event_name, p.event_date][1] for p in (*one, following[0]))
        assert len(one) == slice_files or total > slice_bytes


@given(KEYS, st.data(), st.randoms())
def test_the_order_of_the_inventory_does_not_matter(keys, data, random):
    groups = [(*key, *data.draw(SIZES)) for key in keys]
    mixed = random.sample(groups, len(groups))
    limits = {"slice_bytes": 200, "slice_files": 3}
    assert cut(table(groups), **limits) == cut(table(mixed), **limits)
