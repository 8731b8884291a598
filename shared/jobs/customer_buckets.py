"""Opens the buckets of accounts: from what state knows, the store of secrets, and the cloud."""

from dataclasses import dataclass

from shared.credentials.key_file import key_of_secret
from shared.credentials.kinds import Credential, CredentialKind, Impersonation, ServiceAccountKey
from shared.domain.bucket_access import Access
from shared.domain.cloud_names import BUCKET_SCHEME, bucket_name
from shared.errors import OurFault
from shared.ports import Bucket, OpenBucket, Secrets
from shared.reasons import SECRET_MISSING, SECRET_UNREADABLE
from shared.state import buckets
from shared.state.buckets import SavedBucket
from shared.state.database import Database


@dataclass(frozen=True, slots=True)
class CustomerBuckets:
    """What `Services.bucket` is: (account, address) -> a bucket that is opened anew each time.

    So a key that was rotated is used, and a proof of ownership that was withdrawn is missed, by
    the next slice.
    """

    database: Database
    secrets: Secrets
    open_with: OpenBucket

    def __call__(self, account_id: int, url: str) -> Bucket:
        """The bucket; raises InvalidInput, CustomerFault or Transient when it cannot be opened."""
        if not url.startswith(BUCKET_SCHEME):
            return self.open_with(url, None)
        bucket_name(url)
        saved = self.database.run(lambda c: buckets.find(c, account_id, url))
        return self.open_with(url, None if saved is None else self._credential(saved))

    def given(self, account_id: int, url: str, access: Access) -> Bucket:
        """The bucket with credentials that are not saved with it yet; raises the same."""
        if access.kind == CredentialKind.KEY:
            key = key_of_secret(self.secrets.get(str(access.secret)))
            return self.open_with(url, checked_key(key, access))
        return self.open_with(url, self._impersonation(account_id, access))

    def _credential(self, saved: SavedBucket) -> Credential:
        if saved.access.kind == CredentialKind.KEY:
            return self._key(saved)
        return self._impersonation(saved.account_id, saved.access)

    def _impersonation(self, account_id: int, access: Access) -> Credential:
        if access.kind != CredentialKind.IMPERSONATION:
            return None
        proof = self.database.run(lambda c: buckets.proof(c, account_id))
        return Impersonation(str(access.email), proof)

    def _key(self, saved: SavedBucket) -> ServiceAccountKey:
        try:
            content = self.secrets.get(str(saved.access.secret))
        except OurFault as error:
            again = self.database.run(lambda c: buckets.find(c, saved.account_id, saved.url))
            if error.reason != SECRET_MISSING or again is None or again.access == saved.access:
                raise
        else:
            return checked_key(key_of_secret(content), saved.access)
        # Somebody rotated the key after the row was read: the new one is there.
        return self._key(again)


def checked_key(key: ServiceAccountKey, access: Access) -> ServiceAccountKey:
    """The key, when it is the one that was saved or is named."""
    if (key.email, key.key_id) != (access.email, access.key_id):
        raise OurFault(
            "The stored key is not the one that was saved; give the credentials again.",
            reason=SECRET_UNREADABLE,
        )
    return key
