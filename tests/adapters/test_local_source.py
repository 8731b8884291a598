"""Local datasets: files are read as they are asked for, and nothing else of the machine is."""

import gzip

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.adapters.local_source import LocalSource
from shared.domain.connections import (
    LOCAL_ADVICE,
    Access,
    ConnectionPart,
    Dataset,
    results_of,
)
from shared.domain.import_columns import ColumnKind
from shared.domain.import_specs import SourceQuery
from shared.errors import CustomerFault, Transient
from shared.import_ports import Reading
from tests.adapters.datasets import (
    EVENTS,
    ORDERS,
    duckdb_with,
    folder_with,
    order,
    reading_of,
    rows_of,
    source_of,
)


@pytest.fixture(name="place")
def _place(tmp_path):
    return folder_with(tmp_path / "shop", [order(n) for n in range(3)])


def test_csv_packed_or_not_is_a_table_too(tmp_path, place):
    rows = [["uid", "when"], ["u1", "2026-11-20 10:00:00"], ["u2", "2026-11-21 10:00:00"]]
    text = "\n".join(",".join(row) for row in rows)
    (tmp_path / "shop" / "more.csv").write_text(text)
    (tmp_path / "shop" / "packed.csv.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "shop" / "README.md").write_text("no table")
    assert source_of(place).tables() == ["more", "orders", "packed"]
    for name in ("more", "packed"):
        found = source_of(place).describe(SourceQuery(name))
        assert found.kinds() == {"uid": ColumnKind.STRING, "when": ColumnKind.DATETIME}


def all_of(place, name):
    """What an import reads of a table."""
    source, query = source_of(place), SourceQuery(name)
    return rows_of(source, Reading(query, source.describe(query).columns, "test"))


ODD = ["a.b.c", 'say "yes"', "it's", "back`tick", "back\\slash", "two  spaces", "ü - ü", "select"]


def test_files_are_tables_under_whatever_name_can_be_typed(tmp_path, place):
    for name in [*ODD, " before", "line\nbreak"]:
        (tmp_path / "shop" / f"{name}.csv").write_text("uid\nu1\n")
    assert source_of(place).tables() == sorted([*ODD, "orders"])
    for name in ODD:
        assert all_of(place, name) == [{"uid": "u1"}]


def test_of_a_duckdb_file_what_can_be_chosen_is_listed(tmp_path):
    with duckdb.connect(tmp_path / "shop.duckdb") as con:
        con.execute('CREATE TABLE "a.b" AS SELECT 1 AS uid; CREATE SCHEMA other')
        con.execute("CREATE TABLE other.elsewhere AS SELECT 1 AS uid")
    place = Dataset((tmp_path / "shop.duckdb").as_uri(), "")
    assert source_of(place).tables() == ["a.b"]
    assert all_of(place, "a.b") == [{"uid": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{secret}', header = false)",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM glob('{secret}*')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT getenv('HOME')",
    ],
)
@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_select_sees_nothing_outside_of_the_dataset(tmp_path, place, sql, kind):
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    if kind == "file":
        place = duckdb_with(tmp_path / "shop.duckdb", [order(1)])
    query = SourceQuery(sql=sql.format(secret=secret))
    source = source_of(place)
    with pytest.raises(CustomerFault):
        rows_of(source, reading_of(source.describe(query), EVENTS, query=query))


def test_a_view_that_reads_another_file_is_refused(tmp_path):
    path = tmp_path / "shop.duckdb"
    (tmp_path / "other.csv").write_text("a\n1\n")
    with duckdb.connect(str(path)) as con:
        con.execute(f"CREATE VIEW orders AS FROM read_csv('{tmp_path / 'other.csv'}')")
    with pytest.raises(CustomerFault) as caught:
        source_of(Dataset(path.as_uri(), "")).describe(ORDERS)
    assert caught.value.reason == "import-other-dataset"


def test_a_file_that_is_damaged_is_told(tmp_path, place):
    (tmp_path / "shop" / "broken.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(CustomerFault, match=r"broken\.parquet cannot be read"):
        source_of(place).describe(SourceQuery("broken"))
    (tmp_path / "no.duckdb").write_bytes(b"no database at all, but some bytes" * 100)
    trial = source_of(Dataset((tmp_path / "no.duckdb").as_uri(), "")).try_out(Access.READ_ONLY)
    assert trial.failed_at is ConnectionPart.DATASET


def test_ten_thousand_columns_are_described_in_their_order(tmp_path, place):
    names = [f"c{n}" for n in range(10_000)]
    pq.write_table(pa.table({name: [1] for name in names}), tmp_path / "shop" / "wide.parquet")
    found = source_of(place).describe(SourceQuery("wide")).columns
    assert [column.name for column in found] == names


def test_unknown_types_are_read_as_text(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE orders AS SELECT INTERVAL 3 DAY AS uid, TIME '10:00' AS changed,"
                    "uuid() AS happened")  # fmt: skip
    source = source_of(Dataset(path.as_uri(), ""))
    described = source.describe(ORDERS)
    assert {column.kind for column in described.columns} == {ColumnKind.OTHER}
    [row] = rows_of(source, reading_of(described, type(EVENTS)(
        kind=EVENTS.kind, identity="uid", created_on="changed", event_name="E")))  # fmt: skip
    assert row == {"uid": "3 days", "changed": "10:00:00"}


def test_a_name_that_no_folder_can_have_is_not_there():
    trial = source_of(Dataset("file:///" + "a" * 900, "")).try_out(Access.READ_ONLY)
    assert trial.failed_at is ConnectionPart.PROJECT
    assert results_of(trial, Access.READ_ONLY)[0].advice == LOCAL_ADVICE


def test_first_rows_that_take_too_long_are_given_up(place):
    source = LocalSource(place, memory_mb=200, look_s=0.2)
    query = SourceQuery(sql="SELECT count(*) AS uid FROM range(1000000) a, range(1000000) b")
    reading = Reading(query, source.describe(query).columns, "k", limit=20)
    with pytest.raises(CustomerFault, match="did not come in time"):
        list(source.read(reading))


def reading_wide(place, characters):
    """What reads five thousand narrow rows and then five thousand that are wide."""
    wide = f"CASE WHEN i < 5000 THEN 'x' ELSE repeat('x', {characters}) END"
    query = SourceQuery(sql=f"SELECT i, {wide} AS note FROM range(10000) AS t(i)")
    source = LocalSource(place, memory_mb=100)
    return source.read(Reading(query, source.describe(query).columns, "test"))


def test_wide_rows_come_few_at_once(place):
    sizes = [(batch.num_rows, batch.nbytes) for batch in reading_wide(place, 20_000)]
    assert sum(rows for rows, _ in sizes) == 10_000
    assert max(size for _, size in sizes) < 50_000_000


def test_rows_in_the_middle_that_are_too_wide_for_the_memory_are_no_damaged_file(place):
    with pytest.raises(Transient) as caught:
        list(reading_wide(place, 90_000_000))
    assert caught.value.reason == "out-of-memory"
