"""The snippet for pandas: Python that finds the files in the manifests and reads their rows."""

from shared.domain.choices import Format
from shared.domain.reader_files import Source


def pandas_code(source: Source) -> str:
    """Lines that leave the rows in the data frame `table`."""
    file_format = source.spec.format
    imports = ["import json"]
    if source.packed:
        imports.insert(0, "import gzip")
    if file_format in (Format.CSV, Format.PARQUET):
        imports.insert(-1, "import io")
    if source.is_folder:
        imports.append("from pathlib import Path")
    if file_format is Format.XML:
        imports.append("from xml.etree import ElementTree")
    libraries = ["import pandas as pd"]
    if not source.is_folder:
        libraries.append("from google.cloud import storage")
    parts = ["\n".join(imports), "\n".join(libraries), manifests_code(source), _rows(source)]
    return "\n\n".join(parts)


def manifests_code(source: Source) -> str:
    """Lines that make `files`, the entries of the manifests, and `read(name)`."""
    if source.is_folder:
        where = f"""folder = Path({source.place!r})
manifests = [
    json.loads(path.read_bytes()) for path in folder.glob("{source.manifests}*.json")
]


def read(name):
    return (folder / name).read_bytes()"""
    else:
        where = f"""bucket = storage.Client().bucket({source.place.removeprefix("gs://")!r})
manifests = [
    json.loads(blob.download_as_bytes())
    for blob in bucket.client.list_blobs(bucket, prefix="{source.manifests}")
]


def read(name):
    return bucket.blob(name).download_as_bytes()"""
    return where + "\n\n\n" + files_code(source)


def files_code(source: Source) -> str:
    """Lines that make `files` from `manifests`."""
    if not source.other_runs:
        return _FILES
    others = ", ".join(map(str, source.other_runs))
    without = f'manifests = [each for each in manifests if each["run_stamp"] not in {{{others}}}]'
    return without + "\n" + _FILES


_FILES = """newest = {}
for manifest in sorted(manifests, key=lambda each: each["run_stamp"]):
    if manifest["kind"] != "supplement":
        newest[str(manifest["window"])] = manifest["run_stamp"]
kept = set(newest.values())
files = [
    file
    for manifest in manifests
    if manifest["run_stamp"] in kept
    or (manifest["kind"] == "supplement" and manifest["replaces"] in kept)
    for file in manifest["files"]
]"""


def _rows(source: Source) -> str:
    data = 'read(file["name"])'
    if source.packed:
        data = f"gzip.decompress({data})"
    return {
        Format.JSON: _json,
        Format.CSV: _csv,
        Format.PARQUET: _parquet,
        Format.XML: _xml,
    }[source.spec.format](source, data)


def _json(source: Source, data: str) -> str:
    comment = "  # Line 1 is the name." if source.name_line else ""
    lines = f"[{source.lines_before_rows or ''}:-1]"
    row = "json.loads(line)"
    if not source.profiles:
        row = '{"eventName": file["event_name"], **json.loads(line)}'
    return f"""rows = []
for file in files:
    lines = {data}.decode().split("\\n"){lines}{comment}
    rows += [{row} for line in lines]
table = pd.DataFrame(rows)"""


def _csv(_source: Source, data: str) -> str:
    return f"""frames = [
    pd.read_csv(io.BytesIO({data}), dtype=str, keep_default_na=False)
    for file in files
]
table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()"""


def _parquet(_source: Source, data: str) -> str:
    return f"""frames = [pd.read_parquet(io.BytesIO({data})) for file in files]
table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()"""


def _xml(source: Source, data: str) -> str:
    return f"""

def value(element):
    if len(element) == 0:
        return element.text or ""
    found = {{}}
    for child in element:
        if child.find("key") is not None:
            found[child.findtext("key")] = value(child.find("value"))
        elif child.tag in ("entry", "all_identities"):
            found.setdefault(child.tag, []).append(value(child))
        else:
            found[child.tag] = value(child)
    return found


rows = []
for file in files:
    root = ElementTree.fromstring({data})
    rows += [value(element) for element in root.iter("{source.row_tag}")]
table = pd.DataFrame(rows)"""
