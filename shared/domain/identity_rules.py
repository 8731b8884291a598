"""Which texts are no identity of anybody: what programs write when they have none."""

IDENTITY_CHARS_MAX = 1_024
# Compared in lower case and without spaces around it.
REFUSED = frozenset(
    {
        "undefined", "null", "na", "n/a", "0", "nil", "-1", "infinity", "-infinity", "inf", "-inf",
        "nan", "-nan", "empty", "xxxxxx",
    }
)  # fmt: skip


def identity_fault(identity: str | None) -> str | None:
    """Why this text cannot be an identity; None when it can."""
    text = (identity or "").strip()
    if not text:
        return "identity is missing"
    if text.lower() in REFUSED:
        return "identity is a word that stands for none"
    if len(text) > IDENTITY_CHARS_MAX:
        return f"identity has more than {IDENTITY_CHARS_MAX:,} characters"
    return None
