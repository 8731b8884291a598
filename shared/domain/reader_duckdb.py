"""The snippet for DuckDB: SQL that finds the files in the manifests and reads their rows."""

from shared.domain.choices import Format
from shared.domain.reader_files import Source

# Rows over 2 MB, where DuckDB stops by itself, are rare; a buffer holds sixteen such lines.
LINE_BYTES_MAX = 16_000_000


def duckdb_sql(source: Source) -> str:
    """Statements of which the last one gives the rows."""
    return _delivered(source) + "\n\n" + _ROWS[source.spec.format](source)


def _delivered(source: Source) -> str:
    """The table `delivered` and the variable `paths`, in which no name is taken for a pattern."""
    place = source.place
    others = ", ".join(map(str, source.other_runs))
    without = (
        f"\n  WHERE (content::JSON ->> 'run_stamp')::BIGINT NOT IN ({others})" if others else ""
    )
    key = (
        "" if source.is_folder
        else "-- Once: CREATE SECRET (TYPE gcs, KEY_ID 'an HMAC key', SECRET 'its secret');\n"
    )  # fmt: skip
    return f"""{key}CREATE OR REPLACE TEMP TABLE delivered AS
WITH manifests AS (
  SELECT from_json(content, '{{"run_stamp": "BIGINT", "kind": "VARCHAR", "replaces": "BIGINT",
      "window": {{"start": "VARCHAR", "end": "VARCHAR"}},
      "files": [{{"name": "VARCHAR", "event_name": "VARCHAR"}}]}}') AS m
  FROM read_text({_text(f"{place}/{source.manifests}*.json")}){without}
), newest AS (
  SELECT max(m.run_stamp) AS stamp FROM manifests WHERE m.kind <> 'supplement' GROUP BY m."window"
), files AS (
  SELECT unnest(m.files) AS file FROM manifests
  WHERE m.run_stamp IN (FROM newest) OR m.kind = 'supplement' AND m.replaces IN (FROM newest)
)
SELECT {_text(place + "/")} || file.name AS path, file.event_name FROM files;
SET VARIABLE paths = (
  SELECT list(regexp_replace(path, '([*?\\[])', '[\\1]', 'g') ORDER BY path) FROM delivered
);"""


def _json(source: Source) -> str:
    if source.profiles:
        return f"SELECT line::JSON AS profile\nFROM {_lines(source)};"
    return f"""SELECT event_name, (line ->> '$.ts')::BIGINT AS ts, line -> '$.profile' AS profile,
  line -> '$.deviceInfo' AS "deviceInfo", line ->> '$.controlGroupName' AS "controlGroupName",
  line -> '$.eventProps' AS "eventProps", line -> '$.sessionProps' AS "sessionProps"
FROM {_lines(source)}
JOIN delivered ON path = filename;"""


def _csv(source: Source) -> str:
    packing = ", compression = 'gzip'" if source.packed else ""
    return f"""SELECT * FROM read_csv(getvariable('paths'), union_by_name = true, header = true,
  all_varchar = true, delim = ',', quote = '"', escape = '"', allow_quoted_nulls = false,
  max_line_size = {LINE_BYTES_MAX}{packing});"""


def _parquet(_source: Source) -> str:
    return """SELECT * FROM read_parquet(getvariable('paths'), union_by_name = true,
  hive_partitioning = false);"""


def _xml(source: Source) -> str:
    plain = """CREATE OR REPLACE TEMP MACRO plain(text) AS
  replace(replace(replace(text, '&lt;', '<'), '&gt;', '>'), '&amp;', '&');
CREATE OR REPLACE TEMP MACRO entries(text) AS map(
  list_transform(regexp_extract_all(text, '<key>([^<]*)</key>', 1), lambda key: plain(key)),
  list_transform(regexp_extract_all(text, '<value>([^<]*)</value>', 1), lambda v: plain(v)));
"""
    if source.profiles:
        return f"""{plain}SELECT plain(regexp_extract(line, '<identity>([^<]*)', 1)) AS identity,
  plain(regexp_extract(line, '<objectId>([^<]*)', 1)) AS "objectId",
  entries(regexp_extract(line, '<profileProps>(.*)</profileProps>', 1)) AS "profileProps", line
FROM {_lines(source)}
WHERE starts_with(line, '<Profile>');"""
    return f"""{plain}SELECT event_name, regexp_extract(line, '<ts>([^<]*)', 1)::BIGINT AS ts,
  plain(regexp_extract(line, '<identity>([^<]*)', 1)) AS identity,
  entries(regexp_extract(line, '<eventProps>(.*)</eventProps>', 1)) AS "eventProps", line
FROM {_lines(source)}
JOIN delivered ON path = filename
WHERE starts_with(line, '<Event>');"""


_ROWS = {Format.JSON: _json, Format.CSV: _csv, Format.PARQUET: _parquet, Format.XML: _xml}


def _lines(source: Source) -> str:
    """A table function that gives each line of text as it is: no tab stands in any."""
    packing = ", compression = 'gzip'" if source.packed else ""
    return f"""read_csv(getvariable('paths'), columns = {{'line': 'VARCHAR'}}, header = false,
  skip = {source.lines_before_rows}, delim = '\\t', quote = '', escape = '', auto_detect = false,
  filename = true, max_line_size = {LINE_BYTES_MAX}{packing})"""


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
