"""Asynchronous invocation: a queue, retries with growing delays, then a failure destination.

Source: "Invoking a Lambda function asynchronously" in the developer guide. An error is retried twice (by default), a
throttled event until it is too old.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field

from localcloud.lambdahost.destinations import envelope, json_or_text, send_record
from localcloud.lambdahost.functions import AsyncSettings
from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.invocation import FunctionSpec, Invocation, InvocationResult, ThrottledError
from localcloud.lambdahost.limits import ASYNC_PAYLOAD_LIMIT_BYTES
from localcloud.timeline import Timeline


@dataclass
class _Event:
    """An accepted event. `attempts` counts the runs that ended."""

    function_arn: str
    invocation: Invocation
    accepted: float = field(default_factory=time.monotonic)
    attempts: int = 0
    throttles: int = 0
    last_result: InvocationResult | None = None


class AsyncInvoker:
    """Accept events and run them later."""

    def __init__(self, host: LambdaHost) -> None:
        self._host = host
        self._timeline = Timeline("lambda-async", workers=host.limits.account_concurrency * 2)
        self.stop = self._timeline.stop

    def submit_to(self, function_arn: str, payload: bytes, source: str) -> None:
        """Accept an event for the function with this ARN (`context.invoke_async`).

        Raises LookupError when there is no such function, ValueError when the payload is too large or not JSON.
        """
        spec = self._host.functions.find(function_arn)
        try:
            json.loads(payload)
        except ValueError as wrong:
            raise ValueError(f"The payload for {spec.function_name} is not JSON: {wrong}") from wrong
        self.submit(spec, Invocation(payload, source))

    def submit(self, spec: FunctionSpec, invocation: Invocation) -> None:
        """Accept an event. Raises ValueError when it is larger than Lambda accepts."""
        if len(invocation.payload) > ASYNC_PAYLOAD_LIMIT_BYTES:
            raise ValueError(f"Request must be smaller than {ASYNC_PAYLOAD_LIMIT_BYTES} bytes")
        self._schedule(_Event(spec.function_arn, invocation), 0.0)

    def _schedule(self, event: _Event, delay: float) -> None:
        self._timeline.after(delay, lambda: self._attempt(event))

    def _attempt(self, event: _Event) -> None:
        host, limits = self._host, self._host.limits
        try:
            spec = host.functions.find(event.function_arn)
        except LookupError:
            host.context.activity.record("lambda", "async-event-dropped", function=event.function_arn, reason="deleted")
            return
        settings = host.functions.async_settings(event.function_arn)
        if time.monotonic() - event.accepted > settings.maximum_event_age_seconds:
            self._give_up(spec, settings, event, "EventAgeExceeded")
            return
        try:
            event.last_result = host.invoke(spec, event.invocation)
        except ThrottledError:
            delay = limits.async_throttle_delay_seconds * 2**event.throttles
            event.throttles += 1
            self._schedule(event, min(delay, limits.async_throttle_delay_cap_seconds))
            return
        event.attempts += 1
        if host.context.stopping.is_set() or not event.last_result.failed:
            return
        if event.attempts > settings.maximum_retry_attempts:
            self._give_up(spec, settings, event, "RetriesExhausted")
        else:
            delays = limits.async_retry_delays_seconds
            self._schedule(event, delays[min(event.attempts, len(delays)) - 1])

    def _give_up(self, spec: FunctionSpec, settings: AsyncSettings, event: _Event, condition: str) -> None:
        request_id, result = event.invocation.request_id, event.last_result
        self._host.context.activity.record(
            "lambda",
            "async-event-failed",
            function=spec.function_name,
            requestId=request_id,
            condition=condition,
            attempts=event.attempts,
            destination=settings.on_failure,
        )
        if settings.on_failure:
            record = envelope(spec, condition, event.attempts, result, request_id)
            record["requestPayload"] = json_or_text(event.invocation.payload)
            if result is not None:
                record["responsePayload"] = json_or_text(result.payload)
            send_record(self._host, spec, settings.on_failure, record)
