"""Why an e-mail or a webhook does not arrive: our own mail server's, or the receiver's."""

from shared.reasons.entry import Reason, customer, ours, transient

_WAIT = "Nothing: it is tried again by itself."

MAIL_UNAVAILABLE = transient(
    "mail-unavailable",
    "The mail server cannot be reached for now, or asks to come again later.",
    "It is down, busy, or delays mail from senders that it does not know yet.",
    _WAIT,
)
MAIL_LINE_LOST = transient(
    "mail-line-lost",
    "The line to the mail server was lost before it answered.",
    "It may have taken the mail. The same mail is sent again under the same Message-ID, by which "
    "mail programs show it once.",
    _WAIT,
)
MAIL_LOGIN_REFUSED = ours(
    "mail-login-refused",
    "The mail server refuses the login.",
    "The user or the password is wrong, or the server lets nobody log in.",
    "Check the user in MAIL_URL and the password in MAIL_PASSWORD or MAIL_PASSWORD_SECRET.",
    "Notices wait meanwhile and are sent afterwards.",
)
MAIL_REFUSES_US = ours(
    "mail-refuses-us",
    "The mail server takes no mail from this sender.",
    "It does not let this login send as MAIL_FROM, or does not know the address.",
    "Set MAIL_FROM to an address that the login may send as.",
)
MAIL_UNTRUSTED = ours(
    "mail-untrusted",
    "The mail server offers no TLS, or its certificate cannot be trusted.",
    "Mail and password leave over verified TLS only.",
    "Check the name and the port in MAIL_URL: smtp:// is STARTTLS (587), smtps:// TLS (465).",
    "For a certificate authority of your own, set SSL_CERT_FILE.",
)
MAIL_FOLDER = ours(
    "mail-folder",
    "The folder for mail cannot be written to.",
    "Its disk is full, or it is somebody else's.",
    "Allow it, or name another folder in MAIL_URL.",
)
MAIL_NOT_SET_UP = ours(
    "mail-not-set-up",
    "This deployment has no mail server.",
    "Nobody is told of what fails, so notices wait and no export is stopped.",
    "Name a server under mail in the settings of the deployment, and give its password.",
)
MAIL_NO_RECIPIENT = customer(
    "mail-no-recipient",
    "There is nobody to write to.",
    "The export was made by a program, and the account has no admin with an address.",
    "Add an admin to the account, who then gets this notice.",
)
MAIL_ALL_REFUSED = customer(
    "mail-all-refused",
    "Every address refused the mail for good.",
    "The addresses do not exist any more, or take no mail from us.",
    "Correct the addresses under Send to, and the account's admins.",
)
NOTICE_EMPTY = ours(
    "notice-without-export",
    "A notice tells of no export.",
    "What it was about is gone from state, or was never there.",
    "Report it with the time; the log names the notice.",
)
WEBHOOK_ADDRESS = customer(
    "webhook-address",
    "The webhook leads to an address that is not on the internet.",
    "Sluice calls no address of its own network, of this machine or of the cloud's metadata.",
    "Give the address of a server on the internet, such as https://hooks.example.com/path.",
)
WEBHOOK_UNRESOLVED = customer(
    "webhook-unresolved",
    "The name in the webhook's address leads nowhere.",
    "There is no such name, or its name server does not answer.",
    "Check the spelling of the address.",
)
WEBHOOK_UNREACHABLE = transient(
    "webhook-unreachable",
    "The webhook's server does not answer.",
    "It is down, or takes longer than 20 seconds.",
    "Answer with 2xx at once, and do the work afterwards. It is tried again for 24 hours.",
)
WEBHOOK_UNTRUSTED = customer(
    "webhook-untrusted",
    "The certificate of the webhook's server cannot be trusted.",
    "It has expired, is of another name, or its authority is not a public one.",
    "Renew the certificate. It is tried again for 24 hours.",
)
WEBHOOK_REFUSED = customer(
    "webhook-refused",
    "The webhook's server answers with an error.",
    "Only 2xx counts as taken; redirects are not followed.",
    "Look at the server's log; check the signature with the secret that was shown.",
    "It is tried again for 24 hours.",
)
WEBHOOK_GIVEN_UP = customer(
    "webhook-given-up",
    "The webhook was switched off: its server took a message in none of 24 hours.",
    "Nothing more is sent until somebody switches it on.",
    "Mend the server, then switch the webhook on and test it.",
)
WEBHOOK_GONE = customer(
    "webhook-gone",
    "The webhook was switched off: its server says that it is gone (410).",
    "The receiver does not want messages any more.",
    "Switch it on again when it does, or remove it.",
)
WEBHOOK_OFF = customer(
    "webhook-off",
    "The webhook was switched off by a member.",
    "Nothing more is sent until somebody switches it on.",
    "Switch it on again when it is wanted.",
)
ENTRIES: tuple[Reason, ...] = (
    MAIL_UNAVAILABLE,
    MAIL_LINE_LOST,
    MAIL_LOGIN_REFUSED,
    MAIL_REFUSES_US,
    MAIL_UNTRUSTED,
    MAIL_FOLDER,
    MAIL_NOT_SET_UP,
    MAIL_NO_RECIPIENT,
    MAIL_ALL_REFUSED,
    NOTICE_EMPTY,
    WEBHOOK_ADDRESS,
    WEBHOOK_UNRESOLVED,
    WEBHOOK_UNREACHABLE,
    WEBHOOK_UNTRUSTED,
    WEBHOOK_REFUSED,
    WEBHOOK_GIVEN_UP,
    WEBHOOK_GONE,
    WEBHOOK_OFF,
)
