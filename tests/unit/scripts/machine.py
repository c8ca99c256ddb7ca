"""A machine for the scripts: a checkout with the real scripts, and a PATH with only a test's commands.

The package installer is a fake, so nothing is fetched; Python and its environments are real."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
_TOOLS = [
    "bash",
    "cat",
    "dirname",
    "env",
    "flock",
    "grep",
    "mkdir",
    "mv",
    "realpath",
    "rm",
    "sha256sum",
    "sh",
    "tail",
    "touch",
]
_PINS = [
    "locks/dev.txt",
    "locks/footage.txt",
    *(f"{d}pyproject.toml" for d in ("", "images/", "localcloud/", "rendering/")),
]
LIMIT_SECONDS = 60


@dataclass
class Machine:
    """A checkout and the installed commands."""

    checkout: Path
    bin: Path
    environment: dict[str, str] = field(default_factory=dict)

    def has(self, command: str, script: str) -> None:
        """Put an executable shell script into the PATH, replacing an existing one.

        It is always a new file, because writing through a link would change a program of the real machine.
        """
        path = self.bin / command
        path.unlink(missing_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def lacks(self, command: str) -> None:
        (self.bin / command).unlink()

    def start(self, script: str = "setup", *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.checkout / "scripts" / script, *options],
            env={"PATH": str(self.bin), **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def run(self, script: str = "setup", *options: str) -> tuple[int, str]:
        """Run a script; return its exit code and output."""
        process = self.start(script, *options)
        output, _ = process.communicate(timeout=LIMIT_SECONDS)
        return process.returncode, output

    @property
    def installed(self) -> list[str]:
        """The calls of the package installer."""
        calls = self.bin / "uv.calls"
        return calls.read_text("utf-8").splitlines() if calls.exists() else []

    @property
    def venv(self) -> Path:
        return self.checkout / ".venv"


def make_machine(checkout: Path, bin_folder: Path) -> Machine:
    """A plain user's machine that lacks nothing; its package installer only records its calls."""
    bin_folder.mkdir()
    shutil.copytree(REPOSITORY / "scripts", checkout / "scripts")
    (checkout / "scripts" / "bytecode").write_text("", "utf-8")  # it imports packages that the fake does not install
    for pins in _PINS:
        (checkout / pins).parent.mkdir(exist_ok=True)
        (checkout / pins).write_text("", "utf-8")
    machine = Machine(checkout, bin_folder, {"HOME": str(bin_folder)})
    for tool in _TOOLS:
        machine.has(tool, f'exec {shutil.which(tool)} "$@"')  # no links, see `Machine.has`
    machine.has("python3", f'exec "{Path(sys.executable).resolve()}" "$@"')
    machine.has("uv", f'echo "$@" >>"{bin_folder}/uv.calls"')
    machine.has("id", "case $1 in -u) echo 1000 ;; *) echo anna ;; esac")
    machine.has("apt-get", "echo apt-get was called; exit 1")
    return machine
