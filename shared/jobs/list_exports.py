"""What people see of exports: the list, page by page, and one export with all that leads on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shared.domain.accounts import Account
from shared.domain.exports import ExportStatus
from shared.domain.filters import ExportFilter
from shared.domain.health import Health
from shared.domain.pages import Page
from shared.domain.progress import Progress
from shared.domain.runs import OPEN_RUN
from shared.domain.search_hints import listing_command, search_prefixes
from shared.domain.windows import Window, upcoming_windows
from shared.jobs.export_health import export_health, last_ended
from shared.jobs.lookup import existing_account, existing_export
from shared.jobs.paging import Place, paged
from shared.jobs.progress import progress_of
from shared.jobs.services import Services
from shared.state import buckets, export_lists, export_search, incidents, run_lists
from shared.state.export_search import Search
from shared.state.exports import Export
from shared.state.run_lists import Outcome, RunSummary

# Runs whose outcomes a row of the list shows.
OUTCOMES = 20


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One export as a list shows it."""

    export: Export
    # None for a bucket that the account has not saved, such as a folder.
    bucket_nickname: str | None
    # The run that was recorded last.
    last_run: RunSummary | None
    # What became of the newest runs, the newest first: what the sparkline shows.
    outcomes: tuple[Outcome, ...]
    # Up to when everything has been delivered; None where it runs once or has never run.
    delivered_until: datetime | None
    # How old that moment is now; None once the export has ended.
    freshness: timedelta | None
    # None once the export has ended.
    health: Health | None

    @property
    def next_due_at(self) -> datetime | None:
        """When the next window can run; None when there is none to come."""
        return self.export.next_due_at


@dataclass(frozen=True, slots=True)
class ExportView:
    """One export and how to find what it delivers."""

    row: ExportRow
    # What the names of its data, manifests and rejects begin with.
    prefixes: tuple[str, ...]
    listing_command: str
    # The run under way, if there is one, and how far it is.
    running: RunSummary | None
    progress: Progress | None
    # Those that come next; none for an export that has ended.
    windows: tuple[Window, ...]


def list_exports(
    services: Services,
    account_id: int,
    wanted: ExportFilter | None = None,
    *,
    page_size: int | None = None,
    page_token: str | None = None,
) -> Page[ExportRow]:
    """The account's exports that match, newest first; raises InvalidInput for a bad page."""
    chosen = ExportFilter() if wanted is None else wanted
    now = services.clock()

    def fetch(connection: Connection, before: int | None, limit: int) -> list[ExportRow]:
        account = existing_account(connection, account_id)
        if not chosen.shows_partner():
            return []
        found = _matching(connection, account, chosen, before=before, limit=limit)
        return rows_of(connection, account_id, found, now)

    place = Place(f"exports:{account_id}:{chosen!r}", page_size, page_token)
    return paged(services, place, fetch, lambda row: row.export.export_id)


def get_export(services: Services, account_id: int, export_id: int) -> ExportView:
    """The export with all that its page shows; raises NotFound when the account has none such."""
    now = services.clock()

    def read(connection: Connection) -> tuple[ExportRow, RunSummary | None]:
        found = existing_export(connection, account_id, export_id)
        [row] = rows_of(connection, account_id, [found], now)
        open_ids = [each.run_id for each in row.outcomes if each.status in OPEN_RUN][:1]
        open_runs = run_lists.by_ids(connection, account_id, open_ids)
        return row, next(iter(open_runs.values()), None)

    row, running = services.database.run(read)
    export = row.export
    ended = export.status in (ExportStatus.STOPPED, ExportStatus.DONE)
    return ExportView(
        row=row,
        prefixes=search_prefixes(export.spec, account_id, export_id),
        listing_command=listing_command(export.spec, account_id, export_id),
        running=running,
        progress=None if running is None else progress_of(running, now),
        windows=() if ended else tuple(upcoming_windows(export.spec, export.cursor_at)),
    )


def rows_of(
    connection: Connection, account_id: int, found: Sequence[Export], now: datetime
) -> list[ExportRow]:
    """The exports with what lists show of their runs, in a few queries however many they are."""
    ids = [export.export_id for export in found]
    nicknames = buckets.nicknames(connection, account_id)
    outcomes = export_lists.newest_outcomes(connection, account_id, ids, limit=OUTCOMES)
    newest = [found[0].run_id for found in outcomes.values()]
    newest += [run.run_id for found in outcomes.values() if (run := last_ended(found))]
    open_incidents = incidents.open_of(connection, account_id, ids)
    last_runs = run_lists.by_ids(connection, account_id, newest)
    until = export_lists.delivered_until(connection, account_id, ids)
    rows = []
    for export in found:
        runs = tuple(outcomes.get(export.export_id, ()))
        delivered = until.get(export.export_id) if runs else None
        live = export.status is not ExportStatus.STOPPED and delivered is not None
        rows.append(
            ExportRow(
                export=export,
                bucket_nickname=nicknames.get(export.spec.bucket),
                last_run=last_runs.get(runs[0].run_id) if runs else None,
                outcomes=runs,
                delivered_until=delivered,
                freshness=now - delivered if live and delivered is not None else None,
                health=export_health(
                    export,
                    open_incidents.get(export.export_id),
                    last_runs.get(ended.run_id) if (ended := last_ended(runs)) else None,
                    until.get(export.export_id),
                    now,
                ),
            )
        )
    return rows


def _matching(
    connection: Connection,
    account: Account,
    chosen: ExportFilter,
    *,
    before: int | None,
    limit: int,
) -> list[Export]:
    search = None
    if chosen.words:
        urls = _buckets_like(connection, account.account_id, chosen.words)
        search = Search(ids=chosen.ids(), buckets=urls, name_part=chosen.words)
    return export_lists.page(
        connection,
        account.account_id,
        chosen,
        ran=chosen.ran_within(account.time_zone),
        search=search,
        before=before,
        limit=limit,
    )


def _buckets_like(connection: Connection, account_id: int, text: str) -> list[str]:
    """Addresses of buckets that have the text in them or in their nickname.

    Folders are never saved, and stand in the exports alone.
    """
    part = text.casefold()
    named = buckets.nicknames(connection, account_id)
    used = dict.fromkeys(export_search.addresses(connection, account_id), "")
    return [
        url
        for url, nickname in (used | named).items()
        if part in url.casefold() or part in nickname.casefold()
    ]
