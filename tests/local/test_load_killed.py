"""A load that is killed in the middle was never there."""

from pathlib import Path

import pytest

from functions.local import load as load_module
from functions.local import load_staging
from tests.local.warehouse import open_shop
from tests.processes import KILLED, die, run_child

ROW = {"event_name": "A", "ts": 1_700_000_000}


def _load_and_die(folder: Path, where: str) -> None:
    with open_shop(folder) as shop:
        file = shop.lines("killed.jsonl", *[{**ROW, "n": n} for n in range(1000)])
        real = load_module.insert
        if where == "staged":
            load_module.write_rejects = load_module.insert = lambda *_: die(folder / "fired")  # type: ignore[assignment]
        elif where == "inserted":

            def inserted(*args: object) -> int:
                real(*args)  # type: ignore[arg-type]
                die(folder / "fired")
                return 0

            load_module.insert = inserted  # type: ignore[assignment]
        else:
            load_staging.rows_sql = lambda *_: die(folder / "fired")  # type: ignore[assignment]
        shop.load(file)


@pytest.mark.parametrize("where", ["reading", "staged", "inserted"])
def test_a_killed_load_leaves_nothing_and_can_be_repeated(tmp_path: Path, where: str):
    with open_shop(tmp_path) as shop:
        shop.load(shop.lines("first.jsonl", ROW))
    assert run_child(_load_and_die, tmp_path, where) == KILLED
    assert (tmp_path / "fired").exists()
    with open_shop(tmp_path) as shop:
        assert shop.rows("count(*)", order="ALL") == [1]
        tables = shop.con.execute("SELECT name FROM (SHOW ALL TABLES)").fetchall()
        assert not [name for (name,) in tables if name.startswith("load_")]
        assert shop.load(tmp_path / "killed.jsonl").rows_loaded == 1000
