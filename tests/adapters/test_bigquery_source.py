"""What BigQuery says of a customer's dataset becomes advice to the customer, or is tried again."""

import json
import threading
from types import SimpleNamespace

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery as google

from shared.adapters.bigquery_source import BigQuerySource
from shared.adapters.bigquery_source_sql import reading_sql, source_sql
from shared.adapters.inline_sources import InlineSources
from shared.domain.connections import Access, ConnectionPart, Dataset, results_of
from shared.domain.import_columns import ColumnKind, SourceColumn
from shared.domain.import_specs import SourceQuery
from shared.errors import CustomerFault, Transient
from shared.import_ports import Reading
from tests.adapters.bigquery_store import LIMITS
from tests.servers.fault_proxy import Fault, FaultProxy, google_error

PLACE = Dataset("my-project-1", "shop")
ONE = SourceQuery(sql="SELECT 1 AS one")


@pytest.fixture(name="proxy")
def _proxy(bigquery):
    with FaultProxy(bigquery.rest_url) as proxy:
        yield proxy


@pytest.fixture(name="source")
def _source(bigquery, proxy):
    def client(url):
        return google.Client(
            project=PLACE.project,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": url},
        )

    dataset = google.Dataset(f"{PLACE.project}.{PLACE.dataset}")
    dataset.location = "EU"
    straight = client(bigquery.rest_url)
    straight.create_dataset(dataset, exists_ok=True)
    schema = [google.SchemaField("uid", "STRING"), google.SchemaField("where", "GEOGRAPHY")]
    straight.create_table(google.Table(f"{PLACE.project}.shop.t", schema=schema), exists_ok=True)
    return BigQuerySource(client(proxy.url), lambda: None, PLACE, LIMITS)


def refused(proxy, path, status, reason, method=None):
    body = google_error(status, reason, "a message that quotes row value 4711")
    return proxy.add(Fault(method=method, path=path, answer=status, body=body, times=None))


