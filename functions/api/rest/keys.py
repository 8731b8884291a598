"""API keys: credentials of programs, for one account and some scopes each."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from functions.api.rest.models import AccountPath, Input, Output
from functions.api.rest.routes import Call, Resource
from shared.domain.members import SCOPES
from shared.jobs import api_keys
from shared.state.api_keys import ApiKey

keys = Resource(
    "API keys",
    "An API key lets a program work in one account within its scopes. Its secret is shown once, "
    "when it is made, and kept as a hash only; send it as `Authorization: Bearer SECRET`.",
)

Scope = StrEnum("Scope", {scope.replace(":", "_").upper(): scope for scope in sorted(SCOPES)})  # type: ignore[misc]


class KeyPath(AccountPath):
    """The address of an API key."""

    key_id: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="The key's id, which is no secret.",
        json_schema_extra={"example": "k7f3a9c2e1d04b56"},
    )


class KeyIn(Input):
    """A new key."""

    name: str = Field(
        min_length=1, max_length=100, description="What it is for.", examples=["nightly report"]
    )
    scopes: list[Scope] = Field(
        min_length=1,
        max_length=len(SCOPES),
        description="What it may do: `read` looks, `write` changes. No key manages members or "
        "keys.",
        examples=[["exports:read", "files:read"]],
    )


class KeyOut(Output):
    """A key as it is listed, without its secret."""

    key_id: str
    name: str
    scopes: list[str]
    created_at: datetime
    created_by: str
    used_at: datetime | None = Field(description="When it last let somebody in, to the hour.")
    revoked_at: datetime | None = Field(description="From then on it lets nobody in.")


class NewKeyOut(KeyOut):
    """A key that was just made, with its secret, which is never shown again."""

    secret: str = Field(description="Send it as `Authorization: Bearer SECRET`; keep it well.")


class KeysOut(Output):
    """All keys of an account."""

    items: list[KeyOut] = Field(description="Newest first.")


@keys.get("/accounts/<id:account_id>/api-keys", "keys.list")
def list_api_keys(call: Call, path: AccountPath) -> KeysOut:
    """List the API keys of an account.

    Never their secrets; revoked ones stay in the list.
    """
    found = api_keys.list_api_keys(call.services, call.actor, path.account_id)
    return KeysOut(items=[_shown(key) for key in found])


@keys.post("/accounts/<id:account_id>/api-keys", "keys.create", 201)
def create_api_key(call: Call, path: AccountPath, body: KeyIn) -> NewKeyOut:
    """Make an API key.

    Its secret stands in this answer and nowhere else. It cannot be made repeatable, since that
    would mean keeping the secret: revoke a key whose answer was lost.
    """
    scopes = frozenset(str(each) for each in body.scopes)
    key, secret = api_keys.create_api_key(
        call.services, call.actor, path.account_id, body.name, scopes
    )
    return NewKeyOut(**_shown(key).model_dump(), secret=secret)


@keys.delete("/accounts/<id:account_id>/api-keys/<key_id>", "keys.revoke")
def revoke_api_key(call: Call, path: KeyPath) -> None:
    """Revoke an API key, at once and for good."""
    api_keys.revoke_api_key(call.services, call.actor, path.account_id, path.key_id)


def _shown(key: ApiKey) -> KeyOut:
    return KeyOut(
        key_id=key.key_id,
        name=key.name,
        scopes=sorted(key.scopes),
        created_at=key.created_at,
        created_by=key.created_by,
        used_at=key.used_at,
        revoked_at=key.revoked_at,
    )
