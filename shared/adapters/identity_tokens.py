"""Tells who calls the api function, by the header that IAP signed or by a token of Google's."""

from collections.abc import Mapping
from typing import Any

from shared.adapters.google_tokens import Certificates, read_claims
from shared.adapters.push_tokens import ALGORITHM, GOOGLE_CERTS, ISSUERS
from shared.errors import NotIdentified

IAP_KEYS = "https://www.gstatic.com/iap/verify/public_key"
IAP_ISSUER = "https://cloud.google.com/iap"
IAP_ALGORITHM = "ES256"


class IapTokens:
    """Reads the header that Identity-Aware Proxy signs for `audience`.

    An audience names one backend, such as `/projects/1/global/backendServices/2`: a header that
    was signed for another one, which anybody could have set up, is refused.
    """

    def __init__(self, audience: str, *, keys_url: str = IAP_KEYS) -> None:
        self._audience = audience
        self._keys = Certificates(keys_url)

    def email_of(self, token: str) -> str:
        """Whose the header is; raises NotIdentified, and Transient while keys cannot be had."""
        claims = read_claims(token, self._keys, algorithm=IAP_ALGORITHM)
        _check(claims, issuers=(IAP_ISSUER,), audience=self._audience)
        return _email(claims)


class MachineTokens:
    """Reads identity tokens that Google signs for service accounts that ask for `audience`."""

    def __init__(self, audience: str, *, certs_url: str = GOOGLE_CERTS) -> None:
        self._audience = audience
        self._certs = Certificates(certs_url)

    def email_of(self, token: str) -> str:
        """Whose the token is; raises NotIdentified, and Transient while keys cannot be had."""
        claims = read_claims(token, self._certs, algorithm=ALGORITHM)
        _check(claims, issuers=ISSUERS, audience=self._audience)
        if claims is None or claims.get("email_verified") is not True:
            raise _refused("token-of-another-account")
        return _email(claims)


def _check(claims: Mapping[str, Any] | None, *, issuers: tuple[str, ...], audience: str) -> None:
    if claims is None:
        raise _refused("token-invalid")
    if claims.get("iss") not in issuers:
        raise _refused("token-of-another-issuer")
    if claims.get("aud") != audience:
        raise _refused("token-for-another-audience")


def _email(claims: Mapping[str, Any] | None) -> str:
    email = (claims or {}).get("email")
    if not isinstance(email, str) or not email:
        raise _refused("token-of-another-account")
    return email.lower()


def _refused(reason: str) -> NotIdentified:
    return NotIdentified("Sign in again, with an account that was given access.", reason=reason)
