"""Why a request is refused: whoever asked can ask otherwise."""

from shared.reasons.entry import Reason, customer, transient
from shared.reasons.signing_in import ENTRIES as SIGNING_IN

ENTRIES: tuple[Reason, ...] = (
    *SIGNING_IN,
    customer(
        "not-as-documented",
        "The request is not as documented.",
        "A field is missing, unknown, or not of the type or form that is wanted.",
        "Change the places that `errors` names as this documentation says; unknown fields are "
        "refused.",
    ),
    customer(
        "unreadable",
        "The request cannot be read.",
        "The body is no JSON object in UTF-8, or the request is not valid HTTP.",
        "Send one JSON object in UTF-8, with the header Content-Type: application/json.",
    ),
    customer(
        "no-such-page",
        "Nothing is at this address.",
        "The address is mistyped or of another version.",
        "Compare the address with the list of operations in /docs.",
    ),
    customer(
        "no-such-method",
        "This address does not know the method.",
        "The address is right, but not for this method.",
        "Use one of the methods that the header Allow names.",
    ),
    customer(
        "too-large",
        "The request is too large.",
        "Requests are small: long lists come page by page.",
        "Send a body of at most 1 MB and an address of at most 8 kB.",
    ),
    customer(
        "unsupported",
        "This type of content is not understood.",
        "The header Content-Type is missing or names another type.",
        "Send JSON, with the header Content-Type: application/json.",
    ),
    customer(
        "invalid-input",
        "It cannot be done as asked.",
        "A rule of exports, buckets or accounts does not allow it.",
        "Do what the message says and ask again; nothing was changed.",
    ),
    customer(
        "refused",
        "A rule does not allow this.",
        "The request is as documented, but what it asks for cannot be.",
        "Do what the detail says and send the request again; nothing was changed.",
    ),
    customer(
        "not-found",
        "There is no such thing.",
        "The id is wrong, or belongs to an account whose member you are not.",
        "Check the id; list what the account has, and whether you are a member of the account.",
    ),
    customer(
        "conflict",
        "It does not fit what is there already.",
        "A name is taken, or somebody else changed the same thing meanwhile.",
        "Look at what is there now; for another creation choose another request_id.",
    ),
    customer(
        "customers-side",
        "The customer's side refuses.",
        "The bucket or its credentials do not let Sluice in.",
        "Mend the bucket or its credentials as the detail says, test the bucket, then try again.",
        guide="/guide#forbidden",
    ),
    transient(
        "unavailable",
        "It does not work for now.",
        "Something that Sluice needs did not answer.",
        "Send the same request again after the seconds in the header Retry-After.",
    ),
    customer(
        "too-many",
        "Too many requests of this kind.",
        "What costs something may be asked for a few times a minute only.",
        "Wait for the seconds in the header Retry-After.",
    ),
    customer(
        "too-many-requests",
        "Asked for too often.",
        "What costs something may be asked for a few times a minute only.",
        "Wait a minute, then ask again; nothing was changed.",
    ),
    customer(
        "bad-request-id",
        "The request_id is not of the form that is wanted.",
        "It is too short, too long, or holds other characters than allowed.",
        "Choose another one, such as a random UUID.",
    ),
    customer(
        "request-id-reused",
        "The request_id was used for another request.",
        "Each creation needs a request_id of its own, for a day.",
        "Choose another request_id.",
    ),
    customer(
        "request-under-way",
        "The same request is being carried out.",
        "A request with this request_id has not ended yet.",
        "Ask again in a minute, with the same request_id.",
    ),
    customer(
        "window-not-over",
        "The next window is not over yet.",
        "Run now delivers windows that have ended, and all of them are delivered or under way.",
        "Wait until the window ends.",
    ),
    customer(
        "feature-off",
        "This feature is switched off for the account.",
        "An admin of the account chose so.",
        "Ask an admin to switch it on under Settings.",
    ),
    customer(
        "last-admin",
        "An account keeps an admin.",
        "Without one nobody could change its members any more.",
        "Make somebody else an admin first.",
    ),
    customer(
        "bad-page-size",
        "A page cannot have so many items.",
        "The sizes of pages are bounded.",
        "Ask for as many items as the message allows.",
    ),
    customer(
        "bad-page-token",
        "The page token is not of this list.",
        "It was changed, or belongs to another list or other filters.",
        "Begin again with the first page.",
    ),
)
