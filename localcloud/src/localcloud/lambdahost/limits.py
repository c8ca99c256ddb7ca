"""How long, how many and how large: every number of the Lambda host, with the documented value beside it."""

from __future__ import annotations

from dataclasses import dataclass

#: Largest request of a synchronous invocation, and of one answer (Lambda quotas: 6 MB each).
SYNC_PAYLOAD_LIMIT_BYTES = 6_291_456
ANSWER_LIMIT_BYTES = 6_291_556
#: Largest event of an asynchronous invocation (Lambda quotas: 1 MB).
ASYNC_PAYLOAD_LIMIT_BYTES = 1_048_576
#: `X-Amz-Log-Result` carries the last 4 KB of the execution log (API reference, Invoke).
LOG_TAIL_BYTES = 4_096


@dataclass(frozen=True)
class LocalLimits:
    """Settings of the host. Waiting times are shorter than Lambda's so that people and tests see the end;
    the documented value stands beside each."""

    #: Concurrent executions of the account (a new account's quota is 10).
    account_concurrency: int = 10
    #: What reservations must leave to the other functions (Lambda insists on 100, which is why a reservation
    #: fails in a new account; 0 here so that one can be tried at all).
    unreserved_minimum: int = 0
    #: Init longer than this goes on inside the invocation, on the function's own time (Lambda: 10 s, then a
    #: second init inside the invocation).
    init_limit_seconds: float = 10.0
    #: An idle environment is ended after this long (Lambda does not say; minutes).
    idle_seconds: float = 300.0
    #: No environment lives longer: its role credentials last an hour.
    environment_lifetime_seconds: float = 2_700.0
    #: Waits before the first and second retry of an asynchronous event (Lambda: 1 and 2 minutes).
    async_retry_delays_seconds: tuple[float, float] = (1.0, 2.0)
    #: First wait of a throttled asynchronous event, doubled each time up to five minutes (Lambda: 1 s).
    async_throttle_delay_seconds: float = 0.25
    #: First wait before a failed stream batch is tried again, doubled each time (Lambda: not documented).
    stream_retry_delay_seconds: float = 0.25
    stream_retry_delay_cap_seconds: float = 60.0
    #: How often a mapping looks for messages or records (Lambda long-polls queues, and streams 4 times a second).
    poll_interval_seconds: float = 0.1
    #: Concurrent invocations of a queue's mapping that has no MaximumConcurrency (Lambda starts with 5).
    sqs_concurrency: int = 5
    #: How often logs are shipped and the memory of running functions is looked at.
    log_interval_seconds: float = 0.25
    memory_interval_seconds: float = 0.5
