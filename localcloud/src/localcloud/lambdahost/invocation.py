"""What is run (a function as it stands now), what it is given, and how that ended."""

from __future__ import annotations

import secrets
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True)
class FunctionSpec:
    """One function version as an execution environment needs it. Equal specs share environments; a changed
    one (new image, variable, role...) retires those of its predecessor."""

    function_name: str
    function_arn: str
    version: str
    role_arn: str
    package_type: str
    image_uri: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    memory_mb: int
    timeout_seconds: int
    ephemeral_storage_mb: int
    log_group: str
    log_format: str
    application_log_level: str | None
    region: str
    account_id: str


@dataclass(frozen=True)
class Invocation:
    """One event on its way into a function. `source` says who invokes, for the journal."""

    payload: bytes
    source: str
    client_context: str | None = None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    trace_id: str = field(
        default_factory=lambda: (
            f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"
        )
    )


@dataclass(frozen=True)
class Run:
    """How one event went inside an environment. `outcome`: ok, error, init-error, timeout or exit.
    `init_ms` is None in a warm environment."""

    outcome: str
    body: bytes
    error_type: str | None
    duration_ms: float
    init_ms: float | None
    max_rss_kb: int


@dataclass(frozen=True)
class InvocationResult:
    """The end of one invocation. `function_error` is None for success; `error_type` then too."""

    request_id: str
    payload: bytes
    function_error: str | None
    error_type: str | None
    log_tail: bytes
    executed_version: str

    @property
    def failed(self) -> bool:
        return self.function_error is not None


class Throttled(Exception):  # noqa: N818  (AWS's word for it)
    """No execution environment may be started for the function now. `reason` is Lambda's ThrottleReason."""

    def __init__(self, function_name: str, reason: str) -> None:
        super().__init__(f"{function_name}: Rate Exceeded ({reason})")
        self.reason = reason


def iso_now() -> str:
    """The time as Lambda writes it in envelopes and log lines: 2024-05-01T12:00:00.000Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
