"""Which addresses a webhook may have, and that its signatures are those of the specification."""

import base64
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from shared.domain.webhooks import (
    WAITS,
    checked_events,
    checked_url,
    is_public,
    next_try_at,
    shown_secret,
    signed_headers,
)
from shared.errors import InvalidInput
from tests.domain.makers import NOW


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com",
        "https://hooks.example.com/a/b?c=d",
        "https://hooks.example.com:8443/",
        "https://HOOKS.Example.com/x",
        "https://xn--bcher-kva.example/x",
    ],
)
def test_a_name_on_the_internet_is_taken_as_it_is(url):
    assert checked_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "http://hooks.example.com",
        "ftp://hooks.example.com",
        "file:///etc/passwd",
        "https://",
        "https://user:pw@hooks.example.com",
        "https://hooks.example.com#x",
        "https://hooks.example.com@169.254.169.254/",
        "https://hooks.example.com\\@evil.example/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://8.8.8.8/",
        "https://localhost/",
        "https://localhost.localdomain.localhost/",
        "https://metadata.google.internal/",
        "https://printer.local/",
        "https://intranet/",
        "https://hooks.example.com:22/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/\r\nHost: evil",
        "https://hooks.example.com/ x",
        "https://hooks.exämple.com/",
        "https://-hooks.example.com/",
        "https://hooks.example.com/" + "a" * 2_000,
    ],
)
def test_any_other_address_is_refused_and_not_repeated(url):
    with pytest.raises(InvalidInput) as refused:
        checked_url(url)
    assert refused.value.reason == "webhook-address"
    assert "pw" not in refused.value.message


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:1::",
        "2001:db8::1",
        "::127.0.0.1",
    ],
)
def test_no_address_inside_of_a_network_is_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "34.120.1.2", "2a00:1450:4001:81b::200e"])
def test_an_address_of_the_internet_is_public(address):
    assert is_public(ip_address(address))


@given(st.binary(max_size=2_000), st.binary(min_size=24, max_size=64))
def test_a_receiver_that_follows_the_specification_accepts_every_message(body, secret):
    text = base64.b64encode(body)
    headers = dict(signed_headers("msg_1", datetime.now(UTC), b'"' + text + b'"', [secret]))
    assert Webhook(shown_secret(secret)).verify(b'"' + text + b'"', headers) == text.decode()


def test_tries_spread_over_a_day_and_end():
    assert timedelta(hours=24) <= sum(WAITS, timedelta()) < timedelta(hours=25)
    assert next_try_at(1, NOW) == NOW + timedelta(minutes=1)
    assert next_try_at(len(WAITS) + 1, NOW) is None


def test_events_are_those_of_the_list():
    assert checked_events(["export.failed", "export.initiated", "export.failed"]) == (
        "export.initiated",
        "export.failed",
    )
    for wrong in ([], ["export.exploded"]):
        with pytest.raises(InvalidInput, match="Choose one or more"):
            checked_events(wrong)
