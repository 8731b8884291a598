"""Opens the datasets of connections: from what state knows, the store of secrets, and the cloud."""

from dataclasses import dataclass

from shared.credentials.key_file import key_of_secret
from shared.credentials.kinds import Credential, CredentialKind, Impersonation
from shared.domain.bucket_access import Access
from shared.domain.connections import Dataset
from shared.errors import NotFound, OurFault
from shared.import_ports import OpenSource, Source
from shared.jobs.customer_buckets import checked_key
from shared.ports import Secrets
from shared.reasons import SECRET_MISSING
from shared.state import buckets, connections
from shared.state.connections import SavedConnection
from shared.state.database import Database


@dataclass(frozen=True, slots=True)
class CustomerSources:
    """What `Services.source` is: (account, connection) -> a dataset that is opened anew each time.

    So a key that was rotated is used, and a proof of ownership that was withdrawn is missed, by
    the next run.
    """

    database: Database
    secrets: Secrets
    open_with: OpenSource

    def __call__(self, account_id: int, connection_id: int) -> Source:
        """The dataset; raises NotFound, CustomerFault or Transient when it cannot be opened."""
        saved = self._connection(account_id, connection_id)
        return self.open_with(saved.place, self._credential(saved), saved.location)

    def saved(self, account_id: int, connection_id: int) -> Source:
        """The same, for those who only look."""
        return self(account_id, connection_id)

    def given(self, account_id: int, place: Dataset, credentials: Access, location: str) -> Source:
        """The dataset with credentials that are not saved with it yet; raises the same."""
        if credentials.kind == CredentialKind.KEY:
            key = key_of_secret(self.secrets.get(str(credentials.secret)))
            return self.open_with(place, checked_key(key, credentials), location)
        return self.open_with(place, self._impersonation(account_id, credentials), location)

    def _connection(self, account_id: int, connection_id: int) -> SavedConnection:
        saved = self.database.run(lambda c: connections.find(c, account_id, connection_id))
        if saved is None:
            raise NotFound("The connection was removed; make another one and import from it.")
        return saved

    def _credential(self, saved: SavedConnection) -> Credential:
        access = saved.credentials
        if access.kind != CredentialKind.KEY:
            return self._impersonation(saved.account_id, access)
        try:
            content = self.secrets.get(str(access.secret))
        except OurFault as error:
            again = self._connection(saved.account_id, saved.connection_id)
            if error.reason != SECRET_MISSING or again.credentials == access:
                raise
        else:
            return checked_key(key_of_secret(content), access)
        # Somebody rotated the key after the row was read: the new one is there.
        return self._credential(again)

    def _impersonation(self, account_id: int, access: Access) -> Credential:
        if access.kind != CredentialKind.IMPERSONATION:
            return None
        proof = self.database.run(lambda c: buckets.proof(c, account_id))
        return Impersonation(str(access.email), proof)
