"""What befalls calls to BigQuery on their way: the work is done once, or its fault has a name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.bigquery_query import Query
from shared.adapters.bigquery_warehouse import connect
from shared.errors import OurFault, Transient
from shared.ports import SchemaDetail, Snapshot, SnapshotStatus
from tests.adapters.bigquery_store import LIMITS, BigQueryStore
from tests.adapters.selections import selection
from tests.servers.fault_proxy import Fault, FaultProxy, google_error
from tests.warehouse_rows import NOW, events

DONE = Snapshot(SnapshotStatus.DONE, rows=20)
JOBS = r"/projects/[^/]+/jobs(\?|$)"
QUERIES = rf"^/bigquery/v2{JOBS}"
JOB = r"/projects/[^/]+/jobs/sluice-"


@pytest.fixture
def proxy(bigquery):
    with FaultProxy(bigquery.rest_url) as proxy:
        yield proxy


@pytest.fixture
def store(bigquery, proxy):
    """A warehouse behind the proxy, with twenty events."""
    store = BigQueryStore(bigquery, rest_url=proxy.url, limits=replace(LIMITS, call_s=3))
    store.as_of = store.load(events(range(20)))
    return store


def refusal(status, reason, **options):
    """A fault in which BigQuery answers with an error."""
    return Fault(answer=status, body=google_error(status, reason, "secret row"), **options)


def rows_job(store):
    """The ids of the jobs that froze the rows, and whether each failed."""
    found = {job.job_id: bool(job.error_result) for job in store.client.list_jobs()}
    return {name: failed for name, failed in found.items() if "-rows-" in name}


def frozen(store):
    chosen = selection(store.as_of)
    return store.freeze("s", chosen, store.cut(chosen))


@pytest.mark.parametrize(
    "fault",
    [
        refusal(403, "rateLimitExceeded", method="POST", path=JOBS),
        refusal(500, "internalError", method="POST", path=JOBS),
        refusal(503, "backendError", method="POST", path=JOBS),
        Fault(answer=502, method="POST", path=JOBS),
        Fault(cut="before", method="POST", path=JOBS),
        Fault(cut="middle", method="POST", path=JOBS),
        # The count, the groups' upload, the rows, their count.
        *(Fault(lose_answer=True, method="POST", path=JOBS, after=n) for n in range(4)),
        Fault(cut="answer", method="POST", path=JOBS),
        refusal(503, "backendError", method="GET", path=JOB),
        Fault(cut="before", method="GET", path=JOB, after=1),
        Fault(cut="answer", method="GET", path="/tables/"),
    ],
    ids=lambda fault: f"{fault.method}-{fault.answer or fault.cut or 'lost'}",
)
def test_what_passes_in_a_moment_is_tried_again_at_once(store, proxy, fault):
    proxy.add(fault)
    assert frozen(store) == DONE
    assert fault.fired == 1
    assert rows_job(store) == {"sluice-s-rows-0": False}


def test_what_does_not_pass_is_a_transient_fault_after_the_deadline(store, proxy):
    down = proxy.add(refusal(503, "backendError", times=None))
    with pytest.raises(Transient) as caught:
        store.warehouse.freeze(NOW)
    assert caught.value.reason == "warehouse-unavailable"
    assert down.fired > 1


def test_a_server_that_is_silent_is_a_transient_fault(store, proxy):
    store.limited(call_s=0.5)
    silent = proxy.add(Fault(delay_s=2, times=None))
    with pytest.raises(Transient) as caught:
        store.warehouse.freeze(NOW)
    assert caught.value.reason == "warehouse-unavailable"
    assert silent.fired >= 1


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        (403, "accessDenied", "warehouse-denied"),
        (403, "billingNotEnabled", "warehouse-billing"),
        (404, "notFound", "warehouse-not-found"),
        (400, "invalidQuery", "warehouse-refused"),
        (403, "responseTooLarge", "warehouse-too-large"),
    ],
)
def test_what_somebody_has_to_mend_is_not_tried_again(store, proxy, status, reason, code):
    refused = proxy.add(refusal(status, reason, method="POST", path=JOBS, times=None))
    with pytest.raises(OurFault) as caught:
        store.warehouse.inventory(selection(store.as_of), SchemaDetail.NONE)
    assert caught.value.reason == code
    assert refused.fired == 1
    assert "secret row" not in str(caught.value)


def test_an_id_that_is_taken_is_waited_for_and_not_run_again(store, proxy):
    """Two planners at once: the second one looks before the first one begins, and begins after."""
    chosen = selection(store.as_of)
    slicing = store.cut(chosen)
    store.warehouse.submit_snapshot("s", chosen, slicing)
    unseen = proxy.add(refusal(404, "notFound", method="GET", path="/jobs/sluice-s-rows-0"))
    hidden = proxy.add(refusal(404, "notFound", method="GET", path="/tables/snapshot_s_counts"))
    taken = proxy.add(refusal(409, "duplicate", method="POST", path=QUERIES))
    assert store.freeze("s", chosen, slicing) == DONE
    assert (unseen.fired, hidden.fired, taken.fired) == (1, 1, 1)
    assert rows_job(store) == {"sluice-s-rows-0": False}


def failed_job(job_id, reason):
    """A job as BigQuery shows it when it has failed."""
    error = {"reason": reason, "message": "secret row"}
    return {
        "jobReference": {"projectId": "p", "jobId": job_id, "location": "EU"},
        "configuration": {"jobType": "QUERY", "query": {"query": "SELECT 1"}},
        "status": {"state": "DONE", "errorResult": error, "errors": [error]},
    }


def with_failed(proxy, *numbers, reason="backendError"):
    """Let the jobs of the rows with these numbers be there, and have failed."""
    made = []
    for number in numbers:
        job_id = f"sluice-s-rows-{number}"
        body = failed_job(job_id, reason)
        fault = Fault(method="GET", path=f"/jobs/{job_id}", answer=200, body=body, times=None)
        made.append(proxy.add(fault))
    return made


def test_a_job_that_failed_is_followed_by_one_with_the_next_id(store, proxy):
    failed = with_failed(proxy, 0, 1)
    assert frozen(store) == DONE
    assert all(fault.fired for fault in failed)
    assert rows_job(store) == {"sluice-s-rows-2": False}


def test_after_so_many_failed_jobs_no_further_one_is_begun(store, proxy):
    failed = with_failed(proxy, *range(LIMITS.jobs_per_step))
    with pytest.raises(OurFault, match="5 jobs named sluice-s-rows failed") as caught:
        frozen(store)
    assert caught.value.reason == "warehouse-job-keeps-failing"
    assert store.warehouse.snapshot("s").status is SnapshotStatus.FAILED
    assert all(fault.fired for fault in failed)
    assert rows_job(store) == {}


def test_a_job_that_cost_too_much_is_not_begun_again(store, proxy):
    [failed] = with_failed(proxy, 0, reason="bytesBilledLimitExceeded")
    with pytest.raises(OurFault) as caught:
        frozen(store)
    assert caught.value.reason == "warehouse-too-large"
    assert failed.fired == 1
    assert rows_job(store) == {}


def test_a_job_that_still_works_is_not_waited_for(store, proxy):
    running = failed_job("sluice-s-rows-0", "") | {"status": {"state": "RUNNING"}}
    chosen = selection(store.as_of)
    slicing = store.cut(chosen)
    working = proxy.add(
        Fault(method="GET", path="/jobs/sluice-s-rows-0", answer=200, body=running, times=4)
    )
    for calls in (2, 4):
        store.warehouse.submit_snapshot("s", chosen, slicing)
        assert store.warehouse.snapshot("s").status is SnapshotStatus.RUNNING
        assert working.fired == calls
    assert store.staged() == set()
    assert store.freeze("s", chosen, slicing) == DONE


def test_a_count_that_takes_too_long_is_found_again_by_the_next_message(store, proxy):
    """It is not paid for twice."""
    store.limited(query_s=0.2)
    running = failed_job("sluice-groups-x", "") | {"status": {"state": "RUNNING"}}
    slow = proxy.add(Fault(method="GET", path="/jobs/sluice-groups", answer=200, body=running))
    slow.times = None
    chosen = selection(store.as_of)
    with pytest.raises(Transient) as caught:
        store.groups(chosen)
    assert caught.value.reason == "warehouse-slow"
    assert slow.fired > 1
    proxy.clear()
    assert [rows for _, _, rows in store.groups(chosen)] == [20]


def test_a_count_whose_rows_are_too_old_to_be_had_is_made_again(store, proxy):
    chosen = selection(store.as_of)
    store.groups(chosen)
    [old] = [job.job_id for job in store.client.list_jobs() if "-groups-" in job.job_id]
    yesterday = int((datetime.now(UTC) - timedelta(days=1)).timestamp() * 1000)
    body = failed_job(old, "") | {
        "status": {"state": "DONE"},
        "statistics": {"endTime": str(yesterday)},
    }
    aged = proxy.add(Fault(method="GET", path=f"/jobs/{old}", answer=200, body=body))
    assert [rows for _, _, rows in store.groups(chosen)] == [20]
    assert aged.fired == 1
    counts = [job.job_id for job in store.client.list_jobs() if "-groups-" in job.job_id]
    assert sorted(counts) == [old, old.removesuffix("0") + "1"]


def test_what_a_snapshot_read_is_added_up(store, proxy):
    chosen = selection(store.as_of)
    store.taken(chosen)
    billed = []
    for name, size in (("rows", 5_000_000), ("counts", 1_000)):
        job_id = f"sluice-s-{name}-0"
        body = failed_job(job_id, "") | {
            "status": {"state": "DONE"},
            "statistics": {"query": {"totalBytesProcessed": str(size)}},
        }
        fault = Fault(method="GET", path=f"/jobs/{job_id}", answer=200, body=body)
        billed.append(proxy.add(fault))
    assert store.warehouse.snapshot("s").bytes_processed == 5_001_000
    assert [fault.fired for fault in billed] == [1, 1]


def test_every_job_bears_its_limits_and_labels(store):
    jobs = connect(store.place, LIMITS, rest_url=store.rest_url)
    job = jobs.start("sluice-x", Query("SELECT 1", labels={"account": "1"}))
    assert job.job_id == "sluice-x"
    assert job.maximum_bytes_billed == LIMITS.bytes_billed_max
    assert job.labels == {"app": "sluice", "account": "1"}
