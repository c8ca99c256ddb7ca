"""The demo's working folder: one demo at a time, emptied before each run."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud.process import cloud_in, is_gone, stop_cloud_in
from vcpctl.command_exit import CommandExit

#: File in the folder: the cloud in it was left running on request.
_KEPT = "kept"
#: File in the folder: the demo may empty it.
_MARK = "made-by-vcp-demo.txt"
#: How long the cloud of a killed demo may take to shut down.
_SHUTDOWN_SECONDS = 30.0


@contextmanager
def exclusive_demo(target: Path) -> Iterator[None]:
    """Lock a folder for one demo. Raises CommandExit when another demo runs in it or it cannot be written."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = target.with_name(f"{target.name}.lock").open("a+", encoding="ascii")
    except OSError as error:
        raise CommandExit(f"The demo cannot write to {target.parent}: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            pid = lock.read() or "unknown"
            raise CommandExit(
                f"Another demo is running here (process {pid}). Wait until it has ended, or stop it: kill {pid}"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def clear_folder(target: Path, say: Callable[[str], None], *, is_default: bool) -> None:
    """Create the folder, or empty it. A folder that the user named is only emptied if an earlier demo created it.

    Raises CommandExit when that is not possible.
    """
    if not is_default and target.is_dir() and any(target.iterdir()) and not (target / _MARK).exists():
        raise CommandExit(f"{target} contains files that are not from a demo; choose an empty or a new folder.")
    cloud = target / "cloud"
    if (pid := cloud_in(cloud)) is not None:
        if (target / _KEPT).exists():
            raise CommandExit(f"The local cloud of an earlier demo was kept (process {pid}). Stop it first: kill {pid}")
        say("waiting for the local cloud of a stopped demo to shut down ...")
        if not is_gone(cloud, _SHUTDOWN_SECONDS):
            raise CommandExit(
                f"The local cloud of an earlier demo does not shut down (process {pid}). Stop it: kill -9 {pid}"
            )
    try:
        if target.exists():
            shutil.rmtree(target)
        target.mkdir(parents=True)
        (target / _MARK).write_text("Created by `vcp demo`, which empties this folder.\n", "utf-8")
    except OSError as error:
        raise CommandExit(
            f"Files of an earlier demo in {target} cannot be removed: {error.strerror} ({error.filename})."
        ) from error


def mark_kept(target: Path) -> None:
    """Record for later demos that the cloud in this folder runs on purpose."""
    (target / _KEPT).touch()


def stop_cloud(target: Path) -> int | None:
    """Stop the cloud in the folder unless it was kept; return the process that still runs. Raises CloudFailed."""
    if not (target / _KEPT).exists():
        stop_cloud_in(target / "cloud")
    return cloud_in(target / "cloud")
