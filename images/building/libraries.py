"""Check that an image contains the shared libraries of all its programs.

Without this check a missing library shows only when a function needs it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_NEEDED = re.compile(r"^\s+NEEDED\s+(\S+)", re.M)


def needed_libraries(file: Path) -> list[str]:
    """Return the libraries that an ELF file needs; none for other files."""
    with file.open("rb") as opened:
        if opened.read(4) != b"\x7fELF":
            return []
    headers = subprocess.run(["objdump", "-p", file], check=True, capture_output=True, text=True).stdout
    return _NEEDED.findall(headers)


def missing_libraries(root: Path) -> list[str]:
    """Return `file: library` for each library that a file in the directory needs and the directory lacks."""
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    present = {path.name for path in root.rglob("*.so*")}
    return [
        f"{file.relative_to(root)}: {name}" for file in files for name in needed_libraries(file) if name not in present
    ]


if __name__ == "__main__":
    if missing := missing_libraries(Path(sys.argv[1])):
        sys.exit("the image lacks libraries; check WANTED and LEFT_OUT in rootfs.py:\n" + "\n".join(missing))
