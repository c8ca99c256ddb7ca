"""Memory of a process and its children, from /proc."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def high_water_kb(pid: int) -> int:
    """Return the peak resident size of one process in KiB (VmHWM), 0 when the process has ended."""
    return _field_kb(pid, "status", "VmHWM:")


def group_resident_kb(pid: int) -> int:
    """Return the resident size of a process and its descendants in KiB, shared pages counted once."""
    pids = family(pid)
    if len(pids) == 1:
        return _field_kb(pid, "status", "VmRSS:")
    return sum(_field_kb(each, "smaps_rollup", "Pss:") for each in pids)


def family(pid: int) -> list[int]:
    """Return a process and all its descendants, the process first."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                found += family(int(child))
    return found


def _field_kb(pid: int, file: str, field: str) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1])
    return 0
