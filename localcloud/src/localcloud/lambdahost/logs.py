"""The log of each execution environment: CloudWatch Logs and a file, with the platform's START, END and REPORT lines.

Source of the lines: "CloudWatch Logs for Lambda" in the developer guide.
"""

from __future__ import annotations

import math
import secrets
import threading
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.context import ActivityLog
from localcloud.lambdahost.invocation import FunctionSpec, Run, iso_now
from localcloud.roles import RoleSession

#: PutLogEvents accepts 10,000 events and 1 MiB with 26 bytes of overhead each (API reference).
_BATCH_EVENTS = 1_000
_BATCH_BYTES = 1_048_576
_EVENT_OVERHEAD_BYTES = 26
_EVENT_LIMIT_BYTES = 262_144 - _EVENT_OVERHEAD_BYTES


def start_line(spec: FunctionSpec, request_id: str) -> str:
    """Return the platform's line before the handler's first one."""
    return f"START RequestId: {request_id} Version: {spec.version}"


def end_lines(spec: FunctionSpec, request_id: str, run: Run) -> list[str]:
    """Return the platform's lines after the handler's last one. Lambda bills rounded up, with init."""
    report = (
        f"REPORT RequestId: {request_id}\tDuration: {run.duration_ms:.2f} ms\t"
        f"Billed Duration: {math.ceil(run.duration_ms + (run.init_ms or 0.0))} ms\t"
        f"Memory Size: {spec.memory_mb} MB\tMax Memory Used: {math.ceil(run.max_rss_kb / 1024)} MB\t"
    )
    if run.init_ms is not None:
        report += f"Init Duration: {run.init_ms:.2f} ms\t"
    if run.outcome in ("timeout", "exit", "init-error"):
        status = "timeout" if run.outcome == "timeout" else "error"
        report += f"Status: {status}\tError Type: {run.error_type}\t"
    return [f"END RequestId: {request_id}", report]


class LogStream:
    """One environment's log stream. Lines appear in the file at once, in CloudWatch Logs in batches."""

    def __init__(self, spec: FunctionSpec, role: RoleSession, file: Path) -> None:
        self.group = spec.log_group
        self.name = f"{datetime.now(UTC):%Y/%m/%d}/[{spec.version}]{secrets.token_hex(16)}"
        self._role = role
        self._file = file
        self._lock = threading.Lock()
        self._partial = b""
        self._pending: deque[tuple[int, str]] = deque()
        self._created = False

    def output(self, data: bytes) -> None:
        """Add output of the process; each line is one event. A carriage return is a line break inside an event: that
        is how the runtime client keeps a traceback in one event."""
        with self._lock:
            *lines, self._partial = (self._partial + data).split(b"\n")
            for line in lines:
                self._add(line.decode("utf-8", "replace").replace("\r", "\n"))

    def line(self, message: str) -> None:
        """Add a line of the platform, after the output so far."""
        with self._lock:
            if self._partial:
                self._add(self._partial.decode("utf-8", "replace").replace("\r", "\n"))
                self._partial = b""
            self._add(message)

    def _add(self, message: str) -> None:
        encoded = message.encode()[:_EVENT_LIMIT_BYTES]
        if encoded:
            self._pending.append((int(time.time() * 1000), encoded.decode("utf-8", "ignore")))
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{iso_now()} {self.name[-8:]} {message}\n")

    def ship(self) -> None:
        """Send pending events to CloudWatch Logs, with the function's role."""
        while batch := self._next_batch():
            client = self._role.logs()
            if not self._created:
                self._create()
                self._created = True
            client.put_log_events(
                logGroupName=self.group,
                logStreamName=self.name,
                logEvents=[{"timestamp": at, "message": message} for at, message in batch],
            )

    def _next_batch(self) -> list[tuple[int, str]]:
        batch: list[tuple[int, str]] = []
        size = 0
        with self._lock:
            while self._pending and len(batch) < _BATCH_EVENTS:
                size += len(self._pending[0][1].encode()) + _EVENT_OVERHEAD_BYTES
                if batch and size > _BATCH_BYTES:
                    break
                batch.append(self._pending.popleft())
        return batch

    def _create(self) -> None:
        client = self._role.logs()
        try:
            client.create_log_stream(logGroupName=self.group, logStreamName=self.name)
        except client.exceptions.ResourceNotFoundException:
            client.create_log_group(logGroupName=self.group)
            client.create_log_stream(logGroupName=self.group, logStreamName=self.name)


class LogShipper:
    """Ship the logs of all environments at an interval."""

    def __init__(self, activity: ActivityLog, stopping: threading.Event, interval_seconds: float) -> None:
        self._activity = activity
        self._stopping = stopping
        self._interval_seconds = interval_seconds
        self._lock = threading.Lock()
        self._streams: list[LogStream] = []
        self._ended: list[LogStream] = []
        self._thread = threading.Thread(target=self._run, name="lambda-logs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def add(self, stream: LogStream) -> None:
        with self._lock:
            self._streams.append(stream)

    def remove(self, stream: LogStream) -> None:
        """Ship the rest of this stream, then stop tracking it."""
        with self._lock:
            if stream in self._streams:
                self._streams.remove(stream)
                self._ended.append(stream)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_seconds):
            with self._lock:
                live, ended, self._ended = list(self._streams), self._ended, []
            for stream in live + ended:
                try:
                    stream.ship()
                except (ClientError, BotoCoreError) as failure:
                    # As on AWS: without permission or log group the log is lost, and the function runs.
                    self._activity.record(
                        "lambda", "log-lost", group=stream.group, stream=stream.name, error=str(failure)
                    )
