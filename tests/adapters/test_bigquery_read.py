"""A slice is read whole, once, through streams that break and sessions that end."""

from collections import Counter

import grpc
import pytest

from shared.errors import OurFault, Transient
from shared.ports import SnapshotGone
from tests.adapters.bigquery_store import BigQueryStore
from tests.adapters.selections import selection
from tests.servers.read_proxy import Break, ReadProxy
from tests.warehouse_rows import events

ROWS = 95
UNAVAILABLE, GONE = grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.NOT_FOUND


@pytest.fixture(scope="module")
def taken(bigquery):
    """A store behind a proxy, with a snapshot of one slice."""
    with ReadProxy(bigquery.read_host) as proxy:
        store = BigQueryStore(bigquery, read_host=proxy.host)
        slicing = store.taken(selection(store.load(events(range(ROWS)))))
        assert slicing.slice_count == 1
        yield store, proxy


@pytest.fixture
def store(taken):
    store, proxy = taken
    proxy.breaks, proxy.offsets, proxy.sessions = [], [], 0
    return store


@pytest.fixture
def proxy(taken):
    return taken[1]


def ids(store):
    table = store.warehouse.read_slice("s", 0)
    return Counter(table["event_id"].to_pylist())


EVERY_ROW = Counter(f"e{n:06d}" for n in range(ROWS))


def test_a_slice_comes_in_many_answers(store, proxy):
    assert ids(store) == EVERY_ROW
    assert (proxy.sessions, proxy.offsets) == (1, [0])


@pytest.mark.parametrize(
    "code",
    [
        UNAVAILABLE,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    ],
)
def test_a_broken_stream_is_resumed_behind_the_last_row(store, proxy, code):
    broken = proxy.add(Break("ReadRows", code, after_answers=3))
    assert ids(store) == EVERY_ROW
    assert broken.fired == 1
    assert (proxy.sessions, proxy.offsets) == (1, [0, 30])


def test_a_stream_may_break_as_often_as_it_likes_while_rows_come(store, proxy):
    broken = proxy.add(Break("ReadRows", UNAVAILABLE, times=8, after_answers=1))
    assert broken.times > store.limits.read_attempts
    assert ids(store) == EVERY_ROW
    assert broken.fired == 8
    assert proxy.offsets == [10 * n for n in range(9)]


def test_a_stream_that_gives_no_row_is_tried_a_few_times_only(store, proxy):
    broken = proxy.add(Break("ReadRows", UNAVAILABLE, times=99))
    with pytest.raises(Transient) as caught:
        ids(store)
    assert caught.value.reason == "warehouse-unavailable"
    assert broken.fired == store.limits.read_attempts


@pytest.mark.parametrize("code", [GONE, grpc.StatusCode.FAILED_PRECONDITION])
def test_after_the_end_of_a_session_the_slice_is_read_afresh(store, proxy, code):
    """Offsets mean nothing in another session."""
    ended = proxy.add(Break("ReadRows", code, after_answers=4))
    assert ids(store) == EVERY_ROW
    assert ended.fired == 1
    assert (proxy.sessions, proxy.offsets) == (2, [0, 0])


def test_sessions_that_always_end_are_a_transient_fault(store, proxy):
    ended = proxy.add(Break("ReadRows", GONE, times=99, after_answers=1))
    with pytest.raises(Transient) as caught:
        ids(store)
    assert caught.value.reason == "warehouse-session-ended"
    assert ended.fired == proxy.sessions == store.limits.sessions


def test_a_right_that_is_missing_is_ours_to_mend_and_not_tried_again(store, proxy):
    for method in ("CreateReadSession", "ReadRows"):
        denied = proxy.add(Break(method, grpc.StatusCode.PERMISSION_DENIED, times=99))
        with pytest.raises(OurFault) as caught:
            ids(store)
        assert caught.value.reason == "warehouse-denied"
        assert denied.fired == 1
        proxy.breaks.clear()


def test_a_session_that_could_not_be_opened_is_opened_again(store, proxy):
    busy = proxy.add(Break("CreateReadSession", UNAVAILABLE, times=2))
    assert ids(store) == EVERY_ROW
    assert (busy.fired, proxy.sessions) == (2, 3)


def test_a_snapshot_that_goes_between_look_and_session_is_gone(store, proxy):
    gone = proxy.add(Break("CreateReadSession", GONE))
    with pytest.raises(SnapshotGone):
        ids(store)
    assert gone.fired == 1
