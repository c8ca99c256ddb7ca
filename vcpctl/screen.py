"""Output for people: on a terminal, in a pipe or in a file."""

from __future__ import annotations

import os
import signal
import sys
import unicodedata
from pathlib import Path
from typing import IO, NoReturn

from rich.console import Console

from vcpctl.signals import Stopped

#: Marks that change the direction of the text after them (Unicode, "Explicit Directional"): they can disguise a name.
_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Screen(Console):
    """A console that does not wrap lines in pipes and files, and raises `Stopped` when the reader is gone."""

    def __init__(self, file: IO[str] | None = None, *, stderr: bool = False) -> None:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # print a question mark for what the terminal's encoding lacks
                stream.reconfigure(errors="replace")
        super().__init__(file=file, stderr=stderr, highlight=False, markup=False, emoji=False)
        self.soft_wrap = not self.is_terminal

    @property
    def is_animated(self) -> bool:
        """Whether lines can be redrawn: on a capable terminal, outside CI."""
        plain = os.environ.get("TERM", "") in ("", "dumb", "unknown") or os.environ.get("CI", "") not in ("", "false")
        return self.file.isatty() and self.is_terminal and not plain

    def say(self, text: str, style: str | None = None) -> None:
        """Print text from any source. Lines with an address are not wrapped, so that it can be copied."""
        for line in text.split("\n"):
            self.print(printable(line), style=style, soft_wrap=self.soft_wrap or "://" in line)

    def on_broken_pipe(self) -> NoReturn:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())
        raise Stopped(signal.SIGPIPE)


def printable(text: str) -> str:
    """Escape control characters and direction marks, so that the text cannot control the terminal."""
    return "".join(_escaped(character) if _is_control(character) else character for character in text)


def _is_control(character: str) -> bool:
    return character in _DIRECTION_MARKS or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def shortened(text: str, width: int) -> str:
    """Cut text to `width` characters in the middle: the end of a file name distinguishes it."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def relative_path(path: Path) -> str:
    """The path relative to the current directory where it is below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
