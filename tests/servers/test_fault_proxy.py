"""The fault proxy passes requests through unchanged, and does each fault that it is asked for."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest
import requests

from tests.servers.fault_proxy import Fault, FaultProxy, Request, google_error
from tests.servers.loopback import LoopbackServer

LARGE = bytes(range(256)) * 20_000


@dataclass
class Upstream:
    """A server that tells what it got; `whole` counts the requests that came to their end."""

    url: str = ""
    heads: list[str] = field(default_factory=list)
    whole: list[bytes] = field(default_factory=list)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    seen = Upstream()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.respond(b"")

        def do_POST(self) -> None:
            seen.heads.append(self.path)
            body = b""
            if self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return
            self.respond(body)

        def respond(self, body: bytes) -> None:
            seen.whole.append(body)
            self.send_response(200)
            self.send_header("X-Method", self.command)
            self.send_header("X-Path", self.path)
            self.send_header("X-Host", self.headers["Host"])
            self.send_header("Location", f"{seen.url}/next")
            if self.path.startswith("/chunked"):
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for start in range(0, len(LARGE), 100_000):
                    piece = LARGE[start : start + 100_000]
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.write(b"0\r\n\r\n")
            else:
                content = hashlib.sha256(body).hexdigest().encode()
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = LoopbackServer(Handler)
    seen.url = server.url
    with server.serving():
        yield seen


@pytest.fixture
def proxy(upstream: Upstream) -> Iterator[FaultProxy]:
    with FaultProxy(upstream.url) as running_proxy:
        yield running_proxy


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.trust_env = False
        yield opened


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("content", [b"", b"small", LARGE])
def test_a_body_of_known_length_passes_unchanged(proxy, session, content):
    answer = session.post(f"{proxy.url}/a?b=%2F&c=1", data=content, timeout=10)
    assert (answer.status_code, answer.text) == (200, digest(content))
    assert (answer.headers["X-Method"], answer.headers["X-Path"]) == ("POST", "/a?b=%2F&c=1")
    assert proxy.requests == [Request("POST", "/a?b=%2F&c=1")]


def test_a_chunked_body_passes_unchanged(proxy, session):
    pieces = (LARGE[start : start + 700_001] for start in range(0, len(LARGE), 700_001))
    assert session.post(f"{proxy.url}/a", data=pieces, timeout=10).text == digest(LARGE)


def test_a_multipart_body_passes_unchanged(proxy, session, upstream):
    files = {"one": ("one.bin", LARGE), "two": ("two.txt", "text")}
    assert session.post(f"{proxy.url}/a", files=files, timeout=10).ok
    assert LARGE in upstream.whole[0]
    assert b'filename="two.txt"' in upstream.whole[0]


def test_a_chunked_answer_passes_unchanged_and_the_connection_is_kept(proxy, session):
    with session.get(f"{proxy.url}/chunked", timeout=10, stream=True) as answer:
        first = answer.raw.connection.sock.getsockname()
        assert answer.content == LARGE
    with session.get(f"{proxy.url}/b", timeout=10, stream=True) as answer:
        assert answer.raw.connection.sock.getsockname() == first


def test_addresses_of_the_server_in_an_answer_lead_back_to_the_proxy(proxy, session):
    assert session.get(f"{proxy.url}/a", timeout=10).headers["Location"] == f"{proxy.url}/next"


def test_a_fault_answers_in_place_of_the_server_as_often_as_asked(proxy, session, upstream):
    error = google_error(403, "forbidden", "No.")
    fault = proxy.add(
        Fault(method="POST", path="/a", answer=403, body=error, headers={"X-A": "b"}, times=2)
    )
    statuses = [session.post(f"{proxy.url}/a", data=LARGE, timeout=10) for _ in range(3)]
    assert [answer.status_code for answer in statuses] == [403, 403, 200]
    assert statuses[0].json() == error
    assert statuses[0].headers["X-A"] == "b"
    assert (fault.fired, len(upstream.whole)) == (2, 1)


def test_a_fault_meets_only_what_it_names_and_only_when_its_turn_has_come(proxy, session):
    fault = proxy.add(
        Fault(method="POST", path=r"b=\d", header=("X-A", "^yes$"), answer=500, after=1)
    )
    yes, no = {"X-A": "yes"}, {"X-A": "no"}
    assert session.get(f"{proxy.url}/a?b=1", headers=yes, timeout=10).ok
    assert session.post(f"{proxy.url}/a?b=c", headers=yes, timeout=10).ok
    assert session.post(f"{proxy.url}/a?b=1", headers=no, timeout=10).ok
    assert session.post(f"{proxy.url}/a?b=1", timeout=10).ok
    assert fault.matched == 0
    answers = [session.post(f"{proxy.url}/a?b=1", headers=yes, timeout=10) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 500, 200]
    assert fault.fired == 1


@pytest.mark.parametrize(
    ("fault", "heard", "done"),
    [
        (Fault(cut="before"), 0, 0),
        (Fault(cut="middle"), 1, 0),
        (Fault(lose_answer=True), 1, 1),
    ],
    ids=["before", "middle", "lost answer"],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_connection_is_cut_where_the_fault_says(
    proxy, session, upstream, fault, heard, done, chunked
):
    rule = proxy.add(Fault(cut=fault.cut, lose_answer=fault.lose_answer))
    content = (LARGE[:300_000], LARGE[300_000:])
    with pytest.raises(requests.ConnectionError):
        session.post(f"{proxy.url}/a", data=iter(content) if chunked else LARGE, timeout=10)
    assert rule.fired == 1
    assert session.post(f"{proxy.url}/a", data=b"again", timeout=10).ok
    assert len(upstream.heads) == heard + 1
    assert len(upstream.whole) == done + 1


def test_a_connection_cut_after_the_request_leaves_open_whether_it_was_done(proxy, session):
    fault = proxy.add(Fault(cut="after"))
    with pytest.raises(requests.ConnectionError):
        session.post(f"{proxy.url}/a", data=LARGE, timeout=10)
    assert fault.fired == 1


@pytest.mark.parametrize("path", ["/known", "/chunked"])
def test_an_answer_can_break_off_in_its_middle(proxy, session, path):
    fault = proxy.add(Fault(cut="answer"))
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        session.get(f"{proxy.url}{path}", timeout=10)
    assert fault.fired == 1


def test_a_delayed_request_is_carried_out_though_its_client_has_gone(proxy, session, upstream):
    fault = proxy.add(Fault(delay_s=0.3))
    with pytest.raises(requests.ReadTimeout):
        session.post(f"{proxy.url}/a", data=b"late", timeout=0.1)
    arrived = threading.Event()
    while not fault.ended:
        arrived.wait(0.02)
    assert (upstream.whole, fault.fired) == ([b"late"], 1)


def test_a_request_can_be_held_until_the_test_lets_it_go(proxy, session, upstream):
    fault = proxy.add(Fault(hold=threading.Event()))
    with pytest.raises(requests.ReadTimeout):
        session.post(f"{proxy.url}/a", data=b"first", timeout=0.1)
    assert session.post(f"{proxy.url}/a", data=b"second", timeout=10).ok
    assert fault.ended == 0
    fault.hold.set()
    passed = threading.Event()
    while not fault.ended:
        passed.wait(0.02)
    assert (upstream.whole, fault.fired) == ([b"second", b"first"], 1)


def test_a_server_that_breaks_off_or_is_gone_looks_so_through_the_proxy(session):
    with FaultProxy("http://127.0.0.1:9") as proxy, pytest.raises(requests.ConnectionError):
        session.get(f"{proxy.url}/a", timeout=10)


def test_the_proxy_ends_though_a_request_is_being_delayed_and_a_connection_idle(upstream):
    with FaultProxy(upstream.url) as proxy, requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{proxy.url}/a", timeout=10).ok
        fault = proxy.add(Fault(delay_s=1_000))
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{proxy.url}/a", timeout=0.1)
        assert fault.fired == 1
