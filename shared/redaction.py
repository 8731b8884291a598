"""What may be kept of a text that came from elsewhere: one short line without anything secret."""

import re

# An error's detail is for people; a longer one would only fill tables and screens.
DETAIL_CHARS_MAX = 500
# More is never looked at.
_READ_CHARS_MAX = 20_000
_GONE = "[removed]"

_NAMES = (
    "private_key|client_secret|password|passwd|secret|(?:access_|refresh_|id_)?token|assertion|"
    "api[_-]?key|signature|sig|cookie|set-cookie|credentials?"
)
# Each finds something secret, its first group stays. The order counts: a key before its pieces.
_SECRETS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), kept)
    for pattern, kept in (
        # A key in PEM, also one that was cut off or whose line ends are escaped.
        (r"-----BEGIN [A-Z0-9 ]{0,40}-----.*?(?:-----END [A-Z0-9 ]{0,40}-----|\Z)", ""),
        # What follows an empty line is a body: an e-mail, a page.
        (r"(?:\r?\n){2}.*|(?:\\r)?\\n(?:\\r)?\\n.*", ""),
        (r"((?:proxy-)?authorization\\?[\"']?\s*[:=])[^\r\n]*", r"\1 "),
        # No word of a sentence, such as "bearer token".
        (r"(\b(?:bearer|basic))\s+(?=[a-z]*[\w.~+/=-]?[0-9._~+/=-]\S|\S{16})\S+", r"\1 "),
        (r"(\bAUTH\s+(?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5))\s+\S+", r"\1 "),
        # A signature stands in the query of an address, a password before its host.
        (r"(\b[a-z][a-z0-9+.-]{1,20}://[^\s?\"'<>]*)\?[^\s\"'<>]*", r"\1?"),
        (r"(\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@\"'<>]+(?=@)", r"\1"),
        (
            rf"(\b(?:[\w-]{{0,40}}[_-])?(?:{_NAMES})\\?[\"']?\s*[:=]\s*)\\?[\"']?[^\s\"',;&}}]+",
            r"\1",
        ),
        # Tokens by what they look like: signed ones, Google's, our own.
        (r"\beyJ[\w-]{5,}(?:\.[\w-]*){1,4}", ""),
        (r"\b(?:ya29\.|AIza|GOCSPX-|1//|sluice_)[\w.~/-]{8,}", ""),
        # Whatever else is as long as keys are, and no word.
        (r"(?=[A-Za-z+/]{0,199}[0-9])[A-Za-z0-9+/]{40,}={0,2}", ""),
    )
)
_MARKUP = re.compile(r"<[/!]?[a-zA-Z][^<>@]{0,500}>")
_SPACES = re.compile(r"\s+")


def redacted(text: str, limit: int = DETAIL_CHARS_MAX) -> str:
    """One printable line of at most `limit` characters, without keys, tokens, bodies or markup."""
    found = text[:_READ_CHARS_MAX]
    for pattern, kept in _SECRETS:
        found = pattern.sub(kept + _GONE, found)
    found = _MARKUP.sub(" ", found)
    found = "".join(letter if letter.isprintable() else " " for letter in found)
    found = _SPACES.sub(" ", found).strip()
    return found if len(found) <= limit else found[: limit - 1] + "…"
