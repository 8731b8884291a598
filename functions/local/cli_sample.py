"""The command that loads something to try Sluice with."""

from functions.local.cli_options import AccountId
from functions.local.cli_services import services_with_account


def sample(account_id: AccountId = 1) -> None:
    """Load made-up events and profiles, to try Sluice with.

    Those of the last two weeks, up to now. The dashboard may be open meanwhile.
    """
    from functions.local.sampling import load_sample

    load_sample(services_with_account(account_id), account_id)
