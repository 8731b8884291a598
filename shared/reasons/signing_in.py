"""Why nobody can tell who asks, or why he may not."""

from shared.reasons.entry import Reason, customer, ours

_AGAIN = "Sign in again, with an account that was given access."
_PROOF = "Send an API key or a Google-signed identity token as a bearer token."


def _token(code: str, title: str) -> Reason:
    return customer(
        code, title, "The token does not prove who calls this function.", _AGAIN, _PROOF
    )


ENTRIES: tuple[Reason, ...] = (
    customer(
        "not-authenticated",
        "Sluice does not know who asks.",
        "No proof came with the request, or a wrong one.",
        _PROOF,
    ),
    customer(
        "not-identified",
        "Nobody can tell who asks.",
        "No proof came with the request, or a wrong one.",
        _AGAIN,
        _PROOF,
    ),
    customer(
        "not-allowed",
        "Your role or the scopes of your key do not allow this.",
        "Each operation takes a role, and for keys a scope.",
        "Ask an admin of the account for the role or scope that the operation documents.",
    ),
    customer(
        "role-too-low",
        "Your role does not allow this.",
        "Viewers look, editors change exports and buckets, admins do everything.",
        "Ask an admin of the account for a higher role.",
    ),
    customer(
        "scope-missing",
        "The key's scopes do not allow this.",
        "A key may do only what its scopes name.",
        "Ask an admin of the account for a key with the scope that the operation documents.",
    ),
    customer(
        "key-invalid",
        "This API key is not one of ours, or was revoked.",
        "The key is mistyped, was revoked, or went with the admin who made it.",
        "Ask an admin of the account for another key.",
    ),
    _token("token-missing", "There is no proof of who asks."),
    _token("token-not-accepted", "Tokens of machines are not accepted here."),
    _token("token-invalid", "The token's signature or times are wrong."),
    _token("token-of-another-issuer", "The token was issued by somebody else."),
    _token("token-for-another-audience", "The token is meant for another service."),
    _token("token-of-another-account", "The token is of another account than was agreed on."),
    customer(
        "not-on-this-machine",
        "The request does not come from this machine.",
        "A local Sluice lets in only who sits at the machine.",
        "Open it on the machine itself, not through a proxy.",
    ),
    customer(
        "host-not-local",
        "The request was sent to another name than this machine's.",
        "A page elsewhere may have a name that leads here.",
        "Open it as http://127.0.0.1 or http://localhost.",
    ),
    ours(
        "sign-in-not-configured",
        "Nobody can sign in yet.",
        "No way to sign in was set.",
        "Set IAP_AUDIENCE, or LOCAL_MEMBER on a machine of your own.",
    ),
    customer(
        "form-too-old",
        "The form was open for too long.",
        "Forms are believed for some hours only.",
        "Open the page again and send it once more.",
    ),
    customer(
        "cross-site",
        "The request came from another site.",
        "Other sites may not act through your browser.",
        "Open the page at Sluice itself and send it from there.",
    ),
)
