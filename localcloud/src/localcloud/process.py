"""Start and stop a local cloud as a separate process."""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from localcloud.client import Console
from localcloud.context import ContainerImage, LocalImage, image_document

_POLL_SECONDS = 0.02
#: Attempts to read the process id of a lock's holder before the lock counts as not a cloud's: one second in all.
_LOCK_READS = 50
_TRACEBACK_SECONDS = 1.0


class CloudFailed(Exception):  # noqa: N818 - names the outcome
    """The local cloud did not start or did not stop; the message ends with its log."""


@cache
def _client(endpoint: str, region: str, service: str, options: tuple[tuple[str, Any], ...]) -> Any:
    """Cache clients, which take ten milliseconds to create and are thread-safe."""
    session = boto3.Session(
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - not a secret
        region_name=region,
    )
    return session.client(service, endpoint_url=endpoint, **dict(options))  # type: ignore[call-overload]


@dataclass(frozen=True)
class RunningCloud:
    """A local cloud that is up. Every URL is http://127.0.0.1:PORT."""

    pid: int
    aws: str
    google: str
    airtable: str
    console: str
    state_dir: Path
    region: str = "us-east-1"

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of the AWS endpoint, cached; its credentials are not checked."""
        return _client(self.aws, self.region, service, tuple(sorted(options.items())))

    @property
    def console_client(self) -> Console:
        return Console(self.console)

    @property
    def log(self) -> Path:
        """The cloud's output."""
        return self.state_dir / "localcloud.log"


def _wait_ready(process: subprocess.Popen[bytes], ready: Path, log: Path, seconds: float) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while not ready.exists():
        if process.poll() is not None:
            raise CloudFailed(f"the local cloud ended with {process.returncode}:\n{log.read_text('utf-8')}")
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise CloudFailed(f"the local cloud was not up after {seconds} s:\n{log.read_text('utf-8')}")
        time.sleep(_POLL_SECONDS)
    return dict(json.loads(ready.read_text("utf-8")))


def _end(process: subprocess.Popen[bytes], log: Path, seconds: float, was_ready: bool) -> None:
    process.terminate()
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired as stuck:
        process.send_signal(signal.SIGUSR1)  # makes it write the stack of every thread to its log
        with suppress(subprocess.TimeoutExpired):
            process.wait(_TRACEBACK_SECONDS)
        process.kill()
        process.wait()
        raise CloudFailed(f"the local cloud was not down after {seconds} s:\n{log.read_text('utf-8')}") from stuck
    if code == -signal.SIGTERM and not was_ready:
        return  # it had not installed its signal handlers yet, and had started nothing
    if code != 0:
        raise CloudFailed(f"the local cloud ended with {code}:\n{log.read_text('utf-8')}")


def _detach(process: subprocess.Popen[bytes], log: Path) -> None:
    """Make the cloud stay when this process ends."""
    assert process.stdin is not None
    try:
        process.stdin.write(b"stay")
        process.stdin.flush()
    except BrokenPipeError as error:
        raise CloudFailed(f"the local cloud has ended in the meantime:\n{log.read_text('utf-8')}") from error


def _image_map(images: Mapping[str, LocalImage | ContainerImage], path: Path) -> Sequence[str]:
    if not images:
        return ()
    path.write_text(json.dumps({uri: image_document(image) for uri, image in images.items()}), "utf-8")
    return ("--images", str(path))


def cloud_in(state_dir: Path) -> int | None:
    """Return the process id of the cloud that runs, starts or stops in a state directory, or None."""
    try:
        with (state_dir / "lock").open("r", encoding="ascii") as lock:
            for _ in range(_LOCK_READS):
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    lock.seek(0)
                    if written := lock.read():
                        return int(written)
                    time.sleep(_POLL_SECONDS)  # it was just acquired: its holder writes its id next
                else:
                    return None
    except FileNotFoundError:
        return None
    raise CloudFailed(f"the lock of {state_dir} is held by a process that is not a local cloud")


def stop_cloud_in(state_dir: Path, seconds: float = 20) -> None:
    """Stop the cloud in a state directory, if any, started by any process: ask it to stop, then kill it.

    It ends its own children when asked; when it is killed, they are killed with it.
    """
    pid = cloud_in(state_dir)
    if pid is None:
        return
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            signal.pidfd_send_signal(handle, number)
            if select.select([handle], [], [], seconds)[0]:
                return
    except ProcessLookupError:
        return
    finally:
        os.close(handle)
    raise CloudFailed(f"the local cloud in {state_dir} could not be stopped")


def is_gone(state_dir: Path, seconds: float) -> bool:
    """Whether no cloud runs in a state directory, waiting some seconds for one to end."""
    deadline = time.monotonic() + seconds
    while cloud_in(state_dir) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


@contextmanager
def _deferred_signals() -> Iterator[None]:
    """Defer signals until the end of the block, so that no process remains partly started."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signal handlers run in the main thread only
        return
    pending: list[int] = []
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in handlers:
        signal.signal(number, lambda received, _: pending.append(received))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for received in pending:
            signal.raise_signal(signal.Signals(received))


@contextmanager
def running_cloud(
    state_dir: Path,
    *,
    region: str = "us-east-1",
    images: Mapping[str, LocalImage | ContainerImage] | None = None,
    options: Sequence[str] = (),
    outlives: bool = False,
    start_seconds: float = 60,
    stop_seconds: float = 20,
) -> Iterator[RunningCloud]:
    """Run a local cloud during a `with`. It also ends when the starting process dies.

    Args:
        outlives: leave it running when the block ends without an exception; SIGTERM to its pid stops it.

    Raises CloudFailed, with the cloud's log, when it does not start or does not stop cleanly.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    ready, log = state_dir / "ready.json", state_dir / "localcloud.log"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "localcloud", "serve", "--state-dir", str(state_dir), "--region", region]
    command += ["--ready-file", str(ready), *options]
    command += ["--until-stdin-closes", *_image_map(images or {}, state_dir / "images.json")]
    process: subprocess.Popen[bytes] | None = None
    was_ready = keep = False
    try:
        with _deferred_signals(), log.open("wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        urls = _wait_ready(process, ready, log, start_seconds)
        was_ready = True
        yield RunningCloud(**urls, state_dir=state_dir, region=region)
        if outlives:
            _detach(process, log)
            keep = True
    finally:
        if process is not None:
            if not keep and process.poll() is None:
                _end(process, log, stop_seconds, was_ready)
            assert process.stdin is not None
            process.stdin.close()
