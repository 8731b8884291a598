"""The command that lists messages which were given up."""

from rich.markup import escape

from functions.local.output import console, file_size, print_json, print_table
from shared.jobs.services import Services
from shared.state import dead_letters
from shared.state.dead_letters import DeadLetter

# What one look shows; older ones are in the table `dead_letters`.
NEWEST = 100
# Of a message's text in a table; --json shows the whole.
SHOWN_CHARS = 60


def list_dead_letters(services: Services, *, as_json: bool) -> None:
    """The newest dead letters, newest first."""
    found = services.database.run(lambda c: dead_letters.list_newest(c, limit=NEWEST))
    if as_json:
        print_json({"dead_letters": [_as_json(letter) for letter in found]})
        return
    if not found:
        console.print("No dead letters: every message came to its end.")
        return
    columns = ["received", "message id", "from subscription", "attempts", "size", "message"]
    rows = [
        [
            letter.received_at,
            _shown(letter.message_id),
            _shown(letter.source or letter.subscription),
            letter.delivery_attempts,
            file_size(letter.data_bytes),
            _shown(_text(letter)[:SHOWN_CHARS]),
        ]
        for letter in found
    ]
    print_table("Dead letters", columns, rows)


def _as_json(letter: DeadLetter) -> dict[str, object]:
    shown = {name: getattr(letter, name) for name in DeadLetter.__dataclass_fields__}
    return shown | {"data": None if letter.data is None else _text(letter)}


def _text(letter: DeadLetter) -> str:
    return (letter.data or b"").decode("utf-8", "backslashreplace")


def _shown(text: str) -> str:
    """Somebody else's text for a table: it moves no cursor and means nothing to rich."""
    return escape("".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text))
