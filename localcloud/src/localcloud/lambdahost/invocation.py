"""A function's specification, the event that it receives, and the outcome."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True)
class FunctionSpec:
    """One function version as an execution environment needs it. Equal specs share environments; a changed one (new
    image, variable, role...) retires those of its predecessor."""

    function_name: str
    function_arn: str
    version: str
    role_arn: str
    image_uri: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    memory_mb: int
    timeout_seconds: int
    ephemeral_storage_mb: int
    log_group: str
    region: str


@dataclass(frozen=True)
class Invocation:
    """One event for a function. `source` says who invokes, for the journal."""

    payload: bytes
    source: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    trace_id: str = field(
        default_factory=lambda: (
            f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"
        )
    )


@dataclass(frozen=True)
class Run:
    """The outcome of one event: ok, error, init-error, timeout or exit. `init_ms` is None in a warm environment."""

    outcome: str
    body: bytes
    error_type: str | None
    duration_ms: float
    init_ms: float | None
    max_rss_kb: int


@dataclass(frozen=True)
class InvocationResult:
    """The result of one invocation as Invoke returns it. `function_error` is None for success."""

    request_id: str
    payload: bytes
    function_error: str | None
    executed_version: str

    @property
    def failed(self) -> bool:
        return self.function_error is not None


class ThrottledError(Exception):
    """No execution environment may be started for the function now. `reason` is Lambda's ThrottleReason."""

    def __init__(self, function_name: str, reason: str) -> None:
        super().__init__(f"{function_name}: Rate Exceeded ({reason})")
        self.reason = reason


def error_body(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


def iso_now() -> str:
    """Return the time as Lambda writes it in envelopes and log lines: 2024-05-01T12:00:00.000Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
