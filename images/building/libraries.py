"""Whether every program and library in an image finds the libraries that it names.

A library may be missing without a word until the function that needs it is called (Python's own modules in C, a
client that falls back to another), so the build looks.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_NEEDED = re.compile(r"^\s+NEEDED\s+(\S+)", re.M)


def needed_libraries(file: Path) -> list[str]:
    """The libraries that an ELF file names; none for any other file."""
    with file.open("rb") as opened:
        if opened.read(4) != b"\x7fELF":
            return []
    shown = subprocess.run(["objdump", "-p", file], check=True, capture_output=True, text=True).stdout
    return _NEEDED.findall(shown)


def missing_libraries(root: Path) -> list[str]:
    """`file: library` for each library that is named somewhere in the directory and is nowhere in it."""
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    there = {path.name for path in root.rglob("*.so*")}
    return [
        f"{file.relative_to(root)}: {name}" for file in files for name in needed_libraries(file) if name not in there
    ]


if __name__ == "__main__":
    if lacking := missing_libraries(Path(sys.argv[1])):
        sys.exit("the image would lack libraries; look at WANTED and LEFT_OUT in rootfs.py:\n" + "\n".join(lacking))