REFUSALS = {
    "project": ("datasets\\?", 403, "accessDenied", ConnectionPart.PROJECT, "import-roles-missing"),
    "unknown project": (
        "datasets\\?",
        404,
        "notFound",
        ConnectionPart.PROJECT,
        "import-source-missing",
    ),
    "revoked key": ("datasets\\?", 401, "authError", ConnectionPart.PROJECT, "import-key-refused"),
    "dataset": ("datasets/shop", 404, "notFound", ConnectionPart.DATASET, "import-source-missing"),
    "job user": (
        "/jobs|/queries",
        403,
        "accessDenied",
        ConnectionPart.PERMISSIONS,
        "import-roles-missing",
    ),
    "billing": (
        "/jobs|/queries",
        403,
        "billingNotEnabled",
        ConnectionPart.PERMISSIONS,
        "import-billing",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused_is_the_result_that_fails_with_advice(source, proxy, name):
    path, status, reason, part, code = REFUSALS[name]
    fault = refused(proxy, path, status, reason)
    trial = source.try_out(Access.READ_WRITE)
    assert fault.fired > 0
    assert (trial.failed_at, trial.fault.reason) == (part, code)
    assert "4711" not in trial.fault.message
    results = results_of(trial, Access.READ_WRITE)
    [failed] = [each for each in results if each.outcome == "failed"]
    assert failed.advice


@pytest.mark.parametrize(
    ("granted", "access", "missing"),
    [
        (["bigquery.tables.get", "bigquery.tables.getData"], Access.READ_ONLY, ()),
        (["bigquery.tables.get"], Access.READ_ONLY, ("bigquery.tables.getData",)),
        (["bigquery.tables.get", "bigquery.tables.getData"], Access.READ_WRITE,
         ("bigquery.tables.updateData",)),
    ],
)  # fmt: skip
def test_rights_are_asked_for_as_the_mode_needs_them(source, proxy, granted, access, missing):
    told = proxy.add(
        Fault(path="testIamPermissions", answer=200, body=json.dumps({"permissions": granted}),
              headers={"Content-Type": "application/json"})
    )  # fmt: skip
    trial = source.try_out(access)
    assert told.fired == 1
    assert trial.missing == missing
    assert (trial.failed_at is None) == (missing == ())
    if missing:
        assert trial.fault.reason == "import-roles-missing"


def test_a_server_that_does_not_tell_of_rights_lets_pass(source):
    trial = source.try_out(Access.READ_WRITE)
    assert (trial.failed_at, trial.missing, trial.location) == (None, None, "EU")


def test_a_view_or_select_that_reads_another_dataset_is_refused(source, proxy):
    body = {
        "jobReference": {"projectId": PLACE.project, "jobId": "j", "location": "EU"},
        "configuration": {"dryRun": True, "query": {"query": "SELECT"}},
        "status": {"state": "DONE"},
        "statistics": {
            "query": {
                "statementType": "SELECT",
                "totalBytesProcessed": "7",
                "schema": {"fields": [{"name": "uid", "type": "STRING"}]},
                "referencedTables": [
                    {"projectId": PLACE.project, "datasetId": "shop", "tableId": "t"},
                    {"projectId": PLACE.project, "datasetId": "payroll", "tableId": "wages"},
                ],
            }
        },
    }
    headers = {"Content-Type": "application/json"}
    told = proxy.add(Fault("POST", "/jobs", answer=200, body=body, headers=headers))
    with pytest.raises(CustomerFault, match="payroll") as caught:
        source.describe(ONE)
    assert (told.fired, caught.value.reason) == (1, "import-other-dataset")
    del body["statistics"]["query"]["referencedTables"][1]
    proxy.add(Fault("POST", "/jobs", answer=200, body=body, headers=headers, times=2))
    found = source.describe(ONE)
    assert ([column.name for column in found.columns], found.bytes) == (["uid"], 7)


@pytest.mark.parametrize("reason", ["rateLimitExceeded", "quotaExceeded"])
def test_a_quota_is_nobodys_fault_and_is_tried_again(source, proxy, reason, monkeypatch):
    monkeypatch.setattr(source, "_options", {"timeout": 5, "retry": None})
    fault = refused(proxy, "/jobs", 403, reason)
    with pytest.raises(Transient):
        source.describe(ONE)
    assert fault.fired >= 1


def test_columns_of_types_that_nobody_knows_are_text(source):
    found = source.describe(SourceQuery("t"))
    assert [(each.kind.value, each.shown) for each in found.columns] == [
        ("string", "STRING"), ("other", "GEOGRAPHY"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["other.t", "a.b.c", "t`", "t\\", '"t"', "../other/tables/t"])
def test_a_name_that_leads_out_of_the_dataset_is_refused_unasked(source, proxy, name):
    asked = proxy.add(Fault(answer=500, times=None))
    for look in (source.describe, lambda query: reading_sql(PLACE, Reading(query, (), "k"))):
        with pytest.raises(CustomerFault, match="without its project and dataset"):
            look(SourceQuery(name))
    assert asked.fired == 0
    assert "`my-project.sales.ü - ü`" in source_sql(PLACE, SourceQuery("ü - ü")).replace(
        f"{PLACE.project}.{PLACE.dataset}", "my-project.sales"
    )


def test_a_server_that_hangs_is_given_up_as_early_as_one_of_a_bucket(proxy, source):
    released = threading.Event()
    fault = proxy.add(Fault(hold=released, times=None))
    looks = InlineSources(SimpleNamespace(saved=lambda *_: source), seconds=0.2)
    with pytest.raises(Transient) as caught:
        looks.saved(1, 1).try_out(Access.READ_ONLY)
    released.set()
    assert (caught.value.reason, fault.fired) == ("probe-too-slow", 1)


def test_no_value_is_not_read_as_the_text_of_null():
    """The emulator keeps NULL as it is, where BigQuery makes the text `null` of it."""
    columns = (SourceColumn("a", ColumnKind.JSON), SourceColumn("b", ColumnKind.OTHER))
    sql = reading_sql(PLACE, Reading(SourceQuery("t"), columns, "k"))
    assert "IF(`a` IS NULL, NULL, TO_JSON_STRING(`a`)) AS `a`" in sql
    assert "IF(`b` IS NULL, NULL, TO_JSON_STRING(`b`))" in sql
