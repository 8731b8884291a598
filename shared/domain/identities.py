"""Which identifier stands for a user in an export, and how that choice is frozen."""

from shared.domain.accounts import Account
from shared.domain.choices import DataType, Identifier
from shared.domain.specs import ExportSpec
from shared.errors import InvalidInput


def identity_columns(spec: ExportSpec) -> tuple[str, ...]:
    """Warehouse columns in order of priority; the first that is neither null nor '' is taken."""
    return tuple(spec.identity_priority) or (Identifier.IDENTITY.value,)


def default_priority(account: Account) -> tuple[Identifier, ...]:
    """What a form offers at first: Identity, then Email, then Phone, as far as they are in use."""
    order = (Identifier.IDENTITY, Identifier.EMAIL, Identifier.PHONE)
    return tuple(each for each in order if each in account.identifiers)


def frozen_priority(
    account: Account,
    data_type: DataType,
    *,
    chosen: tuple[Identifier, ...] | None,
    previous: tuple[Identifier, ...] = (),
) -> tuple[Identifier, ...]:
    """The priority that an export keeps until it is edited.

    Empty for selected events, which take the identity column as it is. With one identifier in
    use nothing is asked. With several an order of all of them is required; an edit that names
    none keeps the previous one while it still fits the identifiers in use.
    """
    in_use = account.identifiers
    if data_type is DataType.SELECT_EVENTS:
        if chosen:
            raise InvalidInput(
                "Selected events carry the identity as it is: leave the identity priority out,"
                " or export all events."
            )
        return ()
    if len(in_use) == 1:
        if chosen and chosen != in_use:
            raise InvalidInput(
                f"Only {in_use[0].value} is in use as identifier: leave the identity priority"
                " out, or put more identifiers in use first."
            )
        return in_use
    priority = previous if chosen is None and _orders(previous, in_use) else chosen or ()
    if not _orders(priority, in_use):
        names = ",".join(default_priority(account))
        raise InvalidInput(
            "Several identifiers are in use: give the identity priority with each of them once,"
            f" for example {names}."
        )
    return priority


def _orders(priority: tuple[Identifier, ...], in_use: tuple[Identifier, ...]) -> bool:
    """True when `priority` names every identifier in use, and no other, exactly once."""
    return len(priority) == len(in_use) and set(priority) == set(in_use)
