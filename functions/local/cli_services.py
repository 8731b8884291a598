"""Services for one command, with tables that are up to date and an account to work in."""

from typing import TYPE_CHECKING

from shared.domain.exports import Account

if TYPE_CHECKING:
    # Services load state and its migrations, half a second that `--help` need not wait for.
    from shared.jobs.services import Services


def local_services() -> "Services":
    """The services of this process, with state's tables brought up to date."""
    from shared.bootstrap import services

    built = services()
    built.database.migrate()
    return built


def services_with_account(account_id: int) -> "Services":
    """The same, with account 1 made on first use; other accounts are set up by `account`."""
    from shared.state import accounts

    built = local_services()
    if account_id == 1 and built.database.run(lambda c: accounts.get(c, 1)) is None:
        built.database.run(lambda c: accounts.put(c, default_account(1)))
    return built


def default_account(account_id: int) -> Account:
    """An account as it is before anybody has set anything."""
    return Account(account_id=account_id, database_id=f"db{account_id}", time_zone="UTC")
