"""How fast the control plane answers over 100,000 exports and 2 million runs in PostgreSQL.

One account holds half of the exports: that is the one asked about. Twice: the service layer by
itself, and through HTTP as people feel it. PostgreSQL and all that asks share the machine.
"""

import json
import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from bench.control_fill import FIRST_ID, NOW, Sizes, fill
from bench.control_http import measure_http
from bench.stand_ins import services_over
from bench.steady import RATE_PER_S, at_a_steady_rate
from shared.domain.exports import DataType, ExportStatus, Format, Frequency
from shared.domain.filters import ExportFilter
from shared.domain.members import COMMAND_LINE
from shared.jobs.list_exports import get_export, list_exports
from shared.jobs.manage_exports import create_export
from shared.jobs.runs_view import counts_by_day, list_runs
from shared.jobs.services import Services
from shared.state.database import Database
from tests.state.postgres import new_database, running_server

REQUESTS = 600
THREADS = 8


def measure(*, sizes: Sizes | None = None, requests: int = REQUESTS) -> dict[str, Any]:
    """Fill a server with its usual, durable settings, and ask."""
    sizes = Sizes() if sizes is None else sizes
    with running_server(durable=True) as server, new_database(server) as url:
        database = Database(url)
        database.migrate()
        began = time.perf_counter()
        database.run(lambda c: fill(c, sizes))
        with database.transaction() as connection:
            connection.exec_driver_sql("ANALYZE")
        filled_s = time.perf_counter() - began
        services = services_over(database, NOW)
        asked = _questions(services, sizes)
        for ask in asked.values():
            ask()
        found = at_a_steady_rate(asked, requests, THREADS)
        http = measure_http(services, url, sizes, requests)
        database.close()
    return {
        "exports": sizes.exports,
        "runs": sizes.runs,
        "filled_s": round(filled_s),
        "requests_per_s": RATE_PER_S,
        "ms": found,
        **http,
    }


def _questions(services: Services, sizes: Sizes) -> dict[str, Callable[[], Any]]:
    """What people ask for; each question picks what it is about at random, the same every time."""
    chance = random.Random(4)

    def some_id() -> int:
        return FIRST_ID + 2 * chance.randrange(1, sizes.exports // 2)

    def listed(**wanted: Any) -> Callable[[], Any]:
        return lambda: list_exports(services, 1, ExportFilter(**wanted), page_size=40)

    def second_page() -> Any:
        token = list_exports(services, 1, page_size=20).next_page_token
        return list_exports(services, 1, page_size=20, page_token=token)

    a_day = date(2026, 11, 10)
    return {
        "list": listed(),
        "list of two formats": listed(formats=(Format.CSV, Format.XML)),
        "list of one status": listed(statuses=(ExportStatus.STOPPED,)),
        "list of nothing": listed(formats=(Format.XML,), frequencies=(Frequency.LIVE,)),
        "list of a bucket": listed(bucket="gs://bucket-7"),
        "list by request id": lambda: list_exports(services, 1, ExportFilter(text=str(some_id()))),
        "list exported on a day": listed(exported_from=a_day, exported_to=a_day),
        "list exported on no day": listed(exported_to=date(2026, 1, 9)),
        "list, all filters": listed(
            formats=(Format.JSON,),
            statuses=(ExportStatus.PENDING,),
            data_types=(DataType.ALL_EVENTS,),
            frequencies=(Frequency.RECURRING,),
            exported_from=a_day,
            exported_to=a_day + timedelta(days=5),
        ),
        "two pages": second_page,
        "export page": lambda: _export_page(services, some_id()),
        "create": lambda: create_export(
            services,
            1,
            actor=COMMAND_LINE,
            bucket="gs://bucket-3",
            data_type=DataType.ALL_EVENTS,
            frequency=Frequency.RECURRING,
            every=timedelta(hours=4),
        ),
    }


def _export_page(services: Services, export_id: int) -> None:
    """All that the page of an export asks for."""
    get_export(services, 1, export_id)
    list_runs(services, 1, export_id)
    counts_by_day(services, 1, export_id)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
