"""The environment sets addresses and limits; what it gets wrong is said in one sentence."""

from datetime import timedelta

import pytest

from shared.config import Limits, from_environment
from shared.errors import InvalidInput


def test_an_empty_environment_is_a_laptop():
    config = from_environment({})
    assert config.queue_url == "inline:"
    assert config.limits == Limits()
    assert (config.push_audience, config.push_service_account, config.log_level) == ("", "", "")


def test_a_limit_is_set_by_its_name_and_times_are_in_seconds():
    limits = from_environment({"LIMIT_SLICE_BYTES": "20000", "LIMIT_LEASE": "90"}).limits
    assert (limits.slice_bytes, limits.lease) == (20_000, timedelta(seconds=90))
    assert limits.slice_files == Limits().slice_files


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "1e3", "many", " 1", "1_000", "٣"])
def test_a_limit_that_is_no_number_above_zero_is_refused(value):
    with pytest.raises(InvalidInput, match="LIMIT_SLICE_FILES must be a whole number above 0"):
        from_environment({"LIMIT_SLICE_FILES": value})


def test_an_unknown_log_level_is_refused():
    with pytest.raises(InvalidInput, match="LOG_LEVEL must be one of DEBUG, INFO"):
        from_environment({"LOG_LEVEL": "loud"})


def test_a_configuration_does_not_show_its_addresses():
    config = from_environment({"STATE_URL": "postgresql://user:secret@host/db"})
    assert "secret" not in repr(config)


def test_addresses_for_the_lists_of_customers_are_read_and_checked():
    config = from_environment({"EGRESS_ADDRESSES": "192.0.2.1, 2001:db8::1 ,"})
    assert config.egress_addresses == ("192.0.2.1", "2001:db8::1")
    for wrong in ("192.0.2.256", "192.0.2.0/24", "example.com", "<script>"):
        with pytest.raises(InvalidInput, match="EGRESS_ADDRESSES must be IP addresses"):
            from_environment({"EGRESS_ADDRESSES": wrong})


def test_accounts_that_customers_let_act_as_theirs_are_read_and_checked():
    worker, prober = (f"sluice-{name}@p-1.iam.gserviceaccount.com" for name in ("worker", "prober"))
    config = from_environment({"IMPERSONATORS": f"{worker}, {prober},"})
    assert config.impersonators == (worker, prober)
    for wrong in ("ann@example.com", "worker", f"{worker} {prober}", "<b>@x.gserviceaccount.com"):
        with pytest.raises(InvalidInput, match="IMPERSONATORS must be addresses of service acc"):
            from_environment({"IMPERSONATORS": wrong})


def test_nobody_is_let_in_unless_the_environment_says_whom():
    config = from_environment({})
    assert (config.iap_audience, config.api_audience, config.local_member) == ("", "", "")
    assert from_environment({"IAP_AUDIENCE": "/projects/1/x"}).iap_audience == "/projects/1/x"
