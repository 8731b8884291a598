"""The facts of a notice about an import put into calm words."""

from collections.abc import Iterator

from shared.domain.import_notices import ImportNotice
from shared.mail.letters import ImportLetter
from shared.mail.words import Content, Step, moment


def content_of_import(letter: ImportLetter) -> Content:
    """The words of the letter."""
    return _failed(letter) if letter.kind is ImportNotice.FAILED else _recovered(letter)


def _failed(letter: ImportLetter) -> Content:
    return Content(
        tone="bad",
        subject=f"Import {letter.nickname} failed: please fix it",
        heading=f"Import {letter.nickname} failed",
        lead="Sluice could not import new rows, and cannot until this is fixed. Once it is, the "
        "import goes on by itself at its next time.",
        button="Open the import",
        safe="Nothing is lost. What was imported stays, and the next run that works brings "
        "everything that has changed since the last one.",
        next_steps=(
            Step(
                "At each of its times",
                "The import tries again. You get no further e-mail about it until it works.",
            ),
            Step("When it is fixed", "Press Run now if you do not want to wait for its next time."),
        ),
        facts=tuple(_facts(letter)),
    )


def _recovered(letter: ImportLetter) -> Content:
    return Content(
        tone="good",
        subject=f"Import {letter.nickname} works again",
        heading=f"Import {letter.nickname} works again",
        lead="Sluice imports new rows again. There is nothing more for you to do.",
        button="See the import",
        safe="Nothing was lost. The run that worked has brought everything that had changed since "
        "the last one before the failure.",
        next_steps=(
            Step("From now on", "The import runs at its times. Should it fail again, we tell you."),
        ),
        facts=tuple(_facts(letter)),
    )


def _facts(letter: ImportLetter) -> Iterator[tuple[str, str]]:
    yield "Import", letter.nickname
    if letter.connection:
        yield "Connection", letter.connection
    yield "Failed from" if letter.solved else "Failing since", moment(letter.since, letter.zone)
    yield "Error", letter.reason.title
    if letter.message:
        yield "What was said", letter.message
    yield "Error code", letter.reason.code
