"""Send to: further addresses of an export's notices."""

import pytest

from shared.domain.addresses import SEND_TO_MAX, checked_addresses, is_address
from shared.domain.edits import edited
from shared.domain.exports import Frequency
from shared.domain.specs import ExportSpec
from shared.errors import InvalidInput
from tests.domain.makers import account, chosen, recurring


def test_addresses_are_kept_in_lower_case_and_once():
    spec = chosen(send_to=(" Ann@Example.com", "ann@example.com", "b@example.com"))
    assert spec.send_to == ("ann@example.com", "b@example.com")
    assert ExportSpec.from_dict(spec.to_dict()) == spec


def test_an_export_without_them_is_stored_as_ever():
    assert "send_to" not in chosen().to_dict()


def test_they_are_edited_and_taken_away():
    before = recurring(send_to=("a@example.com",))
    assert edited(account(), before).send_to == ("a@example.com",)
    assert edited(account(), before, send_to=("B@example.com",)).send_to == ("b@example.com",)
    assert edited(account(), before, send_to=()).send_to == ()
    assert before.frequency is Frequency.RECURRING


@pytest.mark.parametrize(
    "wrong",
    [
        "ann",
        "a@b\r\nBcc: eve@example.com",
        "a b@example.com",
        "<a@example.com>",
        "",
        "ä@example.com",
    ],
)
def test_what_is_no_address_is_refused(wrong):
    with pytest.raises(InvalidInput, match="e-mail address"):
        checked_addresses([wrong])
    assert not is_address(wrong)


def test_there_are_at_most_twenty():
    many = [f"a{number}@example.com" for number in range(SEND_TO_MAX + 1)]
    assert len(checked_addresses(many[:-1])) == SEND_TO_MAX
    with pytest.raises(InvalidInput, match="at most 20"):
        checked_addresses(many)
    with pytest.raises(InvalidInput, match="once, in lower case"):
        recurring(send_to=("A@example.com",))


def test_programs_and_keys_have_no_address():
    assert [is_address(each) for each in ("key:Ab3", "command-line", None, "a@example.com")] == [
        False,
        False,
        False,
        True,
    ]
