"""Calls to customers' servers: at the address that was checked, over TLS, and nowhere else."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from shared.adapters.webhook_posts import WebhookPosts
from shared.errors import CustomerFault, InvalidInput, Transient
from tests.servers.authority import Authority
from tests.servers.listener import Listener
from tests.servers.receiver import Receiver, running_receiver

HERE = ip_address("127.0.0.1")


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with running_receiver(tmp_path) as running:
        yield running


def posts(receiver: Receiver, **settings: object) -> WebhookPosts:
    """Calls that are led to this machine, where a test's server has to be."""
    usual: dict[str, object] = {
        "context": receiver.authority.client_context(),
        "resolve": lambda host, port: [HERE],
        "may_call": lambda address: address == HERE,
    }
    return WebhookPosts(**usual | settings)  # type: ignore[arg-type]


def test_a_post_arrives_and_its_status_comes_back(receiver):
    receiver.answers = [202]
    assert posts(receiver).post(receiver.url, {"webhook-id": "x"}, b"{}") == 202
    assert receiver.calls == 1


def test_a_redirect_is_an_answer_and_is_not_followed(receiver):
    receiver.answers = [302]
    assert posts(receiver).post(receiver.url, {}, b"{}") == 302
    assert receiver.calls == 1


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["fd00:ec2::254"],
        ["::ffff:127.0.0.1"],
        ["8.8.8.8", "10.0.0.1"],
    ],
)
def test_a_name_that_leads_inside_is_refused_when_saved_and_when_called(addresses):
    with Listener() as listener:
        url = f"https://hooks.example.com:{listener.port}/"
        calls = WebhookPosts(resolve=lambda host, port: [ip_address(each) for each in addresses])
        with pytest.raises(InvalidInput) as refused:
            calls.check(url)
        assert refused.value.reason == "webhook-address"
        with pytest.raises(CustomerFault) as refused_again:
            calls.post(url, {}, b"{}")
        assert refused_again.value.reason == "webhook-address"
        assert listener.count() == 0


def test_a_name_that_leads_inside_only_later_is_refused_then(receiver):
    answers = [[ip_address("8.8.8.8")], [HERE]]
    calls = posts(
        receiver,
        resolve=lambda host, port: answers.pop(0),
        may_call=lambda address: address != HERE,
    )
    calls.check(receiver.url)
    with pytest.raises(CustomerFault):
        calls.post(receiver.url, {}, b"{}")
    assert receiver.calls == 0


def test_the_name_is_asked_for_once_a_call_so_that_no_second_answer_counts(receiver):
    asked = []

    def resolve(host, port):
        asked.append(host)
        return [HERE] if len(asked) == 1 else [ip_address("10.0.0.1")]

    assert posts(receiver, resolve=resolve).post(receiver.url, {}, b"{}") == 200
    assert asked == ["hooks.example.com"]


def test_no_proxy_of_the_environment_is_used(receiver, monkeypatch):
    with Listener() as listener:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{listener.port}")
        assert posts(receiver).post(receiver.url, {}, b"{}") == 200
        assert listener.count() == 0


def test_a_certificate_of_nobody_known_is_refused(receiver):
    stranger = posts(receiver, context=Authority("other").client_context())
    with pytest.raises(CustomerFault) as refused:
        stranger.post(receiver.url, {}, b"{}")
    assert refused.value.reason == "webhook-untrusted"
    assert receiver.calls == 0


def test_a_certificate_of_another_name_is_refused(receiver):
    with pytest.raises(CustomerFault) as refused:
        posts(receiver).post(receiver.url.replace("hooks", "other"), {}, b"{}")
    assert refused.value.reason == "webhook-untrusted"


def test_a_line_that_is_cut_is_no_answer(receiver):
    receiver.drops = 1
    with pytest.raises(Transient) as lost:
        posts(receiver).post(receiver.url, {}, b"{}")
    assert lost.value.reason == "webhook-unreachable"
    assert receiver.calls == 1


def test_a_server_that_does_not_answer_is_left_behind(receiver):
    receiver.is_slow = True
    with pytest.raises(Transient) as late:
        posts(receiver, call_s=0.5).post(receiver.url, {}, b"{}")
    assert late.value.reason == "webhook-unreachable"
    assert receiver.calls == 1


def test_a_name_that_is_not_there_is_told_as_such():
    def nowhere(host: str, port: int) -> list[object]:
        raise OSError("no such name")

    calls = WebhookPosts(resolve=nowhere)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="leads nowhere"):
        calls.check("https://hooks.example.com/")
    with pytest.raises(CustomerFault):
        calls.post("https://hooks.example.com/", {}, b"{}")
    with pytest.raises(InvalidInput):
        calls.post("https://127.0.0.1/", {}, b"{}")


def test_of_several_addresses_the_first_that_answers_is_called(receiver):
    there = [ip_address("::1"), ip_address("127.0.0.9"), HERE]
    with_more = posts(receiver, resolve=lambda host, port: there, may_call=lambda address: True)
    assert with_more.post(receiver.url, {}, b"{}") == 200
    assert receiver.calls == 1
