"""One demo at a time in one checkout, and an empty folder for it to begin with."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud.process import cloud_in, is_gone, stop_cloud_in
from vcpctl.ending import Ending

#: Within the demo's folder: says that the cloud in it was left running because somebody asked for it.
_KEPT = "kept"
#: How long a cloud may take to go down whose demo was killed.
_AFTERMATH_SECONDS = 30.0


@contextmanager
def the_only_demo(build: Path) -> Iterator[None]:
    """Hold the right to run the demo. Raises Ending when another one does, whatever it is at."""
    try:
        build.mkdir(parents=True, exist_ok=True)
        lock = (build / "demo.lock").open("a+", encoding="ascii")
    except OSError as refused:
        raise Ending(f"The demo cannot write to {build}: {refused.strerror}.") from refused
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            lock.seek(0)
            pid = lock.read() or "unknown"
            raise Ending(
                f"Another demo is running here (process {pid}). Wait until it has ended, or stop it: kill {pid}"
            ) from taken
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def clear(target: Path, say: Callable[[str], None]) -> None:
    """Make `target` an empty folder, whatever an earlier demo left there. Raises Ending where that cannot be."""
    cloud = target / "cloud"
    if (pid := cloud_in(cloud)) is not None:
        if (target / _KEPT).exists():
            raise Ending(f"The local cloud of an earlier demo was kept (process {pid}). Stop it first: kill {pid}")
        say("waiting for the local cloud of a demo that was stopped ...")
        if not is_gone(cloud, _AFTERMATH_SECONDS):
            raise Ending(f"The local cloud of an earlier demo does not end (process {pid}). End it: kill -9 {pid}")
    try:
        if target.exists():
            shutil.rmtree(target)
        target.mkdir(parents=True)
    except OSError as refused:
        raise Ending(
            f"What an earlier demo left in {target} cannot be removed: {refused.strerror} ({refused.filename})."
        ) from refused


def mark_kept(target: Path) -> None:
    """Say to later demos that the cloud here is meant to run."""
    (target / _KEPT).touch()


def end_cloud(target: Path) -> int | None:
    """End the cloud in `target` unless it was kept; the process that is left running. Raises CloudFailed."""
    if not (target / _KEPT).exists():
        stop_cloud_in(target / "cloud")
    return cloud_in(target / "cloud")
