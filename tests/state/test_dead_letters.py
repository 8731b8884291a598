"""Dead letters in state: each once, newest first, whatever stands in them."""

from dataclasses import replace
from datetime import timedelta

from shared.state import dead_letters
from shared.state.dead_letters import DeadLetter
from tests.domain.makers import NOW

LETTER = DeadLetter(
    subscription="projects/p/subscriptions/dead-push",
    message_id="17",
    source="export-slices-push",
    data=b'{"run_id":1}\x00\xff',
    data_bytes=14,
    attributes={"traceparent": "00-1", "naïve": "🙂"},
    attributes_dropped=0,
    delivery_attempts=5,
    published_at=NOW,
    received_at=NOW + timedelta(seconds=1),
)


def add(database, letter):
    return database.run(lambda c: dead_letters.add(c, letter))


def newest(database, limit=10):
    return database.run(lambda c: dead_letters.list_newest(c, limit=limit))


def test_a_message_comes_back_as_it_was_stored(database):
    assert add(database, LETTER)
    assert newest(database) == [LETTER]


def test_what_is_not_known_stays_unknown(database):
    bare = replace(
        LETTER, source=None, data=None, attributes={}, delivery_attempts=None, published_at=None
    )
    assert add(database, bare)
    assert newest(database) == [bare]


def test_the_same_message_again_changes_nothing(database):
    assert add(database, LETTER)
    assert not add(database, replace(LETTER, data=b"other", delivery_attempts=9))
    assert newest(database) == [LETTER]


def test_another_subscription_may_have_a_message_of_the_same_id(database):
    other = replace(LETTER, subscription="projects/p/subscriptions/other")
    assert add(database, LETTER)
    assert add(database, other)
    assert len(newest(database)) == 2


def test_the_newest_come_first_and_no_more_than_asked_for(database):
    letters = [
        replace(LETTER, message_id=str(n), received_at=NOW + timedelta(seconds=n)) for n in range(5)
    ]
    for letter in letters:
        add(database, letter)
    assert newest(database, limit=3) == letters[:1:-1]
