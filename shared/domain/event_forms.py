"""The form of an event name that stands in file names, and what happens when two names meet."""

import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import count

FORM_BYTES_MAX = 255  # a file name takes no longer segment, so no longer form is ever shown
HASH_DIGITS = 8
# Forms over this length are cut in some file names. It leaves room for the longest ids, date,
# index, database id and extension: every form that was cut is still longer than this.
_MAYBE_CUT_BYTES = 100
_DASHED = re.compile("[\0\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000/]")
_ASKED = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SUFFIX = re.compile(r"~([0-9a-f]{8,64})(~[1-9][0-9]*)?\Z")


def event_form(raw: str) -> str:
    """White space, slash and NUL become `-`; other control characters and lone surrogates `?`.

    A name over 255 bytes of UTF-8 is cut to that and ends with its hash.
    """
    form = _replaced(raw)
    if len(form.encode()) <= FORM_BYTES_MAX:
        return form
    return _with(form, suffix_of(raw))


def hashed(form: str, raw: str) -> str:
    """The form with `~` and 8 hex digits of the SHA-256 of the raw name behind it."""
    return form + suffix_of(raw)


def candidate_forms(raw: str) -> Iterator[str]:
    """The forms a raw name may take, in order, without end: the first one that is free is its own.

    First the plain form, then with 8 digits of its hash, then ever more, then with a number too:
    other names may own any finite number of forms, even on purpose.
    """
    plain = event_form(raw)
    yield plain
    form = _replaced(raw)
    for digits in range(HASH_DIGITS, 65, 4):
        candidate = _with(form, suffix_of(raw, digits))
        if candidate != plain:
            yield candidate
    for number in count(1):
        yield _with(form, f"{suffix_of(raw, 64)}~{number}")


def unmistakable(form: str, raw: str) -> str:
    """The form as names show it: one that only looks as if it had been cut gets its own hash.

    Otherwise an event could be given the very name that a longer one has after its cut.
    """
    looks_cut = len(form.encode()) > _MAYBE_CUT_BYTES and _SUFFIX.search(form)
    return hashed(form, raw) if looks_cut and not own_suffix(form, raw) else form


def own_suffix(form: str, raw: str) -> str:
    """The part of a form that is the hash of its own raw name, or nothing."""
    match = _SUFFIX.search(form)
    own = match is not None and _digest(raw).startswith(match[1])
    return match[0] if match is not None and own else ""


def suffix_of(raw: str, digits: int = HASH_DIGITS) -> str:
    """`~` and the first hex digits of the SHA-256 of the raw name in UTF-8."""
    return "~" + _digest(raw)[:digits]


def cut_text(text: str, bytes_max: int) -> str:
    """The longest beginning of the text that has at most `bytes_max` bytes of UTF-8."""
    return text.encode()[:bytes_max].decode(errors="ignore")


def _with(form: str, suffix: str) -> str:
    return cut_text(form, FORM_BYTES_MAX - len(suffix)) + suffix


def _replaced(raw: str) -> str:
    return _ASKED.sub("?", _DASHED.sub("-", raw))


def _digest(raw: str) -> str:
    return sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
