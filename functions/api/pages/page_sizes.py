"""*Items per page*: how many a list shows."""

from flask import request

from shared.domain.filters import PAGE_SIZES_OFFERED
from shared.domain.pages import PAGE_SIZE_USUAL
from shared.errors import InvalidInput


def items_chosen() -> int:
    """What the address asks for; raises InvalidInput for what is not offered."""
    text = request.args.get("items", str(PAGE_SIZE_USUAL))
    if text not in map(str, PAGE_SIZES_OFFERED):
        raise InvalidInput("Choose 10, 20, 30 or 40 items per page.", reason="bad-page-size")
    return int(text)
