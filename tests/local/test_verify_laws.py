"""Whatever is changed in a delivery, `verify` notices, and it never crashes."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.local.verify import verify
from tests.local.bucket import ROWS, make_run

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@settings(max_examples=30)
@given(st.sampled_from(sorted(ROWS)), st.booleans(), st.data())
def test_no_change_of_a_byte_goes_unnoticed(format_: str, gzipped: bool, data: st.DataObject):
    with tempfile.TemporaryDirectory() as folder:
        run = make_run(Path(folder), format_, gzipped=gzipped and format_ != "parquet")
        content = bytearray(run.path(0).read_bytes())
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= data.draw(st.integers(1, 255))
        run.path(0).write_bytes(content)
        assert not verify(folder).ok


@settings(max_examples=30)
@given(st.data())
def test_no_field_of_a_manifest_can_hold_anything_that_crashes(data: st.DataObject):
    with tempfile.TemporaryDirectory() as folder:
        run = make_run(Path(folder))
        content: dict[str, Any] = run.manifest
        owner = data.draw(st.sampled_from([content, content["files"][0], content["rejects"][0]]))
        owner[data.draw(st.sampled_from(sorted(owner)))] = data.draw(JSON)
        run.manifest_path.write_text(json.dumps(content), "utf-8")
        verify(folder)
