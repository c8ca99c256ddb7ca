"""Progress for people: a line that is drawn again where it can be, a line a stage where the output is piped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from vcp.domain.text import wording
from vcpctl.demo.pace import Pace
from vcpctl.screen import printable, shortened

#: What a watcher is told: whose stage it is (empty: the demo's own), the stage, percent (None if unknown), a detail.
#: An empty stage: the one before came to no good end.
Tell = Callable[[str, str, float | None, str], None]

#: In a file: a line at least this often while something moves.
_LINE_EVERY_SECONDS = 60.0
_QUARTER = 25
_REDRAWS_A_SECOND = 8
_BAR = (8, 30)
_NAME_SHARE = 0.5


@dataclass
class _Stage:
    """One stage of one video, as it was told last."""

    name: str
    words: str
    began: float
    percent: float | None = None
    detail: str = ""
    pace: Pace = field(default_factory=Pace)

    def told(self, percent: float | None, detail: str, now: float) -> None:
        self.percent, self.detail = percent, detail
        if percent is not None:
            self.pace.saw(percent, now)

    def left(self, now: float) -> str:
        seconds = self.pace.left(now)
        return "" if seconds is None else f"{wording.duration(max(1, round(seconds)))} left"


@contextmanager
def watching(console: Console, *, animated: bool, clock: Callable[[], float] = time.monotonic) -> Iterator[Tell]:
    """Give a `Tell` that shows what it is told until the block ends. `clock` tells seconds and never goes back."""
    if not animated:
        yield _Lines(console, clock).tell
        return
    line = _Line(console, clock)
    with Live(line, console=console, transient=True, refresh_per_second=_REDRAWS_A_SECOND):
        yield line.tell


class _Lines:
    """One line for each new stage, each quarter of it, and each minute in which it moved."""

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._stage: _Stage | None = None
        self._quarter = 0
        self._said: tuple[float, float | None] = (0.0, None)

    def tell(self, name: str, words: str, percent: float | None, detail: str) -> None:
        now = self._clock()
        stage, is_new = self._stage, False
        if stage is None or (stage.name, stage.words) != (name, words):
            stage, is_new = _Stage(name, words, now), True
            self._stage = stage
        stage.told(percent, detail, now)
        quarter = int((percent or 0) // _QUARTER)
        is_due = now - self._said[0] >= _LINE_EVERY_SECONDS and percent != self._said[1]
        if words and (is_new or quarter != self._quarter or is_due):
            self._quarter, self._said = quarter, (now, percent)
            self._console.print(_sentence(stage, now), markup=False)


def _sentence(stage: _Stage, now: float) -> str:
    told = f"{stage.name}: {stage.words}" if stage.name else stage.words
    told += f" {stage.percent:.0f} %" if stage.percent else ""
    return printable(", ".join(part for part in (told, stage.detail, stage.left(now)) if part))


class _Line:
    """A line that stays for each stage that is over, and one that moves for the stage under way."""

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._stage: _Stage | None = None

    def tell(self, name: str, words: str, percent: float | None, detail: str) -> None:
        now = self._clock()
        if self._stage is None or (self._stage.name, self._stage.words) != (name, words):
            if self._stage is not None:
                self._console.print(self._over(self._stage, now, came_to_good=bool(words)))
            self._stage = _Stage(name, words, now)
        self._stage.told(percent, detail, now)

    def _over(self, stage: _Stage, now: float, *, came_to_good: bool) -> Text:
        if not stage.words:
            return Text(end="")
        name = f"{shortened(stage.name, int(self._console.width * _NAME_SHARE))}: " if stage.name else ""
        took = now - stage.began
        took_words = f" ({wording.duration(round(took))})" if took >= 1 else ""
        if came_to_good:
            mark = ("✓" if _speaks_unicode(self._console.options) else "*", "green")
        else:
            mark = ("✗" if _speaks_unicode(self._console.options) else "x", "red")
        return Text.assemble(mark, " ", printable(f"{name}{stage.words}"), (took_words, "dim"))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self._stage is not None and self._stage.words:
            yield _moving(self._stage, self._clock(), options)


def _moving(stage: _Stage, now: float, options: ConsoleOptions) -> Text:
    """The moving line in at most the width that there is: first goes the detail, then the bar, then the stage's end."""
    frames, full, empty = ("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "█", "░") if _speaks_unicode(options) else ("|/-\\", "#", ".")
    spinner = frames[int(now * _REDRAWS_A_SECOND) % len(frames)]
    words = printable(stage.words)
    if stage.percent is None:
        return Text.assemble((spinner, "cyan"), " ", shortened(words, options.max_width - 2), overflow="crop")
    figures = f"{stage.percent:3.0f} %"
    left = stage.left(now)
    detail = printable(stage.detail)
    room = options.max_width - len(f"{spinner} {words}  {figures}  {left}")
    if shows_detail := bool(detail) and room - len(detail) - 2 >= _BAR[0]:
        room -= len(detail) + 2
    bar = ""
    if room > _BAR[0]:
        cells = min(room - 1, _BAR[1])
        done = round(cells * min(stage.percent, 100) / 100)
        bar = full * done + empty * (cells - done) + " "
    words = shortened(words, max(1, options.max_width - len(f"{spinner}  {bar} {figures}  {left}")))
    line = Text.assemble((spinner, "cyan"), f" {words} ", (bar, "cyan"), f" {figures}", overflow="crop")
    if left:
        line.append(f"  {left}")
    if shows_detail:
        line.append(f"  {detail}", style="dim")
    line.no_wrap = True
    return line


def _speaks_unicode(options: ConsoleOptions) -> bool:
    return not options.ascii_only
