"""Tries buckets through the prober, which is the one that reads their credentials."""

from shared.domain.bucket_access import Access, belongs
from shared.domain.bucket_steps import Trial
from shared.domain.cloud_names import BUCKET_SCHEME, bucket_name
from shared.domain.told_trials import answer_text, question_of
from shared.errors import InvalidInput, OurFault
from shared.jobs.services import Services
from shared.reasons import SECRET_UNREADABLE


def probe(services: Services, account_id: int, url: str, access: Access | None = None) -> Trial:
    """What each step shows, with what is saved or, if it is given, with `access`.

    Raises InvalidInput for an impossible address, and Transient when nothing can be told for now.
    """
    check_address(url)
    return services.prober.probe(account_id, url, access)


def leave(services: Services, account_id: int, url: str, name: str) -> Trial:
    """The same with what is saved, and one small object is put there under this name."""
    check_address(url)
    return services.prober.leave(account_id, url, name)


def check_address(url: str) -> None:
    """Raise InvalidInput for what can be no bucket, before a key is kept for it."""
    if url.startswith(BUCKET_SCHEME):
        bucket_name(url)


def answer_question(services: Services, text: bytes) -> str:
    """The same for another function of ours, as it asks and as it is answered."""
    question = question_of(text)
    if not question.url.startswith(BUCKET_SCHEME):
        raise InvalidInput("The prober tries buckets of Cloud Storage only.", reason="bad-message")
    if question.access and not belongs(question.access, question.account_id, question.url):
        # One customer's key must never be tried on what another one names.
        raise OurFault("The key is not one of this bucket.", reason=SECRET_UNREADABLE)
    if question.leave is not None:
        return answer_text(leave(services, question.account_id, question.url, question.leave))
    return answer_text(probe(services, question.account_id, question.url, question.access))
