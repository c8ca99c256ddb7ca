"""What pollers of queues and of streams share: their mapping, their life, and how they invoke."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from localcloud.context import ActivityLog
from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.invocation import FunctionSpec, Invocation, InvocationResult, Throttled
from localcloud.lambdahost.mappings.settings import MappingSettings, settings_of
from localcloud.lambdahost.roles import RoleSession

_THROTTLE_WAIT_SECONDS = 0.2


class Poller:
    """One mapping's poller. It acts with the function's execution role, as Lambda does: reading the source,
    deleting what was handled and sending what was discarded are where IAM enforcement bites.

    `alive` says whether the mapping still exists.
    """

    def __init__(
        self,
        mapping: Any,
        host: LambdaHost,
        activity: ActivityLog,
        stopping: threading.Event,
        alive: Callable[[], bool],
    ) -> None:
        self.mapping = mapping
        self.host = host
        self.activity = activity
        self._stopping = stopping
        self._alive = alive
        self._thread = threading.Thread(target=self._run, name=f"lambda-mapping-{mapping.uuid}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def ended(self) -> bool:
        return self._stopping.is_set() or not self._alive()

    def settings(self) -> MappingSettings:
        return settings_of(self.mapping)

    def wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def turn(self, settings: MappingSettings, spec: FunctionSpec) -> bool:
        """Do what there is to do; False when there was nothing."""
        raise NotImplementedError

    def result(self, outcome: str) -> None:
        """What GetEventSourceMapping shows as LastProcessingResult."""
        self.mapping.last_processing_result = outcome

    def invoke(
        self, spec: FunctionSpec, records: list[dict[str, Any]], within_seconds: float | None = None
    ) -> InvocationResult | None:
        """Invoke with a batch, as often as it is throttled. None when that lasts longer than `within_seconds`,
        or the poller ends meanwhile."""
        source = f"mapping {self.mapping.event_source_arn}"
        payload = json.dumps({"Records": records}).encode()
        waited = 0.0
        while not self.ended and (within_seconds is None or waited < within_seconds):
            try:
                return self.host.invoke(spec, Invocation(payload, source))
            except Throttled:
                self.wait(_THROTTLE_WAIT_SECONDS)
                waited += _THROTTLE_WAIT_SECONDS
        return None

    def role(self, spec: FunctionSpec) -> RoleSession:
        return self.host.role_of(spec)

    def _run(self) -> None:
        poll_seconds = self.host.limits.poll_interval_seconds
        problem = ""
        while not self.ended:
            settings = self.settings()
            if not settings.enabled:
                self.wait(poll_seconds)
                continue
            try:
                busy = self.turn(settings, self.host.functions.find(settings.function_arn))
                problem = ""
            except Exception as failure:  # noqa: BLE001  (outermost edge of the thread: a mapping goes on polling)
                busy = False
                if not self._stopping.is_set() and str(failure) != problem:
                    problem = str(failure)
                    self.result(f"PROBLEM: {problem}")
                    self.activity.record("lambda", "mapping-problem", mapping=self.mapping.uuid, error=repr(failure))
            if not busy:
                self.wait(poll_seconds)
