"""Page tokens lead on in the list that they are of, and nobody can make one up."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pages import PAGE_SIZE_MAX, checked_page_size, decode, encode
from shared.domain.signing import SIGNATURE_BYTES, opened, signed
from shared.errors import InvalidInput

SECRET, OTHER = b"s" * 32, b"t" * 32
POSITIONS = st.lists(st.one_of(st.integers(), st.text(max_size=50), st.none()), max_size=4)


@given(position=POSITIONS, about=st.text(max_size=50))
def test_a_token_gives_back_the_position(position, about):
    assert decode(encode(position, SECRET, about), SECRET, about) == position


@given(position=POSITIONS, data=st.data())
def test_a_token_with_one_changed_byte_is_refused(position, data):
    raw = bytearray(base64.urlsafe_b64decode(encode(position, SECRET) + "=="))
    where = data.draw(st.integers(0, len(raw) - 1))
    raw[where] ^= data.draw(st.integers(1, 255))
    forged = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    with pytest.raises(InvalidInput):
        decode(forged, SECRET)


@pytest.mark.parametrize(("secret", "about"), [(OTHER, "a"), (SECRET, "b"), (SECRET, "")])
def test_a_token_of_another_list_or_installation_is_refused(secret, about):
    token = encode([1], SECRET, "a")
    with pytest.raises(InvalidInput) as caught:
        decode(token, secret, about)
    assert caught.value.reason == "bad-page-token"


def test_a_text_that_was_signed_for_another_use_is_no_page_token():
    with pytest.raises(InvalidInput):
        decode(signed([1], SECRET, "form:"), SECRET)
    with pytest.raises(ValueError, match="no token of ours"):
        opened(encode([1], SECRET), SECRET, "form:")


@given(text=st.text(min_size=1, max_size=80))
def test_any_other_text_is_refused(text):
    with pytest.raises(InvalidInput):
        decode(text, SECRET)


@pytest.mark.parametrize(
    "text", ["A", "=", "....", "A" * 100_000, "é" * 24, base64.b64encode(b"[1]").decode(), "\0"]
)
def test_garbage_is_refused(text):
    with pytest.raises(InvalidInput):
        decode(text, SECRET)


def test_a_short_signature_does_not_count():
    raw = base64.urlsafe_b64decode(encode([1], SECRET) + "==")
    for length in range(SIGNATURE_BYTES):
        cut = base64.urlsafe_b64encode(raw[:length]).rstrip(b"=").decode()
        if cut:
            with pytest.raises(InvalidInput):
                decode(cut, SECRET)


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_it_is_the_first_page(token):
    assert decode(token, SECRET) is None


@pytest.mark.parametrize(("asked", "size"), [(None, 20), (1, 1), (PAGE_SIZE_MAX, PAGE_SIZE_MAX)])
def test_a_page_has_as_many_items_as_are_asked_for(asked, size):
    assert checked_page_size(asked) == size


@pytest.mark.parametrize("size", [-1, 0, PAGE_SIZE_MAX + 1, 10**9])
def test_other_page_sizes_are_refused(size):
    with pytest.raises(InvalidInput, match="1 to 200"):
        checked_page_size(size)
