"""The statements that bring staged rows of an import into the tables of BigQuery."""

from shared.loading.staged import landed_columns
from shared.schema import Table


def publish_events(target: str, staged: str, table: Table) -> str:
    """MERGE of the good rows whose id is new.

    Rows that are the same in all and have no id of their own are told apart by a number, so that
    genuine twins stay, and reading them again finds them all.
    """
    columns = landed_columns(table)
    names = ", ".join(column.name for column in columns)
    others = ", ".join(_parsed(column.name, column.type) for column in columns[1:])
    assert columns[0].name == "event_id"
    twin = "ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY n)"
    named = "IF(hashed AND twin > 1, CONCAT(event_id, '-', CAST(twin AS STRING)), event_id)"
    return (
        f"MERGE INTO {target} AS t USING ("
        f"WITH good AS (SELECT *, {twin} AS twin FROM {staged} WHERE reason IS NULL), "
        f"named AS (SELECT n, {named} AS event_id, {others} FROM good) "
        f"SELECT {names} FROM named WHERE TRUE QUALIFY {twin} = 1"
        ") AS s ON t.account_id = @account_id AND t.event_id = s.event_id "
        f"WHEN NOT MATCHED THEN INSERT (account_id, {table.partitioned_by}, {names}) "
        f"VALUES (@account_id, @told, {', '.join(f's.{column.name}' for column in columns)})"
    )


def publish_profiles(target: str, staged: str, table: Table) -> str:
    """INSERT of the newest staged version of each profile that differs from the newest stored one.

    A version whose *Updated On* equals the watermark may have been read before: it is left out
    when any stored version is the same.
    """
    columns = landed_columns(table)
    names = ", ".join(column.name for column in columns)
    parsed = ", ".join(_parsed(column.name, column.type) for column in columns)
    compared = ", ".join(column.name for column in columns if column.name != "object_id")
    content = f"TO_JSON_STRING(STRUCT({compared})) AS content"
    return (
        f"INSERT INTO {target} (account_id, {table.partitioned_by}, {names}) "
        f"WITH good AS (SELECT n, version, tie, {parsed} FROM {staged} WHERE reason IS NULL), "
        f"versions AS (SELECT *, {content} FROM good), "
        "fresh AS (SELECT * FROM versions WHERE TRUE QUALIFY ROW_NUMBER() OVER ("
        "PARTITION BY object_id ORDER BY version DESC, content DESC, n) = 1), "
        f"old AS (SELECT object_id, updated_at, {content} FROM {target} "
        "WHERE account_id = @account_id AND object_id IN (SELECT object_id FROM fresh)), "
        "stored AS (SELECT object_id, content, ROW_NUMBER() OVER ("
        "PARTITION BY object_id ORDER BY updated_at DESC) AS age FROM old) "
        f"SELECT @account_id, @told, {', '.join(f'f.{column.name}' for column in columns)} "
        "FROM fresh AS f WHERE NOT EXISTS (SELECT 1 FROM stored AS o "
        "WHERE o.object_id = f.object_id AND o.content = f.content AND (o.age = 1 OR f.tie))"
    )


def _parsed(name: str, kind: str) -> str:
    return f"PARSE_JSON({name}, wide_number_mode => 'round') AS {name}" if kind == "JSON" else name
