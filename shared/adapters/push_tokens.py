"""Lets in only the service accounts that were agreed on, by the token that Google signed for it.

Pub/Sub and Cloud Scheduler send an OpenID Connect token with each call. Nothing of a token is
ever logged or answered.
"""

from shared.adapters.google_tokens import Certificates, read_claims

GOOGLE_CERTS = "https://www.googleapis.com/oauth2/v1/certs"
ALGORITHM = "RS256"
ISSUERS = ("accounts.google.com", "https://accounts.google.com")


class PushTokens:
    """Asks for a token for `audience`, issued by Google to one of the service accounts."""

    def __init__(self, audience: str, *emails: str, certs_url: str = GOOGLE_CERTS) -> None:
        self._audience = audience
        self._emails = frozenset(emails)
        self._certs = Certificates(certs_url)

    def refuse(self, authorization: str | None) -> str | None:
        """Why a call with this header is refused; None when it is not.

        Raises Transient while Google's certificates cannot be had.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return "token-missing"
        claims = read_claims(token, self._certs, algorithm=ALGORITHM)
        if claims is None:
            return "token-invalid"
        if claims.get("iss") not in ISSUERS:
            return "token-of-another-issuer"
        if claims.get("aud") != self._audience:
            return "token-for-another-audience"
        if claims.get("email") not in self._emails or claims.get("email_verified") is not True:
            return "token-of-another-account"
        return None
