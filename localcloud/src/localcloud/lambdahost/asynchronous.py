"""Asynchronous invocation: an internal queue, retries with growing waits, then a destination.

Source: "Invoking a Lambda function asynchronously" in the developer guide. An error is tried again twice (by
default), a throttled event until it is too old.
"""

from __future__ import annotations

import heapq
import itertools
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from localcloud.context import ActivityLog
from localcloud.lambdahost.destinations import Destinations, delivering, envelope, json_or_text
from localcloud.lambdahost.functions import AsyncSettings
from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.invocation import FunctionSpec, Invocation, InvocationResult, Throttled
from localcloud.lambdahost.limits import ASYNC_PAYLOAD_LIMIT_BYTES

_THROTTLE_DELAY_CAP_SECONDS = 300.0


@dataclass
class AsyncEvent:
    """One accepted event. `attempts` counts the runs that ended, `throttles` the refusals since."""

    function_arn: str
    invocation: Invocation
    accepted: float = field(default_factory=time.monotonic)
    attempts: int = 0
    throttles: int = 0
    last_result: InvocationResult | None = None


class AsyncInvoker:
    """Takes events and runs them later. Call `start` once."""

    def __init__(self, host: LambdaHost, activity: ActivityLog, stopping: threading.Event) -> None:
        self._host = host
        self._activity = activity
        self._stopping = stopping
        self._destinations = Destinations(self.submit_to)
        self._ready = threading.Condition()
        self._queue: list[tuple[float, int, AsyncEvent]] = []
        self._order = itertools.count()
        self._workers = ThreadPoolExecutor(
            max_workers=host.limits.account_concurrency * 2, thread_name_prefix="lambda-async"
        )
        self._thread = threading.Thread(target=self._dispatch, name="lambda-async-queue", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit_to(self, function_arn: str, payload: bytes, source: str) -> None:
        """Accept an event for the function with this ARN (what `context.invoke_async` does).

        Raises LookupError when there is no such function, ValueError when the payload is too large or not JSON.
        """
        spec = self._host.functions.find(function_arn)
        try:
            json.loads(payload)
        except ValueError as wrong:
            raise ValueError(f"The payload for {spec.function_name} is not JSON: {wrong}") from wrong
        self.submit(spec, Invocation(payload, source))

    def submit(self, spec: FunctionSpec, invocation: Invocation) -> None:
        """Accept an event. Raises ValueError when it is larger than Lambda takes."""
        if len(invocation.payload) > ASYNC_PAYLOAD_LIMIT_BYTES:
            raise ValueError(f"Request must be smaller than {ASYNC_PAYLOAD_LIMIT_BYTES} bytes")
        self._put(AsyncEvent(spec.function_arn, invocation), delay=0.0)

    def _put(self, event: AsyncEvent, delay: float) -> None:
        with self._ready:
            heapq.heappush(self._queue, (time.monotonic() + delay, next(self._order), event))
            self._ready.notify()

    def _dispatch(self) -> None:
        while not self._stopping.is_set():
            with self._ready:
                wait = self._queue[0][0] - time.monotonic() if self._queue else 0.5
                if not self._queue or wait > 0:
                    self._ready.wait(min(wait, 0.5))
                    continue
                _, _, event = heapq.heappop(self._queue)
            self._workers.submit(self._attempt_logged, event)
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _attempt_logged(self, event: AsyncEvent) -> None:
        """Outermost edge of a worker: a failure of the host itself is recorded and raised, never swallowed."""
        try:
            self._attempt(event)
        except BaseException as failure:
            self._activity.record("lambda", "async-event-lost", function=event.function_arn, error=repr(failure))
            raise

    def _attempt(self, event: AsyncEvent) -> None:
        try:
            spec = self._host.functions.find(event.function_arn)
            settings = self._host.functions.async_settings(event.function_arn)
        except LookupError:
            self._activity.record("lambda", "async-event-dropped", function=event.function_arn, reason="deleted")
            return
        if self._age(event) > settings.maximum_event_age_seconds:
            self._give_up(spec, settings, event, "EventAgeExceeded")
            return
        try:
            result = self._host.invoke(spec, event.invocation)
        except Throttled:
            delay = self._host.limits.async_throttle_delay_seconds * 2**event.throttles
            event.throttles += 1
            self._put(event, min(delay, _THROTTLE_DELAY_CAP_SECONDS))
            return
        event.attempts += 1
        event.last_result = result
        if self._stopping.is_set():
            return
        if not result.failed:
            self._succeed(spec, settings, event, result)
        elif event.attempts > settings.maximum_retry_attempts:
            self._give_up(spec, settings, event, "RetriesExhausted")
        else:
            delays = self._host.limits.async_retry_delays_seconds
            self._put(event, delays[min(event.attempts, len(delays)) - 1])

    def _age(self, event: AsyncEvent) -> float:
        return time.monotonic() - event.accepted

    def _succeed(
        self, spec: FunctionSpec, settings: AsyncSettings, event: AsyncEvent, result: InvocationResult
    ) -> None:
        if settings.on_success:
            self._send(spec, settings.on_success, event, "Success", result)

    def _give_up(self, spec: FunctionSpec, settings: AsyncSettings, event: AsyncEvent, why: str) -> None:
        self._activity.record(
            "lambda",
            "async-event-failed",
            function=spec.function_name,
            requestId=event.invocation.request_id,
            condition=why,
            attempts=event.attempts,
            destination=settings.on_failure or settings.dead_letter_target,
        )
        if settings.on_failure:
            self._send(spec, settings.on_failure, event, why, event.last_result)
        if settings.dead_letter_target:
            with delivering(self._activity, spec, settings.dead_letter_target):
                self._destinations.send_dead_letter(
                    self._host.role_of(spec),
                    settings.dead_letter_target,
                    event.invocation.payload,
                    event.invocation.request_id,
                    event.last_result,
                )

    def _send(
        self, spec: FunctionSpec, destination: str, event: AsyncEvent, why: str, result: InvocationResult | None
    ) -> None:
        record = envelope(spec, why, event.attempts, result, event.invocation.request_id)
        record["requestPayload"] = json_or_text(event.invocation.payload)
        if result is not None:
            record["responsePayload"] = json_or_text(result.payload)
        with delivering(self._activity, spec, destination):
            self._destinations.send(self._host.role_of(spec), destination, record, succeeded=why == "Success")
