"""The catalogue of reasons: what each code in answers and runs means, and what to do about it."""

from pydantic import Field

from functions.api.rest.models import Output
from functions.api.rest.routes import Call, Resource
from shared.reasons import CATALOGUE, Blame, of

reasons = Resource(
    "Reasons",
    "What can go wrong, by its code. Codes are stable: programs may rely on them.",
)


class ReasonOut(Output):
    """One code with what it means and what to do."""

    code: str = Field(examples=["403-forbidden"])
    blame: Blame = Field(
        description="Who has to act: the customer, nobody since it passes, or whoever runs Sluice."
    )
    title: str = Field(description="What happened, in one sentence.")
    cause: str = Field(description="Why it happens.")
    fix: list[str] = Field(description="What to do, step by step.")
    guide: str = Field(description="Where the dashboard explains it; may be empty.")
    link: str = Field(description="Its place in the documentation page of reasons.")
    opens_incident: bool = Field(
        description="Whether a failed delivery warns people, and after three days stops the export."
    )


class ReasonsOut(Output):
    """The whole catalogue."""

    items: list[ReasonOut]


def reason_out(code: str) -> ReasonOut:
    """What is known of a code."""
    return ReasonOut.model_validate(of(code))


@reasons.get("/reasons", "")
def list_reasons(call: Call) -> ReasonsOut:
    """List all reasons.

    The same for everybody, and the same as the page /docs/reasons.
    """
    del call
    return ReasonsOut(items=[ReasonOut.model_validate(each) for each in CATALOGUE.values()])
