"""The proxy of the tests makes the trouble that it counts, and no other."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tests.servers.push_proxy import Kind, PushProxy, Trouble, running_proxy


@contextmanager
def function(seen: list[str]) -> Iterator[str]:
    """A function that remembers its pushes in the order in which they came."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """The list tells what came."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def proxy(seen: list[str]) -> Iterator[PushProxy]:
    with function(seen) as url, running_proxy() as running:
        running.route("worker", [url])
        yield running


def push(proxy: PushProxy, body: str) -> int:
    return requests.post(f"{proxy.url}/worker", data=body, timeout=30).status_code


def test_without_trouble_each_push_comes_once(proxy, seen):
    assert [push(proxy, body) for body in "abc"] == [204] * 3
    assert seen == ["a", "b", "c"]
    assert proxy.statuses("worker") == [204] * 3


def test_a_duplicate_comes_twice_and_is_answered_once(proxy, seen):
    trouble = proxy.add(Trouble(Kind.DUPLICATE, "worker", every=2))
    assert [push(proxy, body) for body in "abcd"] == [204] * 4
    assert sorted(seen) == ["a", "b", "b", "c", "d", "d"]
    assert trouble.fired == 2


def test_a_dropped_push_never_comes_and_is_answered_with_500(proxy, seen):
    trouble = proxy.add(Trouble(Kind.DROP, "worker", times=2))
    assert [push(proxy, body) for body in "abc"] == [500, 500, 204]
    assert seen == ["c"]
    assert trouble.fired == 2


def test_a_reordered_push_comes_after_the_next(proxy, seen):
    trouble = proxy.add(Trouble(Kind.REORDER, "worker", times=1, seconds=30))
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(push, proxy, "first")
        while not trouble.fired:
            pass
        assert push(proxy, "second") == 204
        assert held.result() == 204
    assert seen == ["second", "first"]


def test_a_push_with_none_to_wait_for_comes_all_the_same(proxy, seen):
    for kind in (Kind.REORDER, Kind.DELAY):
        proxy.add(Trouble(kind, "worker", times=1, seconds=0.1))
    assert [push(proxy, body) for body in "ab"] == [204] * 2
    assert seen == ["a", "b"]
    assert all(each.fired == 1 for each in proxy._troubles)


def test_trouble_on_one_route_is_none_on_another(proxy, seen):
    proxy.add(Trouble(Kind.DROP, "planner"))
    assert push(proxy, "a") == 204
    assert seen == ["a"]


def test_pushes_go_to_the_processes_of_a_function_in_turn_and_a_dead_one_answers_502(proxy):
    first: list[str] = []
    second: list[str] = []
    with function(first) as one, function(second) as two:
        proxy.route("worker", [one, two])
        assert [push(proxy, body) for body in "abcd"] == [204] * 4
    assert (first, second) == (["a", "c"], ["b", "d"])
    assert push(proxy, "e") == 502
