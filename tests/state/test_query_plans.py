"""No query that people wait for reads a table from end to end, however large state grows.

PostgreSQL chooses by what it knows of the tables: so they hold thousands of exports, and are
analyzed. It is told to avoid sequential scans: where it still makes one, or reads an index from end
to end, no index serves the query. SQLite tells a scan apart from a search in an index by itself.
"""

import re
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event, text

from shared.domain.exports import DataType, ExportStatus, Format, Frequency
from shared.domain.filters import ExportFilter
from shared.domain.incidents import NoticeKind
from shared.domain.windows import Window
from shared.state import (
    accounts,
    buckets,
    charts,
    comparisons,
    export_lists,
    export_search,
    exports,
    figures,
    files,
    incidents,
    notice_mails,
    notices,
    recounts,
    run_lists,
    runs,
    slices,
    undelivered,
    unwarned,
    webhook_messages,
    webhooks,
)
from shared.state.database import Database
from shared.state.export_search import Search
from shared.state.incidents import Failure
from shared.state.notices import NewNotice
from shared.state.tables import metadata
from tests.domain.makers import NOW, live, recurring
from tests.state.makers import (
    ACCOUNT,
    SECOND,
    add_run,
    commit_slice,
    file_row,
    lease_slice,
    make_export,
    read_slice,
    set_run,
    writing_run,
)
from tests.state.postgres import execute, new_database

SPAN = Window(NOW - timedelta(days=1), NOW)
EVERYTHING = ExportFilter(
    data_types=(DataType.ALL_EVENTS, DataType.SELECT_EVENTS),
    formats=(Format.JSON,),
    statuses=(ExportStatus.PENDING, ExportStatus.DONE),
    frequencies=(Frequency.RECURRING,),
    bucket="gs://bucket",
)
FOUND = Search(ids=(0, 2**40), buckets=("gs://bucket", "gs://b"), name_part="shop")


def listed(wanted=None, **given):
    usual = {"ran": None, "search": None, "before": None, "limit": 41}
    return lambda c: export_lists.page(c, ACCOUNT, wanted or ExportFilter(), **(usual | given))


def edited():
    """One of the exports that are there."""
    pending = ExportStatus.PENDING
    return exports.Export(IDS[0], ACCOUNT, recurring(), 1, pending, NOW, NOW, NOW, None)


