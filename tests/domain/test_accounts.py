"""An account's settings, and which identifier an export takes over from them."""

import pytest

from shared.domain.exports import Account, DataType, Identifier
from shared.domain.identities import default_priority, identity_columns
from shared.errors import InvalidInput
from tests.domain.makers import account, chosen, recurring

EMAIL, IDENTITY, PHONE = Identifier.EMAIL, Identifier.IDENTITY, Identifier.PHONE


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+12"]
)
def test_iana_zones_are_accepted(zone):
    assert account(zone).time_zone == zone


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Mars/Olympus",
        "Europe",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "Factory",
        "right/UTC",
        "posix/Europe/Berlin",
        "Europe/Berlin\0",
        "\ud800",
        "zone.tab",
        "tzdata.zi",
        "x" * 5_000,
        "+05:30",
    ],
)
def test_what_is_no_zone_is_refused_with_an_example(zone):
    with pytest.raises(InvalidInput, match="give an IANA name such as"):
        account(zone)


@pytest.mark.parametrize("database_id", ["", "a b", "a/b", "ä", "x" * 65, "a\n", "."])
def test_a_database_id_must_fit_into_file_names(database_id):
    with pytest.raises(InvalidInput, match="1 to 64 letters"):
        Account(1, database_id, "UTC")


@pytest.mark.parametrize("account_id", [0, -1, 2**63])
def test_an_account_id_is_a_whole_number_from_1(account_id):
    with pytest.raises(InvalidInput, match="whole number from 1"):
        Account(account_id, "db", "UTC")


@pytest.mark.parametrize("identifiers", [(), (EMAIL, EMAIL)])
def test_identifiers_in_use_are_named_once_each(identifiers):
    with pytest.raises(InvalidInput, match="once each"):
        Account(1, "db", "UTC", identifiers)


@pytest.mark.parametrize(
    ("in_use", "data_type", "priority", "columns"),
    [
        ((IDENTITY,), DataType.ALL_EVENTS, None, ("identity",)),
        ((EMAIL,), DataType.ALL_EVENTS, None, ("email",)),
        ((EMAIL,), DataType.ALL_EVENTS, (EMAIL,), ("email",)),
        ((PHONE,), DataType.ALL_USER_PROPERTIES, None, ("phone",)),
        ((EMAIL,), DataType.SELECT_EVENTS, None, ("identity",)),
        ((EMAIL, PHONE), DataType.SELECT_EVENTS, None, ("identity",)),
        ((EMAIL, PHONE), DataType.ALL_EVENTS, (PHONE, EMAIL), ("phone", "email")),
        (
            (EMAIL, IDENTITY, PHONE),
            DataType.ALL_USER_PROPERTIES,
            (PHONE, IDENTITY, EMAIL),
            ("phone", "identity", "email"),
        ),
    ],
)
def test_the_identity_comes_from_the_identifiers_in_use(in_use, data_type, priority, columns):
    events = ("a",) if data_type is DataType.SELECT_EVENTS else ()
    spec = chosen(
        account("UTC", *in_use), data_type=data_type, events=events, identity_priority=priority
    )
    assert identity_columns(spec) == columns


@pytest.mark.parametrize(
    ("in_use", "priority", "advice"),
    [
        ((EMAIL, PHONE), None, "give the identity priority .* for example email,phone"),
        ((EMAIL, PHONE), (), "give the identity priority"),
        ((EMAIL, PHONE), (EMAIL,), "each of them once"),
        ((EMAIL, PHONE), (EMAIL, EMAIL), "each of them once"),
        ((EMAIL, PHONE), (EMAIL, PHONE, EMAIL), "each of them once"),
        ((EMAIL, PHONE), (EMAIL, IDENTITY), "each of them once"),
        ((EMAIL,), (IDENTITY,), "Only email is in use"),
    ],
)
def test_an_order_of_all_identifiers_in_use_is_required_when_there_are_several(
    in_use, priority, advice
):
    with pytest.raises(InvalidInput, match=advice):
        chosen(account("UTC", *in_use), identity_priority=priority)


def test_a_specification_names_no_identifier_twice_and_none_for_selected_events():
    with pytest.raises(InvalidInput, match="each identifier once"):
        recurring(identity_priority=(EMAIL, EMAIL))
    with pytest.raises(InvalidInput, match="leave the identity priority out"):
        recurring(data_type=DataType.SELECT_EVENTS, events=("a",), identity_priority=(EMAIL,))


def test_a_form_offers_identity_first():
    assert default_priority(account("UTC", PHONE, EMAIL, IDENTITY)) == (IDENTITY, EMAIL, PHONE)
    assert default_priority(account("UTC", PHONE, EMAIL)) == (EMAIL, PHONE)
