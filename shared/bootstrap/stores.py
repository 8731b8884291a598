"""Where state and secrets are kept."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.config import Config
from shared.domain.cloud_names import is_project_id
from shared.errors import InvalidInput
from shared.ports import Secrets
from shared.state.database import Database


def database_of(config: Config) -> Database:
    """Where state is kept; in the cloud through Google's connector."""
    if not config.state_url.startswith("cloudsql:"):
        return Database(config.state_url)
    from shared.adapters.cloud_sql import CloudSQL

    return Database(config.state_url, CloudSQL(config.state_url, admin_url=config.sqladmin_url))


def secrets_of(config: Config) -> Secrets:
    """Where secrets are kept; raises InvalidInput for an unknown address."""
    scheme, _, rest = config.secrets_url.partition("://")
    if scheme == "file" and rest.startswith("/"):
        from shared.adapters.encrypted_folder import EncryptedFolder

        return EncryptedFolder(Path(unquote(rest)))
    if scheme == "secretmanager" and is_project_id(rest):
        from shared.adapters.secret_manager import SecretManager

        server = config.secret_manager_server
        if server is not None and urlsplit(server).hostname not in ("127.0.0.1", "localhost"):
            raise InvalidInput("SECRET_MANAGER_SERVER must be a test server on this machine.")
        return SecretManager(rest, test_server=server)
    raise InvalidInput("SECRETS_URL must be file:///path/to/folder or secretmanager://project.")
