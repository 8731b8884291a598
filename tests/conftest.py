"""Settings of every test: how hard Hypothesis looks for a counterexample."""

from hypothesis import HealthCheck, settings

# A deadline would be a timed test, and a busy machine would fail it. The examples are the same
# in every run, so that a failure seen once can be seen again; `thorough` looks for new ones.
settings.register_profile(
    "sluice",
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough",
    max_examples=2_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("sluice")  # the option --hypothesis-profile still wins
