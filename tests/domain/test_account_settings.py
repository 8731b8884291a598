"""An account's name and features; what is switched off cannot be made."""

from itertools import product

import pytest

from shared.domain.account_settings import AccountSettings, Flags, check_features
from shared.domain.choices import DataType, Frequency
from shared.errors import InvalidInput, NotAllowed


def settings(**values):
    return AccountSettings(**{"account_id": 1, "database_id": "db-1", "time_zone": "UTC"} | values)


def test_an_account_is_called_by_its_name_once_it_has_one():
    assert settings().title == "db-1"
    assert settings(name="Shop").title == "Shop"


@pytest.mark.parametrize("name", ["x" * 101, "a\nb", "\0", "a\u202eb"])
def test_a_name_that_could_not_be_shown_is_refused(name):
    with pytest.raises(InvalidInput, match="name of up to 100"):
        settings(name=name)


def test_settings_are_checked_as_an_accounts_are():
    with pytest.raises(InvalidInput, match="account id"):
        settings(account_id=0)


KINDS = list(product(DataType, Frequency))


@pytest.mark.parametrize(("data_type", "frequency"), KINDS)
def test_every_kind_of_export_may_be_made_unless_it_is_switched_off(data_type, frequency):
    check_features(Flags(), data_type, frequency)
    with pytest.raises(NotAllowed) as caught:
        check_features(Flags(bucket_export=False), data_type, frequency)
    assert caught.value.reason == "feature-off"


def test_recurring_profiles_are_switched_off_by_themselves():
    off = Flags(recurring_profile_export=False)
    refused = []
    for data_type, frequency in KINDS:
        try:
            check_features(off, data_type, frequency)
        except NotAllowed:
            refused.append((data_type, frequency))
    profiles = DataType.ALL_USER_PROPERTIES
    assert refused == [(profiles, Frequency.RECURRING), (profiles, Frequency.LIVE)]
