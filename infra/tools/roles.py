"""Who may do what: the grants of a Terraform plan, held against the table in infra/README.md.

The table names every grant with its reason; a grant outside of it, or a row that no grant needs,
is a mistake. Some grants no table can make right.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

BASIC = frozenset({"roles/owner", "roles/editor", "roles/viewer", "roles/browser"})
EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
HEADER = ("account", "role", "resource", "reason")

# Attributes that name what a grant is for, by the type of Terraform's resource.
_RESOURCES = {
    "google_project_iam_member": ("project", None),
    "google_pubsub_topic_iam_member": ("topic", "topic"),
    "google_pubsub_subscription_iam_member": ("subscription", "subscription"),
    "google_bigquery_dataset_iam_member": ("dataset", "dataset_id"),
    "google_secret_manager_secret_iam_member": ("secret", "secret_id"),
    "google_cloud_run_v2_service_iam_member": ("function", "name"),
    "google_iap_web_cloud_run_service_iam_member": ("proxy of", "cloud_run_service_name"),
    "google_storage_bucket_iam_member": ("bucket", "bucket"),
    "google_service_account_iam_member": ("account", "service_account_id"),
    "google_kms_crypto_key_iam_member": ("key", None),
}


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One role of one account on one thing, in the words of the table."""

    account: str
    role: str
    resource: str

    def __str__(self) -> str:
        return f"{self.account} | {self.role} | {self.resource}"


def complaints(plan: Mapping[str, Any], readme: str) -> list[str]:
    """What is wrong with the grants of a plan; one sentence each, none when all is well."""
    found, wrong = set(), []
    project = str(plan["variables"]["project"]["value"])
    for address, kind, values in _iam(plan):
        if kind not in _RESOURCES:
            wrong.append(f"{address}: grant with a google_..._iam_member that the table can name.")
            continue
        grant = _grant(kind, values, project)
        found.add(grant)
        if grant.role in BASIC:
            wrong.append(f"{address}: {grant.role} is a basic role; grant what is needed instead.")
        if values.get("member") in EVERYBODY:
            wrong.append(f"{address}: {values['member']} lets everybody in; name who needs it.")
    wanted = table(readme)
    wrong += [f"infra/README.md has no row for: {grant}" for grant in sorted(found - wanted)]
    wrong += [f"infra/README.md has a row for nothing: {grant}" for grant in sorted(wanted - found)]
    return wrong


def table(readme: str) -> set[Grant]:
    """The grants of the table; a cell with commas stands for a row each.

    Raises ValueError for a row without a reason.
    """
    found = set()
    for row in _rows(readme):
        if len(row) != len(HEADER) or not row[-1]:
            raise ValueError(f"infra/README.md: this row needs four cells and a reason: {row}")
        cells = [[piece.strip() for piece in cell.split(",")] for cell in row[:3]]
        found |= {Grant(*each) for each in product(*cells)}
    return found


def _rows(readme: str) -> Iterator[list[str]]:
    inside = False
    for line in readme.splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if tuple(cells) == HEADER:
            inside = True
        elif inside and not line.startswith("|"):
            inside = False
        elif inside and set(line) - set("|-: "):
            yield [cell.replace("`", "") for cell in cells]


def _iam(plan: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for change in plan["resource_changes"]:
        kind = change["type"]
        if re.search(r"_iam_(member|binding|policy|audit_config)$", kind):
            yield change["address"], kind, change["change"]["after"] or {}


def _grant(kind: str, values: Mapping[str, Any], project: str) -> Grant:
    word, attribute = _RESOURCES[kind]
    name = str(values[attribute]).rpartition("/")[2].partition("@")[0] if attribute else ""
    name = name.removeprefix(f"{project}-")
    conditions = values.get("condition") or []
    only = "".join(f" if {condition['title']}" for condition in conditions)
    return Grant(_account(values["member"]), _role(values["role"]), f"{word} {name}".strip() + only)


def _account(member: str) -> str:
    """The short name of a member: `worker`, `calls worker`, `agent gcp-sa-pubsub`, `members`."""
    kind, _, address = member.partition(":")
    name, _, domain = address.partition("@")
    if kind in ("user", "group", "domain"):
        return "members"
    if re.fullmatch(r"(service|bq)-[0-9]+", name):
        return f"agent {domain.split('.')[0]}"
    if name.startswith("sluice-call-"):
        return f"calls {name.removeprefix('sluice-call-')}"
    return name.removeprefix("sluice-") if name.startswith("sluice-") else member


def _role(role: str) -> str:
    return role.rpartition("/")[2] if role.startswith("projects/") else role


def read_plan(path: Path) -> Mapping[str, Any]:
    """A plan as `terraform show -json` writes it."""
    plan: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return plan
