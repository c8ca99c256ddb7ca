"""What a person sees while the demo runs."""

from __future__ import annotations

import io
import re

from rich.console import Console

from vcpctl.demo.watching import watching


def told(terminal: bool, *steps: tuple[str, str, float | None, str]) -> list[str]:
    """The lines that stay on the screen, or in the file."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=200, highlight=False, color_system=None)
    with watching(console) as tell:
        for step in steps:
            tell(*step)
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out.getvalue())
    return [line.rsplit("\r", 1)[-1].rstrip() for line in plain.split("\n") if line.strip()]


def test_piped_output_is_a_line_a_stage_and_a_quarter() -> None:
    steps = [("film.mov", "transferring", float(percent), "") for percent in range(101)]
    assert told(False, ("film.mov", "queued", None, ""), ("film.mov", "queued", None, ""), *steps) == [
        "film.mov: queued",
        "film.mov: transferring",
        "film.mov: transferring 25 %",
        "film.mov: transferring 50 %",
        "film.mov: transferring 75 %",
        "film.mov: transferring 100 %",
    ]


def test_piped_output_has_no_control_characters_and_reads_no_markup() -> None:
    out = io.StringIO()
    with watching(Console(file=out, width=200)) as tell:
        tell("[red]film[/red].mov", "queued", None, "[bold]")
    assert out.getvalue() == "[red]film[/red].mov: queued [bold]\n"


def test_a_terminal_keeps_a_line_for_each_stage_that_is_over() -> None:
    lines = told(
        True,
        ("one.mov", "queued", None, ""),
        ("one.mov", "transferring", 50, ""),
        ("one.mov", "completed", None, ""),
        ("two.mov", "queued", None, ""),
        ("two.mov", "skipped", None, ""),
    )
    assert [line for line in lines if line.startswith("✓")] == [
        "✓ one.mov: queued",
        "✓ one.mov: transferring",
        "✓ one.mov: completed",
        "✓ two.mov: queued",
    ]


def test_two_videos_in_the_same_stage_are_two_lines() -> None:
    lines = told(True, ("one.mov", "queued", None, ""), ("two.mov", "queued", None, ""), ("two.mov", "x", None, ""))
    assert [line for line in lines if line.startswith("✓")] == ["✓ one.mov: queued", "✓ two.mov: queued"]
