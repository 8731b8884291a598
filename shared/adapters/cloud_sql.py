"""Connections to PostgreSQL in Cloud SQL, as an IAM account: no password, and TLS on both sides.

Google's connector fetches a certificate for an hour and connects with it; `CloudSQL.connect` is
what SQLAlchemy calls whenever it needs a connection.
"""

import asyncio
import re
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from google.auth.exceptions import GoogleAuthError, TransportError
from google.cloud.sql.connector import Connector, IPTypes, RefreshStrategy
from google.cloud.sql.connector.exceptions import CloudSQLConnectionError, CloudSQLIPTypeError

from shared.errors import InvalidInput, OurFault, SluiceError, Transient

FORM = "cloudsql://project:region:instance/database?user=IAM_ACCOUNT"
# Seconds until the database has answered a new connection.
CONNECT_S = 20
_INSTANCE = re.compile(r"[a-z][a-z0-9.:-]{0,99}:[a-z0-9-]{1,40}:[a-z][a-z0-9-]{0,97}")
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
_USER = re.compile(r"[A-Za-z0-9._+-]{1,100}@[A-Za-z0-9.-]{1,200}")
_KEEP = re.compile(r"[1-9]")
_IP_TYPES = {"public": IPTypes.PUBLIC, "private": IPTypes.PRIVATE, "psc": IPTypes.PSC}


@dataclass(frozen=True, slots=True)
class Address:
    """Which database, as whom, and by which of its addresses."""

    instance: str
    database: str
    user: str
    ip_type: IPTypes
    # Connections that are kept for the next transaction.
    keep: int = 0


def address_of(url: str) -> Address:
    """Read the address; `&ip=private` or `&ip=psc` picks another way than the public one.

    `&keep=4` keeps so many connections: for few processes that are asked again and again.
    Raises InvalidInput.
    """
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    options = dict(query)
    address = Address(
        instance=parts.netloc,
        database=parts.path.removeprefix("/"),
        user=options.get("user", ""),
        ip_type=_IP_TYPES.get(options.get("ip", "public"), IPTypes.SQL_DATA),
        keep=int(options["keep"]) if _KEEP.fullmatch(options.get("keep", "")) else 0,
    )
    if not (
        parts.scheme == "cloudsql"
        and _INSTANCE.fullmatch(address.instance)
        and _DATABASE.fullmatch(address.database)
        and _USER.fullmatch(address.user)
        and address.ip_type is not IPTypes.SQL_DATA
        and len(options) == len(query)
        and options.keys() <= {"user", "ip", "keep"}
        and ("keep" in options) == bool(address.keep)
        and not parts.fragment
    ):
        raise InvalidInput(f"STATE_URL must have the form {FORM}, with &ip=private or without.")
    return address


class CloudSQL:
    """One database of one instance; `admin_url` leads to a test server instead of Google's API."""

    def __init__(self, url: str, *, admin_url: str | None = None) -> None:
        self._address = address_of(url)
        self._admin_url = admin_url
        self._lock = threading.Lock()
        self._made: _Running | None = None

    @property
    def keep(self) -> int:
        """How many connections are kept for the next transaction."""
        return self._address.keep

    def connect(self) -> Any:
        """A new connection of psycopg; the caller closes it.

        Raises Transient, OurFault when the account may not connect, or psycopg's own error.
        """
        try:
            return self._running().connect(self._address)
        except aiohttp.ClientResponseError as error:
            # It holds the request with its token, which a report of the cause would show.
            raise _refused(error) from None
        except (CloudSQLIPTypeError, ValueError) as error:
            raise OurFault(
                "The Cloud SQL instance has no address of the kind that STATE_URL asks for, or "
                "lies in another region.",
                reason="state-misconfigured",
            ) from error
        except GoogleAuthError as error:
            raise _no_credentials(error) from error
        except (aiohttp.ClientError, CloudSQLConnectionError, OSError):
            raise _unreachable() from None

    def close(self) -> None:
        """End the connector's thread; open connections of it stay what they are."""
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None

    def _running(self) -> "_Running":
        """Made on first use: its thread would not outlive the fork of a web server."""
        with self._lock:
            if self._made is None:
                self._made = _Running(self._address.ip_type, self._admin_url)
            return self._made


class _Running:
    """The connector in an event loop of its own, so that waiting for it can be given up."""

    def __init__(self, ip_type: IPTypes, admin_url: str | None) -> None:
        self._loop = asyncio.new_event_loop()
        # What a task of the connector leaves behind would be logged with its request's token.
        self._loop.set_exception_handler(lambda loop, context: None)
        try:
            self._connector = Connector(
                ip_type=ip_type,
                enable_iam_auth=True,
                timeout=CONNECT_S,
                loop=self._loop,
                # Certificates are renewed when a connection needs one: a function that sleeps
                # between requests has no time of its own for that.
                refresh_strategy=RefreshStrategy.LAZY,
                sqladmin_api_endpoint=admin_url,
            )
        except GoogleAuthError:
            self._loop.close()
            raise
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def connect(self, address: Address) -> Any:
        connecting = self._connector.connect_async(
            address.instance, "psycopg", user=address.user, db=address.database
        )
        future = asyncio.run_coroutine_threadsafe(connecting, self._loop)
        try:
            return future.result(CONNECT_S)
        except TimeoutError:
            future.cancel()
            raise

    def close(self) -> None:
        self._connector.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _refused(error: aiohttp.ClientResponseError) -> SluiceError:
    if error.status == 429 or error.status >= 500:
        return _unreachable()
    return OurFault(
        f"Cloud SQL refuses a connection with {error.status}: check that the instance exists, "
        "that the function's account has the roles cloudsql.client and cloudsql.instanceUser, "
        "and that the Cloud SQL Admin API is enabled.",
        reason="state-refused",
    )


def _no_credentials(error: GoogleAuthError) -> SluiceError:
    if isinstance(error, TransportError) or error.retryable:
        return _unreachable()
    return OurFault(
        "There are no Google credentials to reach Cloud SQL with.", reason="state-refused"
    )


def _unreachable() -> Transient:
    return Transient("The database cannot be reached for now.", reason="state-unreachable")
