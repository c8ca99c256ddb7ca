"""The common part of the pollers of queues and streams."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.invocation import FunctionSpec, Invocation, InvocationResult, ThrottledError
from localcloud.lambdahost.limits import SYNC_PAYLOAD_LIMIT_BYTES
from localcloud.lambdahost.mappings.settings import MappingSettings, settings_of
from localcloud.roles import RoleSession

_THROTTLE_WAIT_SECONDS = 0.2


class Poller:
    """One mapping's poller. Like Lambda it uses the function's execution role to read the source, delete handled
    messages and send discarded records.

    `exists` says whether the mapping still exists.
    """

    def __init__(self, mapping: Any, host: LambdaHost, exists: Callable[[], bool]) -> None:
        self.mapping = mapping
        self.host = host
        self._stopping = host.context.stopping
        self._exists = exists
        self._thread = threading.Thread(target=self._run, name=f"lambda-mapping-{mapping.uuid}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def ended(self) -> bool:
        return self._stopping.is_set() or not self._exists()

    def settings(self) -> MappingSettings:
        return settings_of(self.mapping)

    def role(self, spec: FunctionSpec) -> RoleSession:
        return self.host.role_of(spec)

    def wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def turn(self, settings: MappingSettings, spec: FunctionSpec) -> bool:
        """Handle one turn; return False when there was nothing to do."""
        raise NotImplementedError

    def invoke(
        self, spec: FunctionSpec, records: list[dict[str, Any]], within_seconds: float | None = None
    ) -> InvocationResult | None:
        """Invoke with a batch, again while it is throttled. None when that takes longer than `within_seconds`, or the
        poller ends meanwhile."""
        source = f"mapping {self.mapping.event_source_arn}"
        payload = json.dumps({"Records": records}).encode()
        if len(payload) > SYNC_PAYLOAD_LIMIT_BYTES:
            raise NotImplementedError(f"a batch of {len(payload)} bytes; use a smaller BatchSize")
        waited = 0.0
        while not self.ended and (within_seconds is None or waited < within_seconds):
            try:
                return self.host.invoke(spec, Invocation(payload, source))
            except ThrottledError:
                self.wait(_THROTTLE_WAIT_SECONDS)
                waited += _THROTTLE_WAIT_SECONDS
        return None

    def report(self, failure: BaseException) -> None:
        """Record a failure of the poller itself."""
        self.host.context.activity.record("lambda", "mapping-problem", mapping=self.mapping.uuid, error=repr(failure))

    def _run(self) -> None:
        poll_seconds = self.host.limits.poll_interval_seconds
        problem = ""
        while not self.ended:
            busy = False
            try:
                settings = self.settings()
                busy = settings.enabled and self.turn(settings, self.host.functions.find(settings.function_arn))
                problem = ""
            except Exception as failure:  # noqa: BLE001  (outermost edge of the thread: a mapping continues to poll)
                if not self._stopping.is_set() and repr(failure) != problem:
                    problem = repr(failure)
                    self.report(failure)
            if not busy:
                self.wait(poll_seconds)
