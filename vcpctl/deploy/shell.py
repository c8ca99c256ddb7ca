"""Run the external commands of a deployment: Pulumi, make, skopeo, git."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class CommandFailed(Exception):  # noqa: N818 - an outcome of a command
    """A command exited with a code other than 0.

    `errors` is its error output, unless that was shown already; `output` its standard output.
    """

    def __init__(self, arguments: Sequence[str], code: int, errors: str, output: str = "") -> None:
        super().__init__(f"{' '.join(arguments[:3])} exited with code {code}: {errors.strip() or 'no output'}")
        self.code = code
        self.errors = errors
        self.output = output


class Commands(Protocol):
    """Runs commands. Tests use a fake that keeps state."""

    def has(self, name: str) -> bool:
        """Return whether a command is installed."""
        ...

    def ask(self, *arguments: str, given: str | None = None) -> str:
        """Run a command and return its standard output. Raises CommandFailed."""
        ...

    def show(self, *arguments: str) -> None:
        """Run a command and show its output. Raises CommandFailed."""
        ...


@dataclass(frozen=True)
class Shell:
    """Runs commands in a folder, without a shell."""

    folder: Path
    environment: Mapping[str, str]

    def has(self, name: str) -> bool:
        """Return whether a command is installed."""
        return shutil.which(name) is not None

    def ask(self, *arguments: str, given: str | None = None) -> str:
        """Run a command and return its standard output; `given` is its input, such as a secret."""
        done = subprocess.run(
            arguments,
            cwd=self.folder,
            env={**os.environ, **self.environment},
            input=given or "",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise CommandFailed(arguments, done.returncode, done.stderr or done.stdout, done.stdout)
        return done.stdout

    def show(self, *arguments: str) -> None:
        """Run a command with its output on standard error, because standard output is for results."""
        done = subprocess.run(
            arguments,
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            check=False,
        )
        if done.returncode != 0:
            raise CommandFailed(arguments, done.returncode, "its output is above")
