"""The facts of a notice about a webhook put into calm words."""

from shared.mail.letters import WebhookLetter
from shared.mail.words import Content, Step, moment


def content_of_webhook(letter: WebhookLetter) -> Content:
    """The words of the letter."""
    return Content(
        tone="stopped",
        subject=f"Webhook to {letter.host} was switched off",
        heading=f"The webhook to {letter.host} was switched off",
        lead="Sluice sends this webhook nothing more until somebody switches it on again. Nothing "
        "is urgent: exports are delivered as before.",
        button="Open the webhook",
        safe="Files and manifests are not affected. What the webhook was not told of stands with "
        "each run, on the pages and in the API.",
        next_steps=(
            Step(
                "When it suits you",
                "Switch the webhook on again, and test it there. Messages of the time between are "
                "not sent later. If nobody needs it any more, remove it.",
            ),
        ),
        facts=(
            ("Webhook", letter.host),
            ("Switched off", moment(letter.off_at, letter.zone)),
            ("Error", letter.reason.title),
            ("Error code", letter.reason.code),
        ),
    )
