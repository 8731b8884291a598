"""How many there are of something, in words."""


def counted(count: float, one: str, many: str = "", *, sign: bool = False) -> str:
    """Such as "1 row", "2,000 rows" or, with its sign, "+1 row".

    `many` is the plural where that is more than an s behind the singular.
    """
    number = f"{count:+,.0f}" if sign else f"{count:,.0f}"
    return f"{number} {one if abs(round(count)) == 1 else many or one + 's'}"
