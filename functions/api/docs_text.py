"""The introduction of the API's documentation."""

INTRODUCTION = """\
Everything that the dashboard does can be done here: buckets, names of events, exports, runs, \
files, members, API keys and the audit log of an account.

Send an API key, or a Google-signed identity token of a service account that is a member, as \
`Authorization: Bearer ...`. What belongs to another account answers 404, like what does not exist.

Bodies are JSON objects. A field or parameter that is not documented is refused, and nothing is \
converted: "5" is no number. Times are RFC 3339 in UTC, dates are local dates of the account.

Lists come page by page: `page_size` (1 to 200, 20 unless given) and `page_token`, which is the \
`next_page_token` of the page before and fits only the same list with the same filters.

What makes something takes a `request_id` of your own. Send the same request again under the same \
id, for example after a lost connection, and you get the first answer; nothing is made twice.

Errors are `application/problem+json` (RFC 9457): `detail` says what happened, `how_to_fix` what \
to do next, and `reason` is a stable code for programs."""
