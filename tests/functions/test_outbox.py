"""The function `monitor` on /outbox: what waits to be told is sent, and nothing twice."""

from tests.functions.api.conftest import told


def test_a_call_of_the_outbox_sends_what_waits_and_a_second_one_nothing(house, clients):
    told(house, house.recurring())
    for _ in range(2):
        answer = clients["monitor"].post("/outbox")
        assert (answer.status_code, answer.data) == (204, b"")
        [path] = (house.folder / "mail").glob("*.eml")
        assert b"Auto-Submitted: auto-generated" in path.read_bytes()
