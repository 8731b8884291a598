"""Key files that are refused, and the refusal after a look for secrets in every corner of it."""

import traceback

import pytest

from shared.credentials.key_file import parse
from shared.errors import InvalidInput
from tests.credentials.keys import key_file, other_pems, pem, short_pem
from tests.leaks import found_in, watch

VALUE = watch("canary-value-5c1e77aa03")


def refused(content):
    """The sentence of the refusal, after a look for secrets in every corner of the error."""
    with pytest.raises(InvalidInput) as caught:
        parse(content)
    error = caught.value
    assert error.reason == "key-refused"
    assert error.__cause__ is None
    assert error.__context__ is None, "the cause would carry the text along"
    assert not found_in("".join(traceback.format_exception(error)))
    assert not found_in(repr(error) + str(vars(error)))
    assert error.message.endswith(".")
    assert error.message.count(". ") == 0
    return error.message


REQUIRED = ["project_id", "private_key_id", "private_key", "client_email", "token_uri"]


def private_keys():
    others, good = other_pems(), pem()
    lines = good.splitlines()
    return {
        "512 bits": (short_pem(), "512 bits"),
        "1024 bits": (pem(1_024), "1024 bits"),
        "elliptic curve": (others["elliptic"], "not an RSA key"),
        "encrypted": (others["encrypted"], "encrypted"),
        "older form": (others["pkcs1"], "PKCS #8"),
        "no PEM": (VALUE, "PKCS #8"),
        "empty": ("", "PKCS #8"),
        "escaped twice": (good.replace("\n", "\\n"), "PKCS #8"),
        "two keys": (good + good, "PKCS #8"),
        "text in front": ("x\n" + good, "PKCS #8"),
        "certificate": (good.replace("PRIVATE KEY", "CERTIFICATE"), "PKCS #8"),
        "cut short": ("\n".join(lines[:-6] + lines[-1:]) + "\n", "damaged"),
        "lines exchanged": ("\n".join([lines[0], *lines[-2:0:-1], lines[-1]]), "damaged"),
        "bad base64": (good.replace(lines[5], "=" + lines[5][1:]), "damaged"),
        "too long": (good.replace(lines[5], lines[5] * 100), "too long"),
        "not ASCII": (good.replace(lines[5], "é" * 64), "PKCS #8"),
    }


DEEP = 4_000


FILES = {
    "nothing": b"",
    "no object": b'"' + VALUE.encode() + b'"',
    "a list": b"[" + key_file() + b"]",
    "two objects": key_file() + key_file(),
    "cut off": key_file()[:-2],
    "a comment": b"// " + VALUE.encode() + b"\n" + key_file(),
    "a trailing comma": key_file()[:-2] + b",}",
    "UTF-16": key_file().decode().encode("utf-16"),
    "not UTF-8": key_file().replace(b"customer-project", b"customer-proj\xff", 1),
    "overlong UTF-8": key_file().replace(b"customer-project", b"customer-proj\xc0\xaf", 1),
    "NUL": key_file() + b"\0",
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * 1_900 + b"1" + b"}" * 1_900,
    "a number without end": b'{"type":' + b"9" * 9_000 + b"}",
}
