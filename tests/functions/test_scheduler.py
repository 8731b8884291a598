"""The function scheduler: a call is a tick, which is noted and leaves its figures in the log."""

import json
import logging

from shared.bootstrap import services
from shared.jobs.health import parts_of
from shared.logs import write_log
from shared.state import looks
from tests.warehouse_rows import NOW


def test_a_call_ticks_is_seen_to_have_and_writes_the_figures(house, clients, capsys):
    logger = logging.getLogger("sluice")
    before = logger.handlers, logger.level, logger.propagate
    write_log("INFO")
    try:
        assert clients["scheduler"].post("/").status_code == 204
    finally:
        logger.handlers, logger.level, logger.propagate = before
    events = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert events == ["tick", "metrics"]
    seen = services().database.run(looks.seen)
    assert abs((seen[looks.TICK] - NOW).total_seconds()) < 600
    assert [str(part.part) for part in parts_of(services()) if not part.fine] == ["monitor"]
