"""Progress on the terminal: a bar that moves where one can be drawn, a line a stage where the output is piped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from vcpctl.demo.story import Tell


@contextmanager
def watching(console: Console) -> Iterator[Tell]:
    """Give a `Tell` that shows what it is told until the block ends."""
    if not console.is_terminal:
        yield _Lines(console).tell
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.fields[stage]}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[detail]}", style="dim", markup=False),
        TimeElapsedColumn(),
        TextColumn("[dim]left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bar(progress).tell


class _Lines:
    """One line for each new stage and each quarter of it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: tuple[str, str, int] | None = None

    def tell(self, name: str, stage: str, percent: float | None, detail: str) -> None:
        step = (name, stage, int((percent or 0) // 25))
        if step != self._last:
            self._last = step
            share = f" {percent:.0f} %" if percent else ""
            self._console.print(f"{name}: {stage}{share} {detail}".rstrip(), markup=False)


class _Bar:
    """A line that stays for each stage that is over, and a bar for the one under way."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._shown: tuple[str, str] | None = None

    def tell(self, name: str, stage: str, percent: float | None, detail: str) -> None:
        if (name, stage) != self._shown:
            if self._task is not None and self._shown is not None:
                self._progress.remove_task(self._task)
                self._progress.console.print("✓ {}: {}".format(*self._shown), markup=False)
            self._shown = (name, stage)
            self._task = self._progress.add_task("", total=100, stage=stage, detail=detail)
        assert self._task is not None
        self._progress.update(self._task, completed=percent or 0, detail=detail)
