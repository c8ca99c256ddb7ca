"""How much memory a process and its children use, from /proc."""

from __future__ import annotations

from pathlib import Path


def high_water_kb(pid: int) -> int:
    """Peak resident size of one process in KiB (VmHWM), 0 when the process is gone."""
    return _status_kb(pid, "VmHWM:")


def group_resident_kb(pid: int) -> int:
    """Resident size of a process and all its descendants in KiB, pages that they share counted once."""
    pids = family(pid)
    if len(pids) == 1:
        return _status_kb(pid, "VmRSS:")
    return sum(_proportional_kb(each) for each in pids)


def family(pid: int) -> list[int]:
    """A process and all that it started, it first."""
    return [pid, *_descendants(pid)]


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return found
    for task in tasks:
        try:
            children = [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *_descendants(child)]
    return found


def _status_kb(pid: int, field: str) -> int:
    return _field_kb(Path(f"/proc/{pid}/status"), field)


def _proportional_kb(pid: int) -> int:
    return _field_kb(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _field_kb(path: Path, field: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    for line in lines:
        if line.startswith(field):
            return int(line.split()[1])
    return 0
