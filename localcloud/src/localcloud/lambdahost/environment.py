"""One execution environment: a process that handles one event at a time and is frozen between events."""

from __future__ import annotations

import json
import shutil
import signal
import threading
import time
import uuid
from http import HTTPStatus
from pathlib import Path

from localcloud.context import ContainerImage, LocalImage
from localcloud.lambdahost import memory
from localcloud.lambdahost.invocation import FunctionSpec, Invocation, Run, error_body, iso_now
from localcloud.lambdahost.launching import launch, variables_of
from localcloud.lambdahost.limits import ANSWER_LIMIT_BYTES
from localcloud.lambdahost.logs import LogStream, start_line
from localcloud.lambdahost.process import FunctionProcess
from localcloud.lambdahost.runtime_api import RuntimeApi
from localcloud.roles import RoleCredentials


class ExecutionEnvironment:
    """Owns a process, its runtime API, its private temporary directory and its log stream.

    The pool gives it to one invocation at a time. `state`: new, starting, busy, frozen or ended.
    """

    def __init__(
        self,
        spec: FunctionSpec,
        image: LocalImage | ContainerImage,
        credentials: RoleCredentials,
        logs: LogStream,
        *,
        endpoint: str,
        directory: Path,
        init_limit_seconds: float,
    ) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.spec = spec
        self.image = image
        self.logs = logs
        self.born = self.last_used = time.monotonic()
        self.state = "new"
        self.invocations = 0
        self.max_rss_kb = 0
        self.kill_reason: str | None = None
        self._credentials = credentials
        self._endpoint = endpoint
        self._directory = directory / self.id
        self._init_limit_seconds = init_limit_seconds
        self._changed = threading.Condition()
        self._process: FunctionProcess | None = None
        self._api: RuntimeApi | None = None
        self._parked = False
        self._pending: tuple[Invocation, int] | None = None
        self._current_id: str | None = None
        self._answer: tuple[str, bytes] | None = None
        self._init_error: bytes | None = None
        self._exit_code: int | None = None

    # Called by the runtime API

    @property
    def invoked_function_arn(self) -> str:
        return self.spec.function_arn

    def next_invocation(self) -> tuple[Invocation, int] | None:
        with self._changed:
            self._parked = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._pending is not None or self._gone())
            if self._gone():
                return None
            following, self._pending = self._pending, None
            self._parked = False
            return following

    def answered(self, request_id: str, body: bytes) -> HTTPStatus:
        if len(body) > ANSWER_LIMIT_BYTES:
            too_large = error_body(
                "Function.ResponseSizeTooLarge",
                f"Response payload size exceeded maximum allowed payload size ({ANSWER_LIMIT_BYTES} bytes).",
            )
            self._store_answer(request_id, "error", too_large)
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return self._store_answer(request_id, "ok", body)

    def failed(self, request_id: str, body: bytes) -> HTTPStatus:
        return self._store_answer(request_id, "error", body)

    def init_failed(self, body: bytes) -> HTTPStatus:
        with self._changed:
            self._init_error = body
            self._changed.notify_all()
        return HTTPStatus.ACCEPTED

    def _store_answer(self, request_id: str, outcome: str, body: bytes) -> HTTPStatus:
        with self._changed:
            if request_id != self._current_id or self._answer is not None:
                return HTTPStatus.BAD_REQUEST
            self._answer = (outcome, body)
            self._changed.notify_all()
            return HTTPStatus.ACCEPTED

    # Called by the host

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        return self._exit_code is None and self.state != "ended"

    def run(self, invocation: Invocation) -> Run:
        """Run the handler on one event, at most for the function's timeout.

        Afterwards the environment is frozen and may be used again, or it has ended (see `alive`).
        """
        self.invocations += 1
        init_ms = None
        if self._process is None:
            began = time.monotonic()
            failure = self._start(invocation)
            init_ms = (time.monotonic() - began) * 1000
            if failure is not None:
                self.logs.line(start_line(self.spec, invocation.request_id))
                return self._ended_run(*failure, init_ms, init_ms)
        else:
            self._process.thaw()
        self.state = "busy"
        self.logs.line(start_line(self.spec, invocation.request_id))
        began = time.monotonic()
        self._offer(invocation)
        with self._changed:
            self._changed.wait_for(self._is_answered, timeout=self.spec.timeout_seconds)
            answer, parked = self._answer, self._parked
        duration_ms = (time.monotonic() - began) * 1000
        if answer is None:
            return self._ended_run(*self._lost(invocation), duration_ms, init_ms)
        if not parked or self._gone():
            self.end()
        return self._finish(*answer, duration_ms, init_ms)

    def end(self) -> None:
        """Kill the process and its children, and remove its temporary files. Idempotent."""
        with self._changed:
            if self.state == "ended":
                return
            self.state = "ended"
            self._changed.notify_all()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.drain()
        if self._api is not None:
            self._api.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def kill_for_memory(self) -> None:
        """Kill the function for exceeding its memory size, as Lambda does."""
        self.kill_reason = "Runtime exited with error: signal: killed"
        if self._process is not None:
            self._process.kill()

    def sample_memory(self) -> int:
        """Return the resident KiB of the process and its children now, and keep the peak."""
        pid = self.pid if self.alive else None
        resident = memory.group_resident_kb(pid) if pid else 0
        self.max_rss_kb = max(self.max_rss_kb, resident)
        return resident

    def _gone(self) -> bool:
        return self._exit_code is not None or self.state == "ended"

    def _offer(self, invocation: Invocation) -> None:
        with self._changed:
            self._answer = None
            self._current_id = invocation.request_id
            deadline_ms = int((time.time() + self.spec.timeout_seconds) * 1000)
            self._pending = (invocation, deadline_ms)
            self._changed.notify_all()

    def _is_answered(self) -> bool:
        return self._gone() or (self._answer is not None and self._parked)

    def _start(self, invocation: Invocation) -> tuple[str, bytes] | None:
        """Start the process and wait until it requests an event; return outcome and error body if it does not."""
        self.state = "starting"
        tmp = self._directory / "tmp"
        tmp.mkdir(parents=True)
        self._api = RuntimeApi(self)
        variables = variables_of(
            self.spec,
            self.image,
            self._credentials,
            runtime_api=self._api.address,
            endpoint=self._endpoint,
            log_stream=self.logs.name,
            tmp=tmp,
        )
        try:
            self._process = launch(
                self.id, self.spec, self.image, variables, self._directory, self.logs.output, self._on_exit
            )
        except OSError as failure:
            message = f"RequestId: {invocation.request_id} Error: {failure.filename}: {failure.strerror}"
            return "init-error", error_body("Runtime.InvalidEntrypoint", message)
        with self._changed:
            self._changed.wait_for(self._init_over, timeout=self._init_limit_seconds)
            # Beyond the limit Lambda starts init again, within the invocation; here it continues.
            self._changed.wait_for(self._init_over, timeout=self.spec.timeout_seconds)
            if self._init_error is not None:
                return "init-error", self._init_error
            return None if self._parked else self._lost(invocation)

    def _init_over(self) -> bool:
        return self._gone() or self._parked or self._init_error is not None

    def _lost(self, invocation: Invocation) -> tuple[str, bytes]:
        """Return outcome and error body of a missing answer: the process has exited, or timed out."""
        request_id = invocation.request_id
        code = self._exit_code
        if self.kill_reason is not None:
            return "exit", error_body("Runtime.OutOfMemory", f"RequestId: {request_id} Error: {self.kill_reason}")
        if code is None and self.state != "ended":
            message = f"{iso_now()} {request_id} Task timed out after {self.spec.timeout_seconds:.2f} seconds"
            self.logs.line(message)
            return "timeout", json.dumps({"errorMessage": message}).encode()
        assert self._process is not None
        why = self._process.reason(-signal.SIGKILL if code is None else code)
        return "exit", error_body("Runtime.ExitError", f"RequestId: {request_id} Error: {why}")

    def _ended_run(self, outcome: str, body: bytes, duration_ms: float, init_ms: float | None) -> Run:
        self._sample_peak()
        self.end()
        return self._finish(outcome, body, duration_ms, init_ms)

    def _finish(self, outcome: str, body: bytes, duration_ms: float, init_ms: float | None) -> Run:
        self._sample_peak()
        if self.alive and self._process is not None:
            self._process.drain()
            self._process.freeze()
            self.state = "frozen"
        self.last_used = time.monotonic()
        error_type = None if outcome == "ok" else _error_type(body, outcome)
        return Run(outcome, body, error_type, duration_ms, init_ms, self.max_rss_kb)

    def _sample_peak(self) -> None:
        if (pid := self.pid) is not None:
            self.max_rss_kb = max(self.max_rss_kb, memory.high_water_kb(pid))

    def _on_exit(self, code: int) -> None:
        with self._changed:
            self._exit_code = code
            self._changed.notify_all()


def _error_type(body: bytes, outcome: str) -> str:
    if outcome == "timeout":
        return "Sandbox.Timedout"
    try:
        document = json.loads(body)
    except ValueError:
        return "Unknown"
    return str(document.get("errorType") or "Unknown") if isinstance(document, dict) else "Unknown"
