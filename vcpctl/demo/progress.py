"""Progress for people: a bar that moves on a terminal, lines in a pipe or a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from vcp.domain.text import wording
from vcpctl.screen import printable, shortened

#: Called with a video's name (empty: the demo itself), its stage, the percent done (None: unknown) and a detail.
#: An empty stage: the stage before it failed.
ReportProgress = Callable[[str, str, float | None, str], None]

#: Lines in a pipe: one for each stage, each quarter, and each minute in which the percent changed.
_QUARTER = 25
_LINE_EVERY_SECONDS = 60.0
#: Percents of a long encode arrive minutes apart; rich estimates the speed from the samples of this period.
_SPEED_PERIOD_SECONDS = 600.0
#: Width of the terminal from which there is room for the bar, and for the detail.
_BAR_FROM, _DETAIL_FROM = 60, 80
_BAR_WIDTH = 20


@contextmanager
def show_progress(
    console: Console, *, animated: bool, clock: Callable[[], float] = time.monotonic
) -> Iterator[ReportProgress]:
    """Yield a function that shows the progress reported to it. `clock` returns monotonic seconds."""
    progress = Progress(
        *_columns(console),
        console=console,
        transient=True,
        disable=not animated,
        get_time=clock,
        speed_estimate_period=_SPEED_PERIOD_SECONDS,
    )
    with progress:
        yield (_Bar(progress) if animated else _Lines(progress)).report


def _columns(console: Console) -> Iterator[SpinnerColumn | TextColumn | BarColumn | TimeRemainingColumn]:
    yield SpinnerColumn("line" if console.options.ascii_only else "dots", style="cyan")
    yield _Cropped("{task.description}", markup=False, table_column=Column(no_wrap=False))
    if console.width >= _BAR_FROM:
        yield BarColumn(_BAR_WIDTH, complete_style="cyan")
    yield _Percent("{task.percentage:3.0f} %")
    yield TimeRemainingColumn()
    if console.width >= _DETAIL_FROM:
        yield TextColumn("{task.fields[detail]}", style="dim", markup=False)


class _Cropped(TextColumn):
    """Text in one line; the column gives way when the terminal is too narrow."""

    def render(self, task: Task) -> Text:
        text = super().render(task)
        text.no_wrap, text.overflow = True, "ellipsis"
        return text


class _Percent(TextColumn):
    def render(self, task: Task) -> Text:
        return Text() if task.total is None else super().render(task)


class _Stages:
    """The current stage, as the only task of a rich `Progress`."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.name = self.stage = ""
        self.task: Task | None = None

    def report(self, name: str, stage: str, percent: float | None, detail: str) -> None:
        if is_new := (name, stage) != (self.name, self.stage):
            if self.task is not None:
                self.finished(self.task, failed=not stage)
                self.progress.remove_task(self.task.id)
            self.name, self.stage, self.task = name, stage, None
            if stage:
                added = self.progress.add_task(printable(stage), total=None, detail="")
                self.task = next(task for task in self.progress.tasks if task.id == added)
        if self.task is not None:
            total = None if percent is None else 100.0
            self.progress.update(self.task.id, completed=percent, total=total, detail=printable(detail))
            self.updated(self.task, is_new=is_new)

    def finished(self, task: Task, *, failed: bool) -> None: ...

    def updated(self, task: Task, *, is_new: bool) -> None: ...


class _Bar(_Stages):
    """Prints a line with a check mark for each finished stage; rich draws the current one."""

    def finished(self, task: Task, *, failed: bool) -> None:
        console = self.progress.console
        marks = "*x" if console.options.ascii_only else "✓✗"
        mark = (marks[1], "red") if failed else (marks[0], "green")
        name = f"{shortened(self.name, console.width // 2)}: " if self.name else ""
        took = f" ({wording.duration(round(task.elapsed))})" if task.elapsed and task.elapsed >= 1 else ""
        console.print(Text.assemble(mark, " ", printable(f"{name}{self.stage}"), (took, "dim")))


class _Lines(_Stages):
    """Prints a line when something has changed."""

    printed_at = 0.0
    printed_percent: float | None = None

    def updated(self, task: Task, *, is_new: bool) -> None:
        now = self.progress.get_time()
        percent = None if task.total is None else task.completed
        is_due = now - self.printed_at >= _LINE_EVERY_SECONDS and percent != self.printed_percent
        quarters = [(at or 0) // _QUARTER for at in (percent, self.printed_percent)]
        if not (is_new or is_due or quarters[0] != quarters[1]):
            return
        self.printed_at, self.printed_percent = now, percent
        text = f"{self.name}: {self.stage}" if self.name else self.stage
        text += f" {percent:.0f} %" if percent else ""
        left = f"{wording.duration(task.time_remaining)} left" if task.time_remaining else ""
        line = ", ".join(part for part in (text, task.fields["detail"], left) if part)
        self.progress.console.print(printable(line), markup=False)