QUERIES = {
    "list": listed(),
    "next page": listed(before=10**10),
    "all filters": listed(EVERYTHING, ran=SPAN, search=FOUND),
    "search": listed(search=FOUND),
    "addresses": lambda c: export_search.addresses(c, ACCOUNT),
    "exported on": listed(ran=SPAN),
    "by bucket": listed(ExportFilter(bucket="gs://bucket")),
    "by status": listed(ExportFilter(statuses=(ExportStatus.STOPPED,))),
    "exports by id": lambda c: export_lists.by_ids(c, ACCOUNT, IDS),
    "outcomes": lambda c: export_lists.newest_outcomes(c, ACCOUNT, IDS, limit=20),
    "freshness": lambda c: export_lists.delivered_until(c, ACCOUNT, IDS),
    "runs by id": lambda c: run_lists.by_ids(c, ACCOUNT, [1, 2, 3]),
    "history": lambda c: run_lists.page(c, ACCOUNT, IDS[0], before=10**9, limit=20),
    "newest runs": lambda c: run_lists.page(c, ACCOUNT, IDS[0], before=None, limit=20),
    "all delivered runs": lambda c: runs.list_delivered(c, ACCOUNT, IDS[0]),
    "run by stamp": lambda c: run_lists.with_stamp(c, ACCOUNT, IDS[0], 100),
    "runs of a window": lambda c: run_lists.of_window(c, ACCOUNT, IDS[0], NOW),
    "waiting run": lambda c: run_lists.oldest_waiting(c, ACCOUNT, IDS[0], NOW),
    "last delivered": lambda c: run_lists.newest_delivered_end(c, ACCOUNT, IDS[0]),
    "files": lambda c: run_lists.file_page(c, ACCOUNT, 1, after="a", limit=20),
    "first files": lambda c: run_lists.file_page(c, ACCOUNT, 1, after=None, limit=20),
    "files of a run": lambda c: slices.list_files(c, ACCOUNT, 1),
    "files of runs": lambda c: files.list_of_runs(c, ACCOUNT, [1, 2, 3]),
    "rows by event": lambda c: run_lists.rows_by_event(c, ACCOUNT, 1),
    "chart": lambda c: charts.delivered_by_day(
        c, ACCOUNT, IDS[0], first=date(2026, 11, 1), ended_after=NOW - timedelta(days=30), limit=9
    ),
    "chart of profiles": lambda c: charts.delivered_runs(
        c, ACCOUNT, IDS[0], ended_after=NOW - timedelta(days=30), limit=9
    ),
    "export": lambda c: exports.get(c, ACCOUNT, IDS[0]),
    "export by name": lambda c: exports.named(c, ACCOUNT, ["shop"]),
    "edit": lambda c: exports.set_spec(c, edited(), recurring(), cursor_at=NOW, next_due_at=NOW),
    "stop": lambda c: exports.stop(c, ACCOUNT, IDS[0], NOW),
    "rename": lambda c: exports.set_name(c, ACCOUNT, IDS[0], "shop"),
    "run": lambda c: runs.get(c, ACCOUNT, 1),
    "exports of a bucket": lambda c: exports.in_bucket(c, ACCOUNT, "gs://bucket", limit=9),
    "users of a bucket": lambda c: exports.live_in_bucket(c, ACCOUNT, "gs://bucket"),
    "recurring profiles": lambda c: exports.recurring_profiles(c, ACCOUNT),
    "buckets": lambda c: buckets.list_all(c, ACCOUNT),
    "nicknames": lambda c: buckets.nicknames(c, ACCOUNT),
    "buckets to try": lambda c: buckets.claim_due(
        c, before=NOW - timedelta(hours=1), now=NOW, limit=32
    ),
    "bucket": lambda c: buckets.find(c, ACCOUNT, "gs://bucket"),
    "proof of ownership": lambda c: buckets.proof(c, ACCOUNT),
    "account": lambda c: accounts.get(c, ACCOUNT),
    "names of events": lambda c: accounts.foreseen_forms(c, ACCOUNT, ["bought", "sold"]),
    "status of an export": lambda c: runs.count_open_and_done(c, ACCOUNT, IDS[0]),
    "runs to stop": lambda c: runs.ids_to_stop(c, ACCOUNT, IDS[0]),
    "progress": lambda c: slices.progress(c, ACCOUNT, 1),
    "webhooks": lambda c: webhooks.list_all(c, ACCOUNT),
    "webhook": lambda c: webhooks.get(c, ACCOUNT, 1),
    "messages of a webhook": lambda c: webhook_messages.newest(c, ACCOUNT, 1, 20),
    "old secrets": lambda c: webhooks.with_old_secret(c, NOW),
    "notices with recipients": lambda c: notice_mails.of_notices(c, [1, 2]),
    "notice": lambda c: notices.get(c, ACCOUNT, 1),
    "newest notices": lambda c: notices.page(c, ACCOUNT, before=None, limit=20),
    "recipients of a notice": lambda c: notice_mails.list_all(c, 1),
    "incidents of a notice": lambda c: notices.incidents_of(c, 1),
    "notices of incidents": lambda c: notices.of_incidents(c, [1, 2]),
    "mail of a notice": lambda c: notice_mails.content(c, ACCOUNT, 1),
    "open incidents": lambda c: incidents.open_of(c, ACCOUNT, IDS),
    "incidents": lambda c: incidents.page(c, ACCOUNT, before=10**9, limit=20),
    "newest incidents": lambda c: incidents.page(c, ACCOUNT, before=None, limit=20),
    "incidents of an export": lambda c: incidents.page(
        c, ACCOUNT, export_id=IDS[0], before=10**9, limit=20
    ),
    "incident": lambda c: incidents.get(c, ACCOUNT, 1),
    "notices": lambda c: notices.page(c, ACCOUNT, before=10**9, limit=20),
    "late windows": lambda c: figures.late_runs(c, NOW, failures_since=NOW - SECOND),
    "late windows of an account": lambda c: figures.late_runs(
        c, NOW, failures_since=NOW - SECOND, account_id=ACCOUNT
    ),
    "unrecorded windows": lambda c: figures.unrecorded(c, NOW),
    "unrecorded windows of an account": lambda c: figures.unrecorded(c, NOW, account_id=ACCOUNT),
    "number of incidents": lambda c: figures.incidents_open(c),
    "number of incidents of an account": lambda c: figures.incidents_open(c, ACCOUNT),
    "e-mails that nobody took": lambda c: unwarned.untold(c),
    "e-mails of an account that nobody took": lambda c: unwarned.untold(c, ACCOUNT),
    "stamps taken": lambda c: run_lists.stamps_taken(c, ACCOUNT, IDS[0], range(9)),
    "open incidents of an account": lambda c: incidents.list_open(c, ACCOUNT),
    "e-mails waiting": lambda c: figures.notices_waiting(c, ACCOUNT),
    "webhook messages waiting": lambda c: figures.messages_waiting(c, ACCOUNT),
    "dead letters": lambda c: figures.dead_letters_since(c, NOW),
    "rows delivered": lambda c: figures.rows_delivered(c, NOW - SECOND),
    "rows delivered of an account": lambda c: figures.rows_delivered(
        c, NOW - SECOND, account_id=ACCOUNT
    ),
    "completeness of all": lambda c: figures.completeness(c, NOW.date()),
    "completeness of an account": lambda c: figures.completeness(c, NOW.date(), ACCOUNT),
    "failed windows": lambda c: undelivered.failed_windows(c, ACCOUNT, IDS[0]),
    "anything open": lambda c: undelivered.any_open(c, ACCOUNT, IDS[0]),
    "delivered since": lambda c: undelivered.delivered_since(
        c, ACCOUNT, IDS[0], NOW, trial_run_id=7
    ),
    "recounts": lambda c: recounts.list_for_export(c, ACCOUNT, IDS[0], limit=30),
    "due recount": lambda c: recounts.claim_next(c, NOW, lease=SECOND),
    "runs of a day": lambda c: recounts.runs_of_day(c, ACCOUNT, IDS[0], NOW.date(), "UTC"),
    "completeness": lambda c: recounts.completeness(c, ACCOUNT, IDS, since=NOW.date()),
    "comparison": lambda c: comparisons.get(c, ACCOUNT, 1),
    "due comparison": lambda c: comparisons.claim_next(c, NOW, lease=SECOND),
    "create": lambda c: exports.insert(
        c, ACCOUNT, live(), now=NOW, cursor_at=NOW, next_due_at=NOW, created_by="ann"
    ),
}
# Ids of the exports that are there: epoch seconds of NOW and after.
IDS = [int(NOW.timestamp()) + number for number in range(3)]


