"""The snippet for Spark: Python that finds the files in the manifests and reads their rows."""

from shared.domain.choices import Format
from shared.domain.reader_files import Source
from shared.domain.reader_pandas import files_code


def spark_code(source: Source) -> str:
    """Lines that leave one data frame an event in `tables`, or that of profiles in `table`.

    A data frame an event, since their columns differ.
    """
    place = f"file:{source.place}" if source.is_folder else source.place
    head = f"""import json
import re

from pyspark.sql import functions as F

place = {place!r}
texts = spark.read.text(f"{{place}}/{source.manifests}*.json", wholetext=True).collect()
manifests = [json.loads(text.value) for text in texts]
{files_code(source)}


def paths(files):
    # Spark takes these characters of a name for a pattern.
    names = [re.sub(r"([*?\\[\\]{{}}\\\\])", r"\\\\\\1", file["name"]) for file in files]
    return [f"{{place}}/{{name}}" for name in names]

"""
    read = {
        Format.JSON: _json,
        Format.CSV: _csv,
        Format.PARQUET: _parquet,
        Format.XML: _xml,
    }[source.spec.format](source)
    if source.profiles:
        return f"{head}\ntable = {read.format(files='files')}"
    read = read.format(files="[file for file in files if file['event_name'] == name]")
    return f"""{head}
tables = {{
    name: {read}
    for name in {{file["event_name"] for file in files}}
}}"""


def _json(source: Source) -> str:
    if source.name_line:
        # With a header, which is never looked at, Spark steps over the first line of each file.
        lines = _lines("True")
    else:
        lines = "spark.read.text(paths({files})).withColumnRenamed('value', 'line')"
    if source.profiles:
        return lines
    fields = ", ".join(
        f"F.get_json_object('line', '$.{name}').alias('{name}')"
        for name in ("ts", "profile", "deviceInfo", "controlGroupName", "eventProps")
    )
    return f"{lines}.select({fields}, 'line')"


def _csv(_source: Source) -> str:
    return (
        "spark.read.csv(paths({files}), header=True, quote='\"', escape='\"',"
        " emptyValue='', mergeSchema=True)"
    )


def _parquet(_source: Source) -> str:
    return "spark.read.option('mergeSchema', True).parquet(*paths({files}))"


def _xml(source: Source) -> str:
    lines = "spark.read.text(paths({files})).withColumnRenamed('value', 'line')"
    return f"{lines}.where(\"line LIKE '<{source.row_tag}>%'\")"


def _lines(header: str) -> str:
    return (
        "spark.read.csv(paths({files}), schema='line string', sep='\\t', quote='',"
        f" header={header}, enforceSchema=True)"
    )
