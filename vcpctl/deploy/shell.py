"""The commands of others that a deployment runs: Pulumi, make, a container engine."""

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
    """A command ended with another code than 0.

    `words`: what it said, where it was not shown already; `answer`: what was on its standard output.
    """

    def __init__(self, arguments: Sequence[str], code: int, words: str, answer: str = "") -> None:
        super().__init__(f"{' '.join(arguments[:3])} ended with code {code}: {words.strip() or 'it said nothing'}")
        self.code = code
        self.words = words
        self.answer = answer


class Commands(Protocol):
    """What runs commands. Tests have one that keeps state."""

    def has(self, name: str) -> bool:
        """Whether there is such a command."""
        ...

    def ask(self, *arguments: str, given: str | None = None) -> str:
        """Run a command for its answer on the standard output. Raises CommandFailed."""
        ...

    def show(self, *arguments: str) -> None:
        """Run a command that a person watches. Raises CommandFailed."""
        ...


@dataclass(frozen=True)
class Shell:
    """Runs commands in a folder. No shell reads them: an argument is what it is."""

    folder: Path
    environment: Mapping[str, str]

    def has(self, name: str) -> bool:
        """Whether there is such a command."""
        return shutil.which(name) is not None

    def ask(self, *arguments: str, given: str | None = None) -> str:
        """Run a command for its answer; `given` is what it reads, such as a secret that nobody else may see."""
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
        """Run a command and let it speak for itself, on the standard error: the output is for results."""
        done = subprocess.run(
            arguments,
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            check=False,
        )
        if done.returncode != 0:
            raise CommandFailed(arguments, done.returncode, "it has said why above")
