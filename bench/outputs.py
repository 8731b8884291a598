"""How many files a folder holds, their bytes, and the bytes of payload in them."""

from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow.parquet as pq
from isal import igzip

BLOCK = 1 << 20


@dataclass(frozen=True)
class Output:
    """What was written; `payload_bytes` is before gzip, of Parquet its uncompressed pages."""

    files: int
    bytes: int
    payload_bytes: int


def measured(folder: Path) -> dict[str, int]:
    """Count the data files below a folder, which are not those whose path begins with `_`."""
    files = [path for path in folder.rglob("*") if path.is_file() and not _is_aside(path, folder)]
    sizes = sum(path.stat().st_size for path in files)
    return asdict(Output(len(files), sizes, sum(_payload(path) for path in files)))


def _is_aside(path: Path, folder: Path) -> bool:
    """Manifests, rejects, and dlt's own tables and marks."""
    parts = path.relative_to(folder).parts
    return any(part.startswith("_") for part in parts) or path.name == "init"


def _payload(path: Path) -> int:
    if ".parquet" in path.name:
        footer = pq.read_metadata(path)
        return sum(footer.row_group(n).total_byte_size for n in range(footer.num_row_groups))
    if path.suffix != ".gz":
        return path.stat().st_size
    with igzip.open(path, "rb") as file:
        return sum(len(block) for block in iter(lambda: file.read(BLOCK), b""))
