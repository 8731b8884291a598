"""What the commands of members, API keys and the audit log show."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from functions.local.output import console, print_json, print_table
from shared.domain.pages import Page
from shared.state.api_keys import ApiKey
from shared.state.audit import AuditEntry
from shared.state.members import Member


def done(told: str, content: Mapping[str, Any], as_json: bool) -> None:
    """A sentence, or the object that stands for it."""
    if as_json:
        print_json(content)
    else:
        console.print(told, markup=False, soft_wrap=True)


def show_members(found: Sequence[Member], *, as_json: bool) -> None:
    """Members and what each may do."""
    if as_json:
        print_json({"members": [asdict(member) for member in found]})
    elif not found:
        console.print("No members yet; add one with the command members put.")
    else:
        rows = [[member.email, str(member.role)] for member in found]
        print_table("Members", ["e-mail", "role"], rows)


def show_keys(found: Sequence[ApiKey], *, as_json: bool) -> None:
    """Keys, what they may do, and when they were used."""
    if as_json:
        print_json({"api_keys": [_key(key) for key in found]})
        return
    if not found:
        console.print("No API keys yet; make one with the command api-keys create.")
        return
    rows = [
        [key.key_id, key.name, " ".join(sorted(key.scopes)), key.used_at, key.revoked_at]
        for key in found
    ]
    print_table("API keys", ["id", "name", "scopes", "last used", "revoked"], rows)


def show_new_key(key: ApiKey, secret: str, *, as_json: bool) -> None:
    """The one time that a secret is shown."""
    if as_json:
        print_json(_key(key) | {"secret": secret})
        return
    console.print(f"The key {key.name} ({key.key_id}); keep its secret, which is shown this once:")
    console.print(secret, markup=False, soft_wrap=True)


def show_audit(page: Page[AuditEntry], *, as_json: bool) -> None:
    """Who did what, and how to see what is older."""
    if as_json:
        entries = [asdict(entry) for entry in page.items]
        print_json({"entries": entries, "next_page_token": page.next_page_token})
        return
    if not page.items:
        console.print("Nothing was changed yet.")
        return
    rows = [
        [entry.at, entry.actor, entry.action, entry.target, json.dumps(dict(entry.detail))[:80]]
        for entry in page.items
    ]
    print_table("Audit log", ["when", "who", "what", "to", "detail"], rows)
    if page.next_page_token:
        console.print(f"Older: --page-token {page.next_page_token}", soft_wrap=True)


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at,
        "created_by": key.created_by,
        "used_at": key.used_at,
        "revoked_at": key.revoked_at,
    }
