"""Choose the environment for an event: an idle one of the same function, a new one, or none (throttled)."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

from localcloud.lambdahost.environment import ExecutionEnvironment
from localcloud.lambdahost.invocation import FunctionSpec, ThrottledError
from localcloud.lambdahost.limits import LocalLimits


class EnvironmentPool:
    """All execution environments of the account. Thread-safe.

    `create` builds an environment whose process starts with its first event. It may raise; then the execution no longer
    counts against the concurrency limit.
    """

    def __init__(
        self,
        limits: LocalLimits,
        create: Callable[[FunctionSpec], ExecutionEnvironment],
        on_end: Callable[[ExecutionEnvironment], None],
        stopping: threading.Event,
    ) -> None:
        self._limits = limits
        self._create = create
        self._on_end = on_end
        self._stopping = stopping
        self._lock = threading.Lock()
        self._idle: list[ExecutionEnvironment] = []
        self._busy: list[ExecutionEnvironment] = []
        self._executions: Counter[str] = Counter()
        self._supervisor = threading.Thread(target=self._supervise, name="lambda-supervisor", daemon=True)

    def start(self) -> None:
        self._supervisor.start()

    def environments(self) -> list[ExecutionEnvironment]:
        with self._lock:
            return [*self._busy, *self._idle]

    def acquire(self, spec: FunctionSpec, reserved: Mapping[str, int]) -> ExecutionEnvironment:
        """Return an environment for one event; call `release` afterwards. `reserved`: reserved concurrency by function
        ARN. Raises ThrottledError."""
        with self._lock:
            self._check_concurrency(spec, reserved)
            self._executions[spec.function_arn] += 1
            retired = self._remove_idle(lambda each: self._is_stale(each, spec))
            found = self._warmest(spec)
            if found is not None:
                self._idle.remove(found)
                self._busy.append(found)
        self._end_all(retired)
        if found is not None:
            return found
        try:
            created = self._create(spec)
        except BaseException:
            with self._lock:
                self._executions[spec.function_arn] -= 1
            raise
        with self._lock:
            self._busy.append(created)
        return created

    def release(self, environment: ExecutionEnvironment) -> None:
        """Return an environment after its event. It is not used again if it has ended or the cloud stops."""
        with self._lock:
            self._busy.remove(environment)
            self._executions[environment.spec.function_arn] -= 1
            usable = environment.alive and not self._stopping.is_set()
            if usable:
                self._idle.append(environment)
        if not usable:
            self._end_all([environment])

    def retire(self, function_arn: str) -> None:
        """End the idle environments of a deleted function; busy ones end after their event."""
        with self._lock:
            retired = self._remove_idle(lambda each: each.spec.function_arn == function_arn)
        self._end_all(retired)

    def end_all(self) -> None:
        """End every environment, busy ones too."""
        self._end_all(self.environments())

    def _check_concurrency(self, spec: FunctionSpec, reserved: Mapping[str, int]) -> None:
        own = reserved.get(spec.function_arn)
        if own is not None:
            if self._executions[spec.function_arn] >= own:
                raise ThrottledError(spec.function_name, "ReservedFunctionConcurrentInvocationLimitExceeded")
            return
        in_use = sum(count for arn, count in self._executions.items() if arn not in reserved)
        if in_use >= self._limits.account_concurrency - sum(reserved.values()):
            raise ThrottledError(spec.function_name, "ConcurrentInvocationLimitExceeded")

    def _warmest(self, spec: FunctionSpec) -> ExecutionEnvironment | None:
        candidates = [each for each in self._idle if each.spec == spec and each.alive]
        return max(candidates, key=lambda each: each.last_used, default=None)

    def _is_stale(self, environment: ExecutionEnvironment, spec: FunctionSpec) -> bool:
        old = environment.spec
        same_version = (old.function_arn, old.version) == (spec.function_arn, spec.version)
        return same_version and (old != spec or self._is_old(environment))

    def _is_old(self, environment: ExecutionEnvironment) -> bool:
        now = time.monotonic()
        return (
            not environment.alive
            or now - environment.last_used > self._limits.idle_seconds
            or now - environment.born > self._limits.environment_lifetime_seconds
        )

    def _remove_idle(self, unwanted: Callable[[ExecutionEnvironment], bool]) -> list[ExecutionEnvironment]:
        removed = [each for each in self._idle if unwanted(each)]
        self._idle = [each for each in self._idle if each not in removed]
        return removed

    def _end_all(self, environments: list[ExecutionEnvironment]) -> None:
        for environment in environments:
            environment.end()
            self._on_end(environment)

    def _supervise(self) -> None:
        """End environments that are idle for too long; kill those that use more memory than their function has."""
        while not self._stopping.wait(self._limits.memory_interval_seconds):
            with self._lock:
                retired = self._remove_idle(self._is_old)
                busy = list(self._busy)
            self._end_all(retired)
            for environment in busy:
                if environment.sample_memory() > environment.spec.memory_mb * 1024:
                    environment.kill_for_memory()
        self.end_all()
