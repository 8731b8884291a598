"""Nothing secret passes into what is kept of a text from elsewhere, however it is wrapped."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.redaction import DETAIL_CHARS_MAX, redacted
from tests.credentials.keys import key_file, other_pems, pem
from tests.leaks import found_in, watch

TOKEN = watch("ya29.canary-a0AfB_byCanary1234567890")
SIGNED = watch("eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOiJ0b2tlbiJ9.c2lnbmVkLWNhbmFyeS0x")
OURS = watch("sluice_canary7f3b_Zm9vYmFyYmF6cXV4Zm9v")
SHORT = watch("canary-hunter2-9e4f")
SIGNATURE = watch("9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d00canary")
HIDDEN = {
    "key in PEM": lambda: f"could not read {pem()}",
    "key with escaped line ends": lambda: json.dumps({"private_key": pem()}),
    "key escaped twice": lambda: json.dumps(json.dumps({"private_key": pem()})),
    "key file": lambda: f"bad: {key_file().decode()}",
    "key that was cut off": lambda: f"bad key {pem()[:700]}",
    "key without its frame": lambda: "bad " + "".join(pem().splitlines()[1:-1]),
    "line of a key": lambda: f"line {pem().splitlines()[3]} is wrong",
    "old form of a key": lambda: other_pems()["pkcs1"],
    "key in base64": lambda: base64.b64encode(pem().encode()).decode(),
    "token of Google": lambda: f"token {TOKEN} is not believed",
    "signed token": lambda: f"the assertion ({SIGNED}) was refused",
    "our own key": lambda: f"no such key {OURS}",
    "header": lambda: f"Authorization: Bearer {SHORT}\r\nHost: x",
    "header in a mapping": lambda: str({"authorization": f"Bearer {SHORT}"}),
    "header of another kind": lambda: f'Authorization: Digest username="a", response="{SHORT}"',
    "header of a proxy": lambda: f"proxy-authorization=Basic {SHORT}",
    "login of a mail server": lambda: f"AUTH PLAIN {SHORT} refused",
    "password of an address": lambda: f"smtp://user:{SHORT}@mail.example:587 refused",
    "password of a database": lambda: f"postgresql://u:{SHORT}@h/db?sslmode=require",
    "password in a query": lambda: f"https://x.example/?a=1&password={SHORT}",
    "password in JSON": lambda: json.dumps({"client_secret": SHORT, "a": 1}),
    "password in words": lambda: f"password = '{SHORT}', refused",
    "token in a form": lambda: f"grant_type=x&refresh_token={SHORT}&b=2",
    "cookie": lambda: f"Set-Cookie: {SHORT}; Path=/",
    "signed address": lambda: (
        f"GET https://storage.googleapis.com/b/o?X-Goog-Signature={SIGNATURE}&X-Goog-Date=1 failed"
    ),
    "signature alone": lambda: f"X-Goog-Signature: {SIGNATURE}",
    "body of an e-mail": lambda: f"554 rejected:\r\nSubject: Hi\r\n\r\nDear {SHORT}, you owe us",
    "body of an e-mail on one line": lambda: repr(f"554 rejected:\nSubject: Hi\n\nDear {SHORT}"),
}


@pytest.mark.parametrize("case", HIDDEN)
def test_a_secret_does_not_pass(case):
    text = HIDDEN[case]()
    assert found_in(text)
    for given_text in (text, " ".join([text] * 3), "x" * 400 + " " + text):
        assert not found_in(redacted(given_text)), case
        assert not found_in(redacted(given_text, 100_000)), case


@pytest.mark.parametrize("case", HIDDEN)
def test_what_stood_in_front_of_a_secret_is_still_told(case):
    assert "[removed]" in redacted(HIDDEN[case]())


PLAIN = (
    "Credentials are incorrect, GCP account is forbidden.",
    "100 rows were expected, but 90 were written and 0 rejected: -10 rows.",
    "Added_To_Cart/2026-11-20/db1_1764000000_1764003600_0.json.gz is in the bucket with other "
    "content; it was not touched.",
    "The description of a@b.iam.gserviceaccount.com does not show that it is yours: add "
    "sluice:0123456789abcdef0123456789abcdef to it, as a word of its own, and try again.",
    "550 5.1.1 <bob@example.com>: Recipient address rejected: User unknown",
    "The token's signature or times are wrong.",
)


@pytest.mark.parametrize("text", PLAIN)
def test_an_ordinary_sentence_stays_as_it_is(text):
    assert redacted(text) == text


def test_markup_and_controls_are_taken_out():
    page = "<html><head><title>502</title></head><body>Bad\x00 gate\u202eway\x1b[31m</body></html>"
    assert redacted(page) == "502 Bad gate way [31m"


@given(st.text(max_size=2_000), st.integers(1, 600))
def test_the_rest_is_one_printable_line_of_bounded_length(text, limit):
    found = redacted(text, limit)
    assert len(found) <= limit
    assert found.isprintable()
    assert found.encode().decode() == found


def test_a_text_without_end_costs_no_more_than_its_beginning():
    assert len(redacted("-----BEGIN " * 1_000_000)) <= DETAIL_CHARS_MAX
    assert redacted("a" * 30 + " " + quote("é" * 400_000)).startswith("aaa")


@given(st.binary(min_size=45, max_size=200))
def test_bytes_in_base64_do_not_pass(content):
    code = base64.b64encode(content).decode()
    assert code not in redacted(f"got {code} back") or not any(map(str.isdigit, code))
