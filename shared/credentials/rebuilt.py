"""Google's credentials for a customer's key, put together from three facts and our constants.

Google's own loaders are never given a customer's text: they believe it where to send a signed
token, and some kinds of it make them read local files.
"""

from google.auth.crypt import RSASigner
from google.oauth2 import service_account

from shared.credentials.key_file import TOKEN_URI, UNIVERSE_DOMAIN
from shared.credentials.kinds import ServiceAccountKey
from shared.logs import keep_payloads_out

# Jobs may be made and tables read, as far as the account's roles allow it.
BIGQUERY_SCOPE = "https://www.googleapis.com/auth/bigquery"
# Objects may be read and written; buckets, their policies and their access lists may not.
STORAGE_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"


def credentials_of(
    key: ServiceAccountKey, scope: str = STORAGE_SCOPE
) -> service_account.Credentials:
    """Credentials that ask Google, and nobody else, for tokens to one of its services."""
    keep_payloads_out("google.auth", "google.oauth2")
    signer = RSASigner(key.private_key, key_id=key.key_id)
    return service_account.Credentials(
        signer,
        service_account_email=key.email,
        token_uri=TOKEN_URI,
        scopes=[scope],
        universe_domain=UNIVERSE_DOMAIN,
    )
