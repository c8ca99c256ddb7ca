"""A pytest plugin for mutation testing (`-p tests.guarantees.alike`): what is drawn at random is drawn alike each time.

mutmut runs the tests many times out of one process, which Hypothesis takes for a mistake in a test.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "alike",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)
settings.load_profile("alike")