MANY = ("exports", "runs", "slices", "files", "recounts", "comparisons", "incidents", "notices")
MANY += ("notice_incidents", "notice_recipients")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request):
    """Thousands of exports with runs, many of them with a file, in a database of their own."""
    url = request.getfixturevalue(f"own_{request.param}_url")
    opened = Database(url)
    opened.migrate()
    for number in range(3):
        export = make_export(opened, recurring(), now=NOW + number * SECOND)
        assert export.export_id == IDS[number]
        for window in range(5):
            set_run(opened, add_run(opened, export, window), status="DONE", started_at=NOW)
        failure = Failure(ACCOUNT, export.export_id, "gs://bucket", "403-forbidden", "No.", NOW)
        opened.run(lambda c, failure=failure: incidents.open_or_continue(c, failure, NOW))
    run = writing_run(opened, 1, make_export(opened, now=NOW + 9 * SECOND))
    piece = read_slice(opened, run)
    commit_slice(opened, piece, lease_slice(opened, piece), file_row())
    with opened.transaction() as connection:
        recounts.expect(connection, ACCOUNT, IDS[0], NOW.date(), NOW)
        comparisons.expect(connection, ACCOUNT, run.run_id, NOW)
        for incident in incidents.list_open(connection):
            ids, to = (incident.incident_id,), ("ann@example.com",)
            told = NewNotice(ACCOUNT, NoticeKind.FIRST, to, "gs://b", "403-forbidden", ids, {})
            notice_mails.add(connection, ACCOUNT, notices.queue(connection, told, NOW), to)
        for name in MANY:
            multiply(connection, metadata.tables[name])
    if request.param == "postgresql":
        execute(url, "ANALYZE")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def own_postgresql_url(postgres_server):
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="module")
def own_sqlite_url(tmp_path_factory):
    return f"sqlite:///{tmp_path_factory.mktemp('plans') / 'state.sqlite'}"


