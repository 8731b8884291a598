"""An account (tenant): what its exports take over from its settings."""

import re
from dataclasses import dataclass

from shared.domain.choices import Identifier
from shared.domain.local_time import check_zone
from shared.errors import InvalidInput

_DATABASE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ACCOUNT_ID_MAX = 2**63 - 1  # the warehouse column is an INT64


@dataclass(frozen=True, slots=True)
class Account:
    """A tenant and the settings that an export copies when it is made."""

    account_id: int
    database_id: str  # part of every file name
    time_zone: str  # IANA name
    identifiers: tuple[Identifier, ...] = (Identifier.IDENTITY,)  # in use, see User Identity

    def __post_init__(self) -> None:
        if not 1 <= self.account_id <= _ACCOUNT_ID_MAX:
            raise InvalidInput(
                f"The account id {self.account_id} is not possible: give a whole number from 1."
            )
        if not _DATABASE_ID.fullmatch(self.database_id):
            raise InvalidInput(
                f"The database id {self.database_id[:80]!r} cannot stand in file names: use 1 to"
                " 64 letters, digits, '-' or '_'."
            )
        check_zone(self.time_zone)
        if not self.identifiers or len(set(self.identifiers)) != len(self.identifiers):
            raise InvalidInput(
                "Name the identifiers in use once each: one or more of email, identity, phone."
            )
