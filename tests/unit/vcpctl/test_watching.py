"""What a person sees while the demo runs."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

import pytest
from rich.console import Console

from vcpctl.demo.watching import watching

Step = tuple[str, str, float | None, str]
LONG = "A very long name of a film that a studio gave it, episode 12, final version 3 (really).mov"


class Watch:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def written(
    animated: bool, steps: Iterable[Step], *, width: int = 200, seconds: float = 0, encoding: str = "utf-8"
) -> str:
    """Everything that is written while these steps are told, so many seconds apart; the moving line after each."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, errors="replace", write_through=True)
    console = Console(file=out, force_terminal=animated, width=width, highlight=False, color_system=None, markup=False)
    console.soft_wrap = not animated
    watch = Watch()
    with watching(console, animated=animated, clock=watch) as tell:
        for step in steps:
            tell(*step)
            if animated and console._live_stack:
                console._live_stack[-1].refresh()
            watch.now += seconds
    return raw.getvalue().decode(encoding)


def frames(text: str) -> list[str]:
    """Every line that was ever on the screen, without what moves the cursor."""
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
    return [line.rstrip() for line in re.split(r"[\r\n]", plain) if line.strip()]


def kept(text: str) -> list[str]:
    """The lines that stay."""
    return [line for line in frames(text) if line[0] in "✓✗*x"]


def test_piped_output_is_a_line_a_stage_and_a_quarter() -> None:
    steps: list[Step] = [("film.mov", "copying", float(percent), "") for percent in range(101)]
    queued: Step = ("film.mov", "queued", None, "")
    assert written(False, [queued, queued, *steps], seconds=0.1).splitlines() == [
        "film.mov: queued",
        "film.mov: copying",
        "film.mov: copying 25 %, 8 s left",
        "film.mov: copying 50 %, 5 s left",
        "film.mov: copying 75 %, 2 s left",
        "film.mov: copying 100 %",
    ]


def test_piped_output_of_a_long_stage_is_a_line_a_minute() -> None:
    steps: list[Step] = [("film.mov", "compressing", second / 600, "") for second in range(0, 600, 10)]
    lines = written(False, steps, seconds=10).splitlines()
    assert len(lines) == 10
    steps = [("film.mov", "waiting", None, "") for _ in range(60)]
    assert written(False, steps, seconds=10).splitlines() == ["film.mov: waiting"]


def test_piped_output_has_no_control_characters_and_reads_no_markup() -> None:
    text = written(False, [("[red]film[/red]\x1b[31m\u202e\n.mov", "queued", None, "[bold]")])
    assert text == "[red]film[/red]\\x1b[31m\\u202e\\n.mov: queued, [bold]\n"


def test_a_terminal_keeps_a_line_for_each_stage_that_is_over_with_its_time() -> None:
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


def test_a_stage_that_broke_is_no_success() -> None:
    steps: list[Step] = [("one.mov", "copying", 5, ""), ("one.mov", "", None, ""), ("two.mov", "queued", None, "")]
    assert kept(written(True, steps)) == ["✗ one.mov: copying"]
    assert written(False, steps).splitlines() == ["one.mov: copying 5 %", "two.mov: queued"]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 132])
def test_the_moving_line_fits_and_always_tells_the_percent(width: int) -> None:
    steps: list[Step] = [(LONG, "looking into the source", percent, "49 of 155 MB") for percent in (10.0, 30.0, 50.0)]
    moving = [line for line in frames(written(True, steps, width=width, seconds=20)) if line[0] not in "✓✗"]
    assert all(len(line) <= width for line in moving), moving
    assert any("50 %" in line and "50 s left" in line for line in moving), moving
    assert any("█" in line for line in moving) is (width >= 60)
    timed = [line for line in moving if " left" in line]
    assert any("49 of 155 MB" in line for line in timed) is (width >= 80)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_long_name_is_cut_in_its_middle(width: int) -> None:
    (line,) = kept(written(True, [(LONG, "queued", None, ""), (LONG, "copying", None, "")], width=width))
    assert len(line) <= width
    assert line.startswith("✓ A very")
    assert line.endswith(".mov: queued")


def test_what_has_no_percent_shows_none_and_no_time() -> None:
    (line,) = {line[2:] for line in frames(written(True, [("", "deploying", None, "")] * 3, seconds=5))}
    assert line == "deploying"


def test_an_old_terminal_gets_what_its_encoding_has() -> None:
    steps: list[Step] = [("one.mov", "copying", percent, "") for percent in (10.0, 30.0, 50.0)]
    text = written(True, [*steps, ("one.mov", "done", None, "")], seconds=20, encoding="latin-1")
    assert "?" not in "".join(frames(text))
    assert kept(text) == ["* one.mov: copying (1 min)"]
    assert any("#####" in line and "..." in line for line in frames(text))
