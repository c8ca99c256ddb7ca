"""Output on terminals, in files and pipes, and of text with control characters."""

from __future__ import annotations

import io
import os
import pty
import signal
from collections.abc import Iterator
from typing import IO

import pytest

from vcpctl.screen import Screen, printable, shortened
from vcpctl.signals import Stopped

#: Variables that the machine may have set.
SETTINGS = ("CI", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")


@pytest.fixture(autouse=True)
def ordinary(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def terminal() -> Iterator[IO[str]]:
    """The end of a pseudoterminal that programs write to."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        yield file
    os.close(ours)


@pytest.mark.parametrize(
    ("environment", "animated"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "unknown"}, False),
        ({"TERM": ""}, False),
        ({"CI": "true"}, False),
    ],
)
def test_animates_only_on_a_capable_terminal(
    environment: dict[str, str], animated: bool, terminal: IO[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Screen(terminal).is_animated is animated


def test_never_animates_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not Screen(io.StringIO()).is_animated


def test_does_not_wrap_lines_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    out = io.StringIO()
    Screen(out).say("A sentence that is far longer than forty columns, as sentences often are, [b]x[/b].", style="red")
    assert out.getvalue() == "A sentence that is far longer than forty columns, as sentences often are, [b]x[/b].\n"


def test_a_closed_pipe_stops_the_command() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as file, pytest.raises(Stopped) as stopped:
        Screen(file).say("hello")
    assert stopped.value.code == 128 + signal.SIGPIPE


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("film.mov", "film.mov"),
        ("Tést 日本 🎬.mov", "Tést 日本 🎬.mov"),
        ("a\x1b[2Jb\x07\r\n", "a\\x1b[2Jb\\x07\\r\\n"),
        ("annexe\u202ev4m.exe", "annexe\\u202ev4m.exe"),
        ("not unicode \udcff", "not unicode \\udcff"),
    ],
)
def test_escapes_control_characters(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_shortens_text_in_the_middle() -> None:
    assert shortened("abcdefghij", 10) == "abcdefghij"
    assert shortened("abcdefghij", 5) == "ab…ij"
    assert len(shortened("abcdefghij", 6)) == 6
