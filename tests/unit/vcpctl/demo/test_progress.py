"""Progress on a terminal, in a pipe, in an old terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

import pytest
from rich.console import Console

from vcpctl.demo.progress import show_progress

Step = tuple[str, str, float | None, str]
LONG = "A very long name of a film that a studio gave it, episode 12, final version 3 (really).mov"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def written(
    animated: bool, steps: Iterable[Step], *, width: int = 200, seconds: float = 0, encoding: str = "utf-8"
) -> str:
    """Return all output while these steps are reported, `seconds` apart, with a refresh after each."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, errors="replace", write_through=True)
    console = Console(file=out, force_terminal=animated, width=width, highlight=False, color_system=None, markup=False)
    console.soft_wrap = not animated
    clock = Clock()
    with show_progress(console, animated=animated, clock=clock) as report:
        for step in steps:
            report(*step)
            if animated and console._live_stack:
                console._live_stack[-1].refresh()
            clock.now += seconds
    return raw.getvalue().decode(encoding)


def frames(text: str) -> list[str]:
    """Return every line that was ever on the screen, without cursor movements."""
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
    return [line.rstrip() for line in re.split(r"[\r\n]", plain) if line.strip()]


def kept(text: str) -> list[str]:
    """Return the lines that stay on the screen."""
    return [line for line in frames(text) if line[0] in "✓✗*x"]


def moving(text: str) -> list[str]:
    """Return the states of the line that is redrawn."""
    return [line for line in frames(text) if line[0] not in "✓✗*x"]


def test_a_pipe_gets_a_line_for_each_stage_and_quarter() -> None:
    steps: list[Step] = [("film.mov", "copying", float(percent), "") for percent in range(101)]
    queued: Step = ("film.mov", "queued", None, "")
    assert written(False, [queued, queued, *steps], seconds=0.1).splitlines() == [
        "film.mov: queued",
        "film.mov: copying",
        "film.mov: copying 25 %, 8 s left",
        "film.mov: copying 50 %, 5 s left",
        "film.mov: copying 75 %, 3 s left",
        "film.mov: copying 100 %",
    ]


def test_a_pipe_gets_a_line_a_minute_while_the_percent_changes() -> None:
    steps: list[Step] = [("film.mov", "compressing", second / 600, "") for second in range(0, 600, 10)]
    lines = written(False, steps, seconds=10).splitlines()
    assert len(lines) == 10
    steps = [("film.mov", "waiting", None, "") for _ in range(60)]
    assert written(False, steps, seconds=10).splitlines() == ["film.mov: waiting"]


def test_a_pipe_gets_no_control_characters_and_no_markup_is_interpreted() -> None:
    text = written(False, [("[red]film[/red]\x1b[31m\u202e\n.mov", "queued", None, "[bold]")])
    assert text == "[red]film[/red]\\x1b[31m\\u202e\\n.mov: queued, [bold]\n"


def test_a_terminal_keeps_a_line_with_the_time_of_each_finished_stage() -> None:
    steps: list[Step] = [
        ("", "starting", None, ""),
        ("one.mov", "queued", None, ""),
        ("one.mov", "copying", 50, ""),
        ("two.mov", "copying", None, ""),
        ("two.mov", "skipped", None, ""),
    ]
    assert kept(written(True, steps, seconds=2)) == [
        "✓ starting (2 s)",
        "✓ one.mov: queued (2 s)",
        "✓ one.mov: copying (2 s)",
        "✓ two.mov: copying (2 s)",
    ]


def test_a_failed_stage_is_marked_as_failed() -> None:
    steps: list[Step] = [("one.mov", "copying", 5, ""), ("one.mov", "", None, ""), ("two.mov", "queued", None, "")]
    assert kept(written(True, steps)) == ["✗ one.mov: copying"]
    assert written(False, steps).splitlines() == ["one.mov: copying 5 %", "two.mov: queued"]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 132])
def test_the_moving_line_fits_and_shows_percent_and_time_left(width: int) -> None:
    steps: list[Step] = [(LONG, "probing the source", percent, "49 of 155 MB") for percent in (10.0, 30.0, 50.0)]
    lines = moving(written(True, steps, width=width, seconds=20))
    assert all(len(line) <= width for line in lines), lines
    assert any("50 %" in line and "0:00:50" in line for line in lines), lines
    assert any("━" in line for line in lines) is (width >= 60)
    assert any("49 of 155 MB" in line for line in lines) is (width >= 80)


def test_the_time_left_follows_the_percents_of_a_slow_encode() -> None:
    steps: list[Step] = [("film.mov", "compressing", float(percent), "") for percent in range(11)]
    assert moving(written(True, steps, seconds=100))[-1].split()[-1] == "2:30:00"


def test_the_time_left_ignores_what_was_done_before() -> None:
    """A copy that resumes at 60 % did not copy that in a second."""
    steps: list[Step] = [("film.mov", "copying", percent, "") for percent in (60.0, 65.0, 70.0)]
    assert moving(written(True, steps, seconds=5))[-1].split()[-1] == "0:00:30"


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_long_name_is_cut_in_the_middle(width: int) -> None:
    (line,) = kept(written(True, [(LONG, "queued", None, ""), (LONG, "copying", None, "")], width=width))
    assert len(line) <= width
    assert line.startswith("✓ A very")
    assert line.endswith(".mov: queued")


def test_a_stage_without_a_percent_shows_neither_percent_nor_time() -> None:
    (line,) = {line[2:].rstrip("━╸╺ ") for line in moving(written(True, [("", "deploying", None, "")] * 3, seconds=5))}
    assert line == "deploying"


def test_an_ascii_terminal_gets_ascii_only() -> None:
    steps: list[Step] = [("one.mov", "copying", percent, "") for percent in (10.0, 30.0, 50.0)]
    text = written(True, [*steps, ("one.mov", "done", None, "")], seconds=20, encoding="latin-1")
    assert "?" not in "".join(frames(text))
    assert kept(text) == ["* one.mov: copying (1 min)"]
    assert any("-----" in line for line in moving(text))
