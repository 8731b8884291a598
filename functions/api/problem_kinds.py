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
    SluiceError,
    TooMany,
    Transient,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of problems; its name is where the documentation explains it."""

    name: str
    status: HTTPStatus
    title: str
    how_to_fix: str


NOT_AS_DOCUMENTED = Kind(
    "not-as-documented",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "The request is not as documented",
    "Change the places that `errors` names as this documentation says; unknown fields are refused.",
)
UNREADABLE = Kind(
    "unreadable",
    HTTPStatus.BAD_REQUEST,
    "The request cannot be read",
    "Send one JSON object in UTF-8, with the header Content-Type: application/json.",
)
NO_SUCH_PAGE = Kind(
    "no-such-page",
    HTTPStatus.NOT_FOUND,
    "Nothing is at this address",
    "Compare the address with the list of operations in /docs.",
)
NO_SUCH_METHOD = Kind(
    "no-such-method",
    HTTPStatus.METHOD_NOT_ALLOWED,
    "This address does not know the method",
    "Use one of the methods that the header Allow names.",
)
TOO_LARGE = Kind(
    "too-large",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "The request is too large",
    "Send a body of at most 1 MB and an address of at most 8 kB.",
)
UNSUPPORTED = Kind(
    "unsupported",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "This type of content is not understood",
    "Send JSON, with the header Content-Type: application/json.",
)
NOT_AUTHENTICATED = Kind(
    "not-authenticated",
    HTTPStatus.UNAUTHORIZED,
    "Sluice does not know who asks",
    "Send an API key or a Google-signed identity token as a bearer token.",
)
NOT_FOUND = Kind(
    "not-found",
    HTTPStatus.NOT_FOUND,
    "There is no such thing",
    "Check the id; list what the account has, and whether you are a member of the account.",
)
NOT_ALLOWED = Kind(
    "not-allowed",
    HTTPStatus.FORBIDDEN,
    "Your role or the scopes of your key do not allow this",
    "Ask an admin of the account for the role or scope that the operation documents.",
)
CONFLICT = Kind(
    "conflict",
    HTTPStatus.CONFLICT,
    "It does not fit what is there already",
    "Look at what is there now; for another creation choose another request_id.",
)
TOO_MANY = Kind(
    "too-many",
    HTTPStatus.TOO_MANY_REQUESTS,
    "Too many requests of this kind",
    "Wait for the seconds in the header Retry-After.",
)
REFUSED = Kind(
    "refused",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "A rule does not allow this",
    "Do what the detail says and send the request again; nothing was changed.",
)
CUSTOMERS_SIDE = Kind(
    "customers-side",
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "The customer's side refuses",
    "Mend the bucket or its credentials as the detail says, test the bucket, then try again.",
)
UNAVAILABLE = Kind(
    "unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "It does not work for now",
    "Send the same request again after the seconds in the header Retry-After.",
)
OUR_FAULT = Kind(
    "our-fault",
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "A fault of Sluice",
    "Tell whoever runs this Sluice the time of the request; it stands in the log.",
)
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


def kind_of(error: SluiceError) -> Kind:
    """The kind that an error of ours is shown as."""
    return next((kind for known, kind in _BY_CLASS if isinstance(error, known)), OUR_FAULT)
