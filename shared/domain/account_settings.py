"""All settings of an account: those that exports copy, its name and what is switched on."""

from dataclasses import dataclass, field

from shared.domain.accounts import Account
from shared.domain.choices import DataType, Frequency
from shared.errors import InvalidInput, NotAllowed

NAME_CHARS_MAX = 100


@dataclass(frozen=True, slots=True)
class Flags:
    """Features that an account has or has not."""

    bucket_export: bool = True
    recurring_profile_export: bool = True
    bigquery_import: bool = True


@dataclass(frozen=True, slots=True)
class AccountSettings(Account):
    """An account as its members see it."""

    name: str = ""
    flags: Flags = field(default_factory=Flags)

    def __post_init__(self) -> None:
        # A dataclass with slots is made anew, so that a bare `super()` would look in the old one.
        Account.__post_init__(self)
        if len(self.name) > NAME_CHARS_MAX or not self.name.isprintable():
            raise InvalidInput(f"Give the account a name of up to {NAME_CHARS_MAX} characters.")

    @property
    def title(self) -> str:
        """What to call it: its name, or its database id before it has one."""
        return self.name or self.database_id


def check_features(flags: Flags, data_type: DataType, frequency: Frequency) -> None:
    """Raise NotAllowed when the account may not make an export of this kind."""
    if not flags.bucket_export:
        raise NotAllowed(
            "Exports to buckets are switched off for this account; an admin can switch them on "
            "in the account's settings.",
            reason="feature-off",
        )
    recurring = frequency is not Frequency.ONE_TIME
    if recurring and data_type.is_profiles and not flags.recurring_profile_export:
        raise NotAllowed(
            "Recurring exports of user profiles are switched off for this account; an admin can "
            "switch them on in the account's settings.",
            reason="feature-off",
        )
