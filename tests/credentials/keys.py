"""Keys made while the tests run, so that nothing that looks like one lies in a file."""

import json
import random
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.leaks import watch

EMAIL = "sluice@customer-project.iam.gserviceaccount.com"
KEY_ID = "0123456789abcdef0123456789abcdef01234567"
PASSWORD = watch("canary-password-1f7b2c9d")


@cache
def pem(bits: int = 2_048, number: int = 0) -> str:
    """The private key of an RSA pair; `number` tells keys of one size apart."""
    del number
    return _pem(rsa.generate_private_key(65_537, bits))


@cache
def short_pem() -> str:
    """A private key of 512 bits, which no tool makes any more, yet all read."""
    chance = random.Random()
    p, q = _prime(chance), _prime(chance)
    exponent = 65_537
    d = pow(exponent, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=d % (p - 1),
        dmq1=d % (q - 1),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(exponent, p * q),
    )
    return _pem(numbers.private_key())


@cache
def other_pems() -> dict[str, str]:
    """Private keys that Google never puts into a key file."""
    rsa_key = rsa.generate_private_key(65_537, 2_048)
    encrypted = rsa_key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD.encode())
    ).decode()
    old_form = rsa_key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()
    return {
        "elliptic": _pem(ec.generate_private_key(ec.SECP256R1())),
        "encrypted": watch(encrypted),
        "pkcs1": watch(old_form),
    }


def fields(**changes: Any) -> dict[str, Any]:
    """The fields of a key file as Google writes it, with changes; None leaves a field out."""
    usual = {
        "type": "service_account",
        "project_id": "customer-project",
        "private_key_id": KEY_ID,
        "private_key": pem(),
        "client_email": EMAIL,
        "client_id": "123456789012345678901",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/sluice",
        "universe_domain": "googleapis.com",
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def key_file(**changes: Any) -> bytes:
    """A key file, with changes."""
    return json.dumps(fields(**changes), indent=2).encode()


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return watch(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def _prime(chance: random.Random) -> int:
    """A number of 256 bits that is prime in all likelihood."""
    while True:
        number = chance.getrandbits(256) | 3 << 254 | 1
        if number % 65_537 != 1 and all(pow(b, number - 1, number) == 1 for b in (2, 3, 5, 7, 11)):
            return number
