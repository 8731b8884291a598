"""E-mail addresses that a notice goes to beside its export's creator."""

from collections.abc import Iterable

from shared.domain.members import checked_email
from shared.errors import InvalidInput

# A notice is for those who look after an export, not for a mailing list.
SEND_TO_MAX = 20


def checked_addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """The addresses in lower case, each once; raises InvalidInput and names none of them."""
    found = tuple(dict.fromkeys(checked_email(text) for text in texts))
    if len(found) > SEND_TO_MAX:
        raise InvalidInput(f"Notices go to at most {SEND_TO_MAX} further addresses; name fewer.")
    return found


def is_address(text: str | None) -> bool:
    """Whether mail can be sent there: those who made an export may be keys or programs."""
    try:
        return text is not None and checked_email(text) == text
    except InvalidInput:
        return False
