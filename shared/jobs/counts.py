"""Rows, bytes and files that an export delivered, by event and day: what its charts show."""

from datetime import date, timedelta

from sqlalchemy import Connection

from shared.domain.local_time import first_instant, local_date
from shared.jobs.lookup import existing_export
from shared.jobs.services import Services
from shared.state import charts
from shared.state.charts import DayCount

DAYS_MAX = 60
# Counts of one chart: far more than it can show, and never so many that a page grows heavy.
COUNTS_MAX = 5_000


def counts_by_day(
    services: Services, account_id: int, export_id: int, *, days: int = 30
) -> list[DayCount]:
    """What the export delivered of each event and local date, the newest date first.

    `days` (1 to 60) counts back from today, in the export's zone. Profiles have no dates: they are
    counted on the date on which their window ended.
    """
    back = timedelta(days=min(max(days, 1), DAYS_MAX) - 1)

    def read(connection: Connection) -> list[DayCount]:
        export = existing_export(connection, account_id, export_id)
        zone = export.spec.time_zone
        first = local_date(services.clock(), zone) - back
        since = first_instant(first, zone)
        if export.spec.data_type.is_profiles:
            found = charts.delivered_runs(
                connection, account_id, export_id, ended_after=since, limit=COUNTS_MAX
            )
            return _by_date([(local_date(each[0], zone), *each[1:]) for each in found])
        return charts.delivered_by_day(
            connection, account_id, export_id, first=first, ended_after=since, limit=COUNTS_MAX
        )

    counts = services.database.run(read)
    return sorted(counts, key=_newest_first)


def _by_date(found: list[tuple[date, int, int, int]]) -> list[DayCount]:
    sums: dict[date, list[int]] = {}
    for day, *numbers in found:
        sums[day] = [a + b for a, b in zip(sums.get(day, [0, 0, 0]), numbers, strict=True)]
    return [DayCount(None, day, *numbers) for day, numbers in sums.items()]


def _newest_first(count: DayCount) -> tuple[int, int, str]:
    day = 0 if count.event_date is None else count.event_date.toordinal()
    return (-day, -count.rows, count.event_name or "")
