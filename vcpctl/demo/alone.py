"""One demo at a time in one folder, and an empty folder for it to begin with."""

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
#: Says that the folder is the demo's to empty.
_MARK = "made-by-vcp-demo.txt"
#: How long a cloud may take to go down whose demo was killed.
_AFTERMATH_SECONDS = 30.0


@contextmanager
def the_only_demo(target: Path) -> Iterator[None]:
    """Hold the right to run the demo in a folder. Raises Ending when another one does, whatever it is at."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = target.with_name(f"{target.name}.lock").open("a+", encoding="ascii")
    except OSError as refused:
        raise Ending(f"The demo cannot write to {target.parent}: {refused.strerror}.") from refused
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


def clear(target: Path, say: Callable[[str], None], *, is_ours: bool) -> None:
    """Make `target` a folder that holds no more than a mark, whatever an earlier demo left there.

    Where it is not known to be ours, only a demo's mark allows that. Raises Ending where it cannot be.
    """
    if not is_ours and target.is_dir() and any(target.iterdir()) and not (target / _MARK).exists():
        raise Ending(f"{target} holds something that is not of the demo; name an empty or a new folder.")
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
        (target / _MARK).write_text("Made by `vcp demo`, which empties this folder.\n", "utf-8")
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