def multiply(connection, table):
    """Copy the table's rows 2,000 times, each copy with ids of its own, over 500 accounts."""
    changed = {
        "account_id": "account_id + n % 500",
        "export_id": "export_id + n * 100000",
        "run_id": "run_id + n * 100000",
        "incident_id": "incident_id + n * 100000",
        "notice_id": "notice_id + n * 100000",
        "message_id": "message_id || n",
    }
    columns = [column.name for column in table.columns]
    names = [f'"{name}"' for name in columns]
    values = [changed.get(name, f'"{name}"') for name in columns]
    numbers = "SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < 2000"
    copied = f"SELECT {', '.join(values)} FROM {table.name}, copies"
    copies = f"WITH RECURSIVE copies(n) AS ({numbers}) {copied}"
    connection.execute(text(f"INSERT INTO {table.name} ({', '.join(names)}) {copies}"))


@contextmanager
def statements(connection):
    """All statements that are sent over the connection meanwhile, with their values."""
    sent = []

    def note(_connection, cursor, statement, parameters, _context, executemany):
        sent.append((statement, parameters[0] if executemany else parameters))

    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)


def scans(connection, sent):
    """The tables that the statements read whole: without an index, or an index from end to end."""
    found = []
    for statement, values in sent:
        if connection.dialect.name == "postgresql":
            explain = "EXPLAIN (FORMAT JSON) " + statement
            [(plans,)] = connection.exec_driver_sql(explain, values).all()
            found += [table for plan in plans for table in whole_tables(plan["Plan"])]
        else:
            rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values).all()
            found += [row[-1] for row in rows if SQLITE_SCAN.match(row[-1])]
    return found


# A search says "SEARCH"; a scan of what the query itself made says what it is, or its name.
SQLITE_SCAN = re.compile(r"SCAN (?!CONSTANT|.*SUBQUERY|addresses)")


def whole_tables(node):
    """The tables of the plan's nodes that no condition of an index narrows down."""
    if "Relation Name" in node and node["Node Type"] != "ModifyTable":
        by_index = node["Node Type"] == "Bitmap Heap Scan" or "Index Cond" in node
        if not by_index:
            yield node["Relation Name"]
    elif node["Node Type"] == "Bitmap Index Scan" and "Index Cond" not in node:
        yield node["Index Name"]
    for inner in node.get("Plans", ()):
        yield from whole_tables(inner)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_that_people_wait_for_is_led_by_an_index(filled, name):
    with filled.transaction() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        with statements(connection) as sent:
            QUERIES[name](connection)
        assert sent != []
        assert scans(connection, sent) == []


@pytest.mark.parametrize("column", ["created_by", "stopped_at"])
def test_a_query_that_no_index_serves_is_found_out(filled, column):
    with filled.transaction() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        with statements(connection) as sent:
            connection.execute(text(f"SELECT export_id FROM exports WHERE {column} IS NULL"))
        assert len(scans(connection, sent)) == 1


def test_filters_by_what_stands_in_the_index_read_no_row_of_the_table(filled):
    """What is filtered by stands in one index, so any mix of filters is looked for in it alone."""
    wanted = ExportFilter(formats=(Format.XML,), statuses=(ExportStatus.RUNNING,))
    with filled.transaction() as connection:
        if connection.dialect.name == "sqlite":
            return
        for off in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
            connection.execute(text(f"SET LOCAL {off} = off"))
        with statements(connection) as sent:
            listed(wanted)(connection)
        [(statement, values)] = sent
        plan = connection.exec_driver_sql("EXPLAIN " + statement, values).all()
        assert any("Index Only Scan Backward using ix_exports_list" in row[0] for row in plan)
