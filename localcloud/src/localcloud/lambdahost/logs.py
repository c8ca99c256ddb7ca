"""The log of each execution environment: CloudWatch Logs, a file, and the tail of one invocation."""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.context import ActivityLog
from localcloud.lambdahost.invocation import FunctionSpec, iso_now
from localcloud.lambdahost.limits import LOG_TAIL_BYTES
from localcloud.lambdahost.roles import RoleSession

#: PutLogEvents takes 10,000 events and 1 MiB with 26 bytes of overhead each (API reference).
_BATCH_EVENTS = 1_000
_BATCH_BYTES = 1_048_576
_EVENT_OVERHEAD_BYTES = 26
_EVENT_LIMIT_BYTES = 262_144 - _EVENT_OVERHEAD_BYTES


class LogStream:
    """One environment's log stream. Lines become visible in the file at once, in CloudWatch Logs in batches."""

    def __init__(self, spec: FunctionSpec, role: RoleSession, file: Path) -> None:
        today = datetime.now(UTC)
        self.group = spec.log_group
        self.name = f"{today:%Y/%m/%d}/[{spec.version}]{secrets.token_hex(16)}"
        self._role = role
        self._file = file
        self._lock = threading.Lock()
        self._partial = b""
        self._tail = b""
        self._pending: deque[tuple[int, str]] = deque()
        self._created = False

    def output(self, data: bytes) -> None:
        """Take what the process wrote; each line is one event (a carriage return inside it is a line break:
        that is how the runtime client keeps a traceback in one event)."""
        with self._lock:
            *lines, self._partial = (self._partial + data).split(b"\n")
            for line in lines:
                self._add(line.decode("utf-8", "replace").replace("\r", "\n"))

    def line(self, message: str) -> None:
        """Add a line of the platform's own, after what the process has written so far."""
        with self._lock:
            if self._partial:
                self._add(self._partial.decode("utf-8", "replace").replace("\r", "\n"))
                self._partial = b""
            self._add(message)

    def begin_tail(self) -> None:
        with self._lock:
            self._tail = b""

    def tail(self) -> bytes:
        """The last 4 KB written since `begin_tail`."""
        with self._lock:
            return self._tail

    def _add(self, message: str) -> None:
        encoded = message.encode()[:_EVENT_LIMIT_BYTES]
        self._tail = (self._tail + encoded + b"\n")[-LOG_TAIL_BYTES:]
        if encoded:
            self._pending.append((int(time.time() * 1000), encoded.decode("utf-8", "ignore")))
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{iso_now()} {self.name[-8:]} {message}\n")

    def ship(self) -> None:
        """Put what is pending into CloudWatch Logs, with the function's role."""
        while batch := self._take_batch():
            client = self._role.logs()
            if not self._created:
                self._create()
                self._created = True
            client.put_log_events(
                logGroupName=self.group,
                logStreamName=self.name,
                logEvents=[{"timestamp": at, "message": message} for at, message in batch],
            )

    def _take_batch(self) -> list[tuple[int, str]]:
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
    """Ships the logs of all environments, every `interval_seconds`."""

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
        """Ship the rest of this stream, then forget it."""
        with self._lock:
            if stream in self._streams:
                self._streams.remove(stream)
                self._ended.append(stream)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_seconds):
            with self._lock:
                live, ended, self._ended = list(self._streams), self._ended, []
            for stream in live + ended:
                self._ship(stream)

    def _ship(self, stream: LogStream) -> None:
        try:
            stream.ship()
        except (ClientError, BotoCoreError) as failure:
            # As on AWS: a role that may not write logs, or a group that is gone, costs the log, not the function.
            self._activity.record("lambda", "log-lost", group=stream.group, stream=stream.name, error=str(failure))
