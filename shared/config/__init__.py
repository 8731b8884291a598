"""Settings from the environment, and every limit of the system with its reason."""

from shared.config.cloud import BigQueryLimits, Publishing
from shared.config.environment import from_environment
from shared.config.limits import Limits
from shared.config.rates import Rate, Rates
from shared.config.settings import TRIAL_BUCKET, Config, MailConfig
from shared.config.watching import Watching

__all__ = [
    "TRIAL_BUCKET",
    "BigQueryLimits",
    "Config",
    "Limits",
    "MailConfig",
    "Publishing",
    "Rate",
    "Rates",
    "Watching",
    "from_environment",
]
