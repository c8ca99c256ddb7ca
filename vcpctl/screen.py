"""What a command prints on: a terminal, a pipe or a file, whatever it can show."""

from __future__ import annotations

import os
import signal
import sys
import unicodedata
from pathlib import Path
from typing import IO, NoReturn

from rich.console import Console

from vcpctl.stopping import Stopped

#: Marks that turn the direction of what follows (Unicode, "Explicit Directional"): a name could hide its ending.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Screen(Console):
    """Prints for people; one sentence is one line where it is no terminal. Nobody reading is `Stopped`."""

    def __init__(self, file: IO[str] | None = None, *, stderr: bool = False) -> None:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # what an old terminal's encoding lacks is a question mark
                stream.reconfigure(errors="replace")
        super().__init__(file=file, stderr=stderr, highlight=False, markup=False, emoji=False)
        self.soft_wrap = not self.is_terminal

    @property
    def is_animated(self) -> bool:
        """Whether lines can be drawn again: on a terminal that understands it, and where a person looks."""
        plain = os.environ.get("TERM", "") in ("", "dumb", "unknown") or os.environ.get("CI", "") not in ("", "false")
        return self.file.isatty() and self.is_terminal and not plain

    def say(self, text: str, style: str | None = None) -> None:
        """Print text that may come from outside. Addresses stay whole, so that they can be copied."""
        for line in text.split("\n"):
            self.print(printable(line), style=style, soft_wrap=self.soft_wrap or "://" in line)

    def on_broken_pipe(self) -> NoReturn:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())
        raise Stopped(signal.SIGPIPE)


def printable(text: str) -> str:
    """Text that does nothing to a terminal: control characters, and marks that turn the direction, as their codes."""
    return "".join(_code(character) if _is_acting(character) else character for character in text)


def _is_acting(character: str) -> bool:
    return character in _TURNS or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def shortened(text: str, width: int) -> str:
    """Text of at most so many characters, cut in the middle: names end in what tells them apart."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def near(path: Path) -> str:
    """A path as short as it is from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
