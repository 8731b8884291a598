"""What a process builds from its environment, once."""

from functools import cache

from shared.bootstrap.building import build
from shared.config import Config, from_environment
from shared.jobs.services import Services
from shared.logs import write_log
from shared.ports import Callers, SignIn
from shared.tracing import make_spans


@cache
def services() -> Services:
    """The services of this process, built from the environment on the first call."""
    return build(from_environment())


@cache
def start() -> Callers | None:
    """What a function does before its first request: checks its environment and opens its log.

    Gives who may call it; None when the environment does not ask for tokens. Connects nowhere,
    since the server forks after it. Raises InvalidInput, which ends the start.
    """
    config = from_environment()
    if config.log_level:
        write_log(config.log_level)
    if config.traces_exporter:
        from shared.adapters.open_telemetry import open_spans

        make_spans(open_spans(config.traces_exporter))
    if not config.push_audience:
        return None
    from shared.adapters.push_tokens import PushTokens

    accounts = [each.strip() for each in config.push_service_account.split(",")]
    return PushTokens(config.push_audience, *accounts)


@cache
def sign_in() -> SignIn:
    """What proves to the api function who calls; connects nowhere."""
    return sign_in_of(from_environment())


def sign_in_of(config: Config) -> SignIn:
    """The same for a configuration; without one, as in the cloud by mistake, nobody gets in."""
    from shared.adapters.identity_tokens import IapTokens, MachineTokens

    return SignIn(
        iap=IapTokens(config.iap_audience) if config.iap_audience else None,
        machines=MachineTokens(config.api_audience) if config.api_audience else None,
        local_member=config.local_member,
    )
