"""The one schema file: BigQuery's shape, and the same tables in DuckDB."""

import json

import duckdb

from shared.schema import SCHEMA_FILE, duckdb_ddl, tables

TYPES = {"INT64", "STRING", "TIMESTAMP", "BOOL", "JSON"}
MODES = {"REQUIRED", "NULLABLE", "REPEATED"}


def test_every_column_is_what_bigquery_understands_and_is_described():
    for entry in json.loads(SCHEMA_FILE.read_text("utf-8")).values():
        assert entry["time_partitioning"]["type"] == "DAY"
        for column in entry["schema"]:
            assert set(column) - {"defaultValueExpression"} == {
                "name",
                "type",
                "mode",
                "description",
            }
            assert column["type"] in TYPES
            assert column["mode"] in MODES
            assert column["description"].endswith(".")


def test_partitions_and_clusters_are_columns_of_their_tables():
    for table in tables().values():
        columns = {column.name: column for column in table.columns}
        assert columns[table.partitioned_by].type == "TIMESTAMP"
        assert set(table.clustered_by) <= set(columns)


def test_the_local_tables_have_the_same_columns_and_one_more_and_are_made_once():
    with duckdb.connect() as con:
        for statement in (*duckdb_ddl(), *duckdb_ddl()):
            con.execute(statement)
        for table in tables().values():
            made = con.execute(f"DESCRIBE {table.name}").fetchall()
            assert [row[0] for row in made] == [*(c.name for c in table.columns), "loaded_at"]
            required = [c.name for c in table.columns if c.mode == "REQUIRED"] + ["loaded_at"]
            assert [row[0] for row in made if row[2] == "NO"] == required
        types = dict(
            con.execute("SELECT column_name, column_type FROM (DESCRIBE events)").fetchall()
        )
    assert types["all_identities"] == "VARCHAR[]"
    assert types["event_props"] == "JSON"
    assert types["ts"] == "TIMESTAMP WITH TIME ZONE"
