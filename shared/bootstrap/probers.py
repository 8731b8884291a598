"""Who tries customers' buckets and looks into their datasets: this process or the prober."""

from dataclasses import replace
from functools import partial
from typing import cast
from urllib.parse import urlsplit

from shared.bootstrap.first_use import OnFirstUse
from shared.bootstrap.sources import open_source
from shared.config import Config
from shared.errors import InvalidInput
from shared.import_ports import Looks
from shared.jobs.customer_buckets import CustomerBuckets
from shared.jobs.customer_sources import CustomerSources
from shared.ports import OpenBucket, Prober, Secrets
from shared.state.database import Database

# Somebody waits for what is found in a customer's dataset: seconds of a call, and of a query.
LOOK_CALL_S, LOOK_QUERY_S = 10, 40


def prober_of(url: str, buckets: CustomerBuckets, open_briefly: OpenBucket) -> Prober:
    """Who tries buckets: this process, or the function at the address."""
    if url == "inline:":
        from shared.adapters.inline_prober import InlineProber

        brief = replace(buckets, open_with=open_briefly)
        return InlineProber(brief, brief.given)
    parts = urlsplit(url)
    here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    if (
        (parts.scheme != "https" and not here)
        or not parts.hostname
        or parts.query
        or parts.fragment
    ):
        raise InvalidInput(
            "PROBER_URL must be inline: or the https address of the function prober.",
            reason="bad-configuration",
        )
    return cast(Prober, OnFirstUse(lambda: _http_prober(url)))


def looks_of(config: Config, database: Database, secrets: Secrets) -> Looks:
    """Who looks into datasets; where the prober does it, this process reads no key of theirs."""
    if config.prober_url != "inline:":
        return cast(Looks, OnFirstUse(lambda: _http_sources(config.prober_url)))
    limits = replace(config.bigquery, call_s=LOOK_CALL_S, source_query_s=LOOK_QUERY_S)
    brief = replace(config, bigquery=limits)
    from shared.adapters.inline_sources import InlineSources

    return InlineSources(CustomerSources(database, secrets, partial(open_source, brief)))


def _http_prober(url: str) -> Prober:
    from shared.adapters.http_prober import HttpProber

    return HttpProber(url)


def _http_sources(url: str) -> Looks:
    from shared.adapters.http_prober import HttpProber
    from shared.adapters.http_sources import HttpSources

    return HttpSources(HttpProber(url))
