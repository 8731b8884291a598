"""The kinds of problems that the API answers with; the documentation explains each one."""

from dataclasses import dataclass
from http import HTTPStatus

from shared.errors import (
    Conflict,
    CustomerFault,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotIdentified,
    OurFault,
    SluiceError,
    TooMany,
    Transient,
)
from shared.reasons import GOES_ON, SETUP, of


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of problems; its name is where the documentation explains it."""

    name: str
    status: HTTPStatus

    @property
    def title(self) -> str:
        """The kind in words, from the catalogue of reasons."""
        return of(self.name).title.removesuffix(".")

    @property
    def how_to_fix(self) -> str:
        """What to do next, from the catalogue of reasons."""
        return " ".join(of(self.name).fix)


NOT_AS_DOCUMENTED = Kind("not-as-documented", HTTPStatus.UNPROCESSABLE_ENTITY)
UNREADABLE = Kind("unreadable", HTTPStatus.BAD_REQUEST)
NO_SUCH_PAGE = Kind("no-such-page", HTTPStatus.NOT_FOUND)
NO_SUCH_METHOD = Kind("no-such-method", HTTPStatus.METHOD_NOT_ALLOWED)
TOO_LARGE = Kind("too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
UNSUPPORTED = Kind("unsupported", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
NOT_AUTHENTICATED = Kind("not-authenticated", HTTPStatus.UNAUTHORIZED)
NOT_FOUND = Kind("not-found", HTTPStatus.NOT_FOUND)
NOT_ALLOWED = Kind("not-allowed", HTTPStatus.FORBIDDEN)
CONFLICT = Kind("conflict", HTTPStatus.CONFLICT)
TOO_MANY = Kind("too-many", HTTPStatus.TOO_MANY_REQUESTS)
REFUSED = Kind("refused", HTTPStatus.UNPROCESSABLE_ENTITY)
CUSTOMERS_SIDE = Kind("customers-side", HTTPStatus.UNPROCESSABLE_ENTITY)
UNAVAILABLE = Kind("unavailable", HTTPStatus.SERVICE_UNAVAILABLE)
NOT_SET_UP = Kind("not-set-up", HTTPStatus.SERVICE_UNAVAILABLE)
OUR_FAULT = Kind("our-fault", HTTPStatus.INTERNAL_SERVER_ERROR)
KINDS = (
    NOT_AS_DOCUMENTED,
    UNREADABLE,
    NO_SUCH_PAGE,
    NO_SUCH_METHOD,
    TOO_LARGE,
    UNSUPPORTED,
    NOT_AUTHENTICATED,
    NOT_FOUND,
    NOT_ALLOWED,
    CONFLICT,
    TOO_MANY,
    REFUSED,
    CUSTOMERS_SIDE,
    UNAVAILABLE,
    NOT_SET_UP,
    OUR_FAULT,
)
# The first class that fits, the narrower ones first.
_BY_CLASS: tuple[tuple[type[SluiceError], Kind], ...] = (
    (NotFound, NOT_FOUND),
    (Conflict, CONFLICT),
    (InvalidInput, REFUSED),
    (NotIdentified, NOT_AUTHENTICATED),
    (NotAllowed, NOT_ALLOWED),
    (TooMany, TOO_MANY),
    (CustomerFault, CUSTOMERS_SIDE),
    (Transient, UNAVAILABLE),
)


def said(error: SluiceError) -> str:
    """What happened, to whoever waits for an answer: of itself only a run is tried again."""
    return error.message.removesuffix(GOES_ON).rstrip()


def kind_of(error: SluiceError) -> Kind:
    """The kind that an error of ours is shown as."""
    if isinstance(error, OurFault) and error.reason in SETUP:
        return NOT_SET_UP
    return next((kind for known, kind in _BY_CLASS if isinstance(error, known)), OUR_FAULT)
