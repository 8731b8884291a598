"""Reads the configuration of a process from its environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

from shared.config.limits import Limits
from shared.config.settings import Config, MailConfig
from shared.config.watching import Watching
from shared.errors import InvalidInput

T = TypeVar("T", "Limits", "Watching")
_SERVICE_ACCOUNT = re.compile(r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com")


def from_environment(environ: Mapping[str, str] | None = None) -> Config:
    """Read the configuration; everything has a local default below SLUICE_HOME (`.sluice`)."""
    env = os.environ if environ is None else environ
    home = Path(env.get("SLUICE_HOME", ".sluice")).absolute()
    return Config(
        home=home,
        state_url=env.get("STATE_URL", f"sqlite:///{home / 'state.sqlite'}"),
        warehouse_url=env.get("WAREHOUSE_URL", f"duckdb:///{home / 'warehouse.duckdb'}"),
        queue_url=env.get("QUEUE_URL", "inline:"),
        secrets_url=env.get("SECRETS_URL", (home / "secrets").as_uri()),
        secret_manager_server=env.get("SECRET_MANAGER_SERVER"),
        staging=Path(env.get("STAGING_DIR", str(home / "staging"))),
        duckdb_memory_mb=int(env.get("DUCKDB_MEMORY_MB", "1500")),
        warehouse_wait_s=float(env.get("WAREHOUSE_WAIT_S", "120")),
        limits=_numbers(Limits, "LIMIT", env),
        watching=_numbers(Watching, "WATCH", env),
        push_audience=env.get("PUSH_AUDIENCE", ""),
        push_service_account=env.get("PUSH_SERVICE_ACCOUNT", ""),
        log_level=env.get("LOG_LEVEL", ""),
        traces_exporter=env.get("OTEL_TRACES_EXPORTER", "none").replace("none", ""),
        sqladmin_url=env.get("SQLADMIN_URL"),
        bigquery_rest_url=env.get("BIGQUERY_EMULATOR_HOST", ""),
        bigquery_read_host=env.get("BIGQUERY_READ_EMULATOR_HOST", ""),
        iap_audience=env.get("IAP_AUDIENCE", ""),
        api_audience=env.get("API_AUDIENCE", ""),
        local_member=env.get("LOCAL_MEMBER", ""),
        in_cloud="K_SERVICE" in env,
        prober_url=env.get("PROBER_URL", "inline:"),
        egress_addresses=_addresses(env.get("EGRESS_ADDRESSES", "")),
        impersonators=_service_accounts(env.get("IMPERSONATORS", "")),
        mail=_mail(env, home),
    )


def _mail(env: Mapping[str, str], home: Path) -> MailConfig:
    given = {
        "password": env.get("MAIL_PASSWORD"),
        "password_secret": env.get("MAIL_PASSWORD_SECRET"),
        "sender": env.get("MAIL_FROM"),
        "reply_to": env.get("MAIL_REPLY_TO"),
        "list_id": env.get("MAIL_LIST_ID"),
        "dashboard_url": env.get("DASHBOARD_URL"),
    }
    if not re.fullmatch(r"(https?://[!-~]+)?", given["dashboard_url"] or ""):
        raise InvalidInput(
            "DASHBOARD_URL must be the address of the dashboard, such as "
            "https://sluice.example.com.",
            reason="bad-configuration",
        )
    url = env.get("MAIL_URL", (home / "mail").as_uri())
    if not url.startswith("file:") and not given["sender"]:
        raise InvalidInput(
            "Set MAIL_FROM to the address that notices come from.", reason="bad-configuration"
        )
    return MailConfig(url, **{name: text for name, text in given.items() if text})


def _addresses(text: str) -> tuple[str, ...]:
    """The IP addresses of a comma-separated list; customers copy them into their firewalls."""
    try:
        return tuple(str(ip_address(piece)) for piece in _pieces(text))
    except ValueError:
        raise InvalidInput(
            "EGRESS_ADDRESSES must be IP addresses with commas between them.",
            reason="bad-configuration",
        ) from None


def _service_accounts(text: str) -> tuple[str, ...]:
    """The service accounts of a comma-separated list; customers copy them into grants."""
    found = _pieces(text)
    if not all(_SERVICE_ACCOUNT.fullmatch(piece) for piece in found):
        raise InvalidInput(
            "IMPERSONATORS must be addresses of service accounts with commas between them.",
            reason="bad-configuration",
        )
    return found


def _pieces(text: str) -> tuple[str, ...]:
    return tuple(piece.strip() for piece in text.split(",") if piece.strip())


def _numbers(kind: type[T], prefix: str, env: Mapping[str, str]) -> T:
    """Limits, of which LIMIT_SLICE_BYTES and the like set others; times are in seconds."""
    chosen: dict[str, Any] = {}
    for limit in fields(kind):
        name = f"{prefix}_{limit.name.upper()}"
        if name not in env:
            continue
        if not re.fullmatch(r"[1-9][0-9]{0,14}", env[name]):
            raise InvalidInput(f"{name} must be a whole number above 0.")
        number = int(env[name])
        is_time = isinstance(limit.default, timedelta)
        chosen[limit.name] = timedelta(seconds=number) if is_time else number
    return kind(**chosen)
