"""What state does when its database is away, or when one of its rows cannot be read."""

import logging
import socket
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from shared.errors import Transient
from shared.state import exports
from shared.state.database import Database
from shared.state.tables import exports as table
from tests.domain.makers import NOW, recurring
from tests.state.makers import make_export


def test_a_database_that_is_away_is_a_fault_that_passes():
    with closing(socket.socket()) as taken:
        # A port that is bound and never listens refuses every connection.
        taken.bind(("127.0.0.1", 0))
        database = Database(f"postgresql+psycopg://u@127.0.0.1:{taken.getsockname()[1]}/x")
        with pytest.raises(Transient) as error:
            database.run(lambda c: c.execute(text("SELECT 1")))
        assert error.value.reason == "state-unreachable"
        assert error.value.__cause__ is not None
        database.close()


def test_a_mistake_in_a_statement_is_no_fault_that_passes(database):
    with pytest.raises(Exception, match="nothing_of_that_name") as error:
        database.run(lambda c: c.execute(text("SELECT * FROM nothing_of_that_name")))
    assert not isinstance(error.value, Transient)


def test_one_export_that_cannot_be_read_keeps_no_other_waiting(database, caplog):
    later = NOW + timedelta(days=2)
    broken, good = (make_export(database, recurring(), now=NOW) for _ in range(2))
    spoil = update(table).where(table.c.export_id == broken.export_id).values(spec={"no": "spec"})
    database.run(lambda c: c.execute(spoil))
    with caplog.at_level(logging.ERROR, logger="sluice"):
        due = database.run(lambda c: exports.due(c, later, limit=10))
    assert [export.export_id for export in due] == [good.export_id]
    assert str(broken.export_id) in caplog.text
    assert "export_unreadable" in caplog.text
