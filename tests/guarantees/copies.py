"""Copies of the tree, to make faults in: what a run changes is never what people work on."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.guarantees.catalogue import ROOT

#: Where the packages lie that are installed as editable: of a copy, they must come before the installed ones.
SOURCES = (".", "images", "localcloud/src", "rendering/src")
PACKAGES = ("vcp", "infra", "localcloud", "rendering", "vcpctl")


def copied(target: Path, root: Path = ROOT) -> Path:
    """The files that git knows, and new ones that it does not ignore, as they are in the work tree now."""
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root,
        capture_output=True,
        check=True,
    ).stdout
    for name in told.decode().split("\0"):
        source = root / name
        if name and source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    return target


def environment_of(copy: Path) -> dict[str, str]:
    """The environment in which Python finds the copy's packages first, and keeps no bytecode of what changes."""
    path = os.pathsep.join(str((copy / source).resolve()) for source in SOURCES)
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
