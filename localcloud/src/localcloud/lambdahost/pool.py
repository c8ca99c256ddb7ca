"""Which environment an event goes to: an idle one of the same function, a new one, or none (throttled)."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

from localcloud.lambdahost.environment import ExecutionEnvironment
from localcloud.lambdahost.invocation import FunctionSpec, Throttled
from localcloud.lambdahost.limits import LocalLimits


class EnvironmentPool:
    """All execution environments of the account. Thread-safe.

    `make` starts nothing: it builds an environment whose process starts with its first event. It may raise;
    then the place in the concurrency limit is given back.
    """

    def __init__(
        self,
        limits: LocalLimits,
        make: Callable[[FunctionSpec], ExecutionEnvironment],
        on_end: Callable[[ExecutionEnvironment], None],
        stopping: threading.Event,
    ) -> None:
        self._limits = limits
        self._make = make
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
        """An environment for one event, to be given back with `release`. `reserved`: concurrency that is set
        aside, by function ARN. Raises Throttled."""
        with self._lock:
            self._check_concurrency(spec, reserved)
            self._executions[spec.function_arn] += 1
            retired = self._take_idle(lambda each: self._is_stale(each, spec))
            found = self._warmest(spec)
            if found is not None:
                self._idle.remove(found)
                self._busy.append(found)
        self._end_all(retired)
        if found is not None:
            return found
        try:
            made = self._make(spec)
        except BaseException:
            with self._lock:
                self._executions[spec.function_arn] -= 1
            raise
        with self._lock:
            self._busy.append(made)
        return made

    def release(self, environment: ExecutionEnvironment) -> None:
        """Take an environment back after its event. One that has ended, or comes back while the cloud stops,
        is not used again."""
        with self._lock:
            self._busy.remove(environment)
            self._executions[environment.spec.function_arn] -= 1
            usable = environment.alive and not self._stopping.is_set()
            if usable:
                self._idle.append(environment)
        if not usable:
            self._end_all([environment])

    def retire(self, function_arn: str) -> None:
        """End the idle environments of a function that is gone; busy ones end with their event's answer."""
        with self._lock:
            retired = self._take_idle(lambda each: each.spec.function_arn == function_arn)
        self._end_all(retired)

    def end_all(self) -> None:
        """End every environment, busy ones too: the cloud stops."""
        self._end_all(self.environments())

    def _check_concurrency(self, spec: FunctionSpec, reserved: Mapping[str, int]) -> None:
        own = reserved.get(spec.function_arn)
        if own is not None:
            if self._executions[spec.function_arn] >= own:
                raise Throttled(spec.function_name, "ReservedFunctionConcurrentInvocationLimitExceeded")
            return
        in_use = sum(count for arn, count in self._executions.items() if arn not in reserved)
        if in_use >= self._limits.account_concurrency - sum(reserved.values()):
            raise Throttled(spec.function_name, "ConcurrentInvocationLimitExceeded")

    def _warmest(self, spec: FunctionSpec) -> ExecutionEnvironment | None:
        candidates = [each for each in self._idle if each.spec == spec and each.alive]
        return max(candidates, key=lambda each: each.last_used, default=None)

    def _is_stale(self, environment: ExecutionEnvironment, spec: FunctionSpec) -> bool:
        same_version = (environment.spec.function_arn, environment.spec.version) == (
            spec.function_arn,
            spec.version,
        )
        return same_version and (environment.spec != spec or self._is_old(environment))

    def _is_old(self, environment: ExecutionEnvironment) -> bool:
        now = time.monotonic()
        return (
            not environment.alive
            or now - environment.last_used > self._limits.idle_seconds
            or now - environment.born > self._limits.environment_lifetime_seconds
        )

    def _take_idle(self, unwanted: Callable[[ExecutionEnvironment], bool]) -> list[ExecutionEnvironment]:
        taken = [each for each in self._idle if unwanted(each)]
        self._idle = [each for each in self._idle if each not in taken]
        return taken

    def _end_all(self, environments: list[ExecutionEnvironment]) -> None:
        for environment in environments:
            environment.end()
            self._on_end(environment)

    def _supervise(self) -> None:
        """Reap what is idle for too long; kill what uses more memory than its function has."""
        while not self._stopping.wait(self._limits.memory_interval_seconds):
            with self._lock:
                retired = self._take_idle(self._is_old)
                busy = list(self._busy)
            self._end_all(retired)
            for environment in busy:
                if environment.sample_memory() > environment.spec.memory_mb * 1024:
                    environment.kill_for_memory()
        self.end_all()
