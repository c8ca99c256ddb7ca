"""Every number of the Lambda host, with the documented value next to it."""

from __future__ import annotations

from dataclasses import dataclass

#: Largest request of a synchronous invocation, and of one answer (Lambda quotas: 6 MB each).
SYNC_PAYLOAD_LIMIT_BYTES = 6_291_456
ANSWER_LIMIT_BYTES = 6_291_556
#: Largest event of an asynchronous invocation (Lambda quotas: 1 MB).
ASYNC_PAYLOAD_LIMIT_BYTES = 1_048_576


@dataclass(frozen=True)
class LocalLimits:
    """Settings of the host. Delays are shorter than Lambda's, so that people and tests see the outcome."""

    #: Concurrent executions of the account (a new account's quota is 10).
    account_concurrency: int = 10
    #: Init that takes longer continues inside the invocation (Lambda: 10 s, then a second init inside the invocation).
    init_limit_seconds: float = 10.0
    #: An idle environment ends after this long (Lambda: not documented; minutes).
    idle_seconds: float = 300.0
    #: No environment lives longer: its role credentials last an hour.
    environment_lifetime_seconds: float = 2_700.0
    #: Delays before the first and second retry of an asynchronous event (Lambda: 1 and 2 minutes).
    async_retry_delays_seconds: tuple[float, float] = (1.0, 2.0)
    #: First delay of a throttled asynchronous event, doubled each time (Lambda: 1 s, up to five minutes).
    async_throttle_delay_seconds: float = 0.25
    async_throttle_delay_cap_seconds: float = 300.0
    #: First delay before a failed stream batch is retried, doubled each time (Lambda: not documented).
    stream_retry_delay_seconds: float = 0.25
    stream_retry_delay_cap_seconds: float = 60.0
    #: How often a mapping looks for messages or records (Lambda long-polls queues, and streams 4 times a second).
    poll_interval_seconds: float = 0.1
    #: Concurrent invocations of a queue's mapping without MaximumConcurrency (Lambda starts with 5).
    sqs_concurrency: int = 5
    #: How often logs are shipped, and how often the memory of running functions is measured.
    log_interval_seconds: float = 0.25
    memory_interval_seconds: float = 0.5
