"""A plan in words: why each number is what it is, what is lost, and what would fit where nothing does."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from msgspec import Struct
from msgspec.structs import replace

from vcp.domain.errors import Rejection
from vcp.domain.model.contract import Contract
from vcp.domain.model.encoder_tables import EncoderTables
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning import audio_tracks, size_budget
from vcp.domain.planning.picture import Rates, picture_reasons
from vcp.domain.planning.picture_size import Size
from vcp.domain.planning.plan import AudioPlan, Reason, SizeBudget
from vcp.domain.text import wording

#: Beyond this a number of parts is no advice any more.
_MOST_PARTS = 100


class Task(Struct, frozen=True):
    """What is planned: given things, and what follows from them at once."""

    facts: MediaFacts
    source_bytes: int
    contract: Contract
    tables: EncoderTables
    #: Length of the output at most.
    seconds: float
    #: Frames a second of the output.
    rate: Fraction


class Choice(Struct, frozen=True):
    """A picture size out of `candidates` (from the largest down) and a split of the limit that go together."""

    size: Size
    candidates: tuple[Size, ...]
    audio: tuple[AudioPlan, ...]
    budget: SizeBudget
    #: Whether sound got less than usual.
    thrifty: bool

    def with_size(self, size: Size) -> Choice:
        return replace(self, size=size)

    def with_video_bytes(self, video_bytes: int) -> Choice:
        return replace(self, budget=self.budget.but(video_bytes=video_bytes))


def reasons(task: Task, choice: Choice, rates: Rates) -> tuple[Reason, ...]:
    """Every decision of a plan, in the order in which people ask."""
    size, budget = choice.size, choice.budget
    found = [
        Reason(what="picture size", value=f"{size.width}x{size.height}", why=_why_size(task, choice, rates)),
        *picture_reasons(task.facts.picture, rates, task.rate),
    ]
    for track, made in zip(task.facts.audio, choice.audio, strict=True):
        found.append(audio_tracks.reason(track, made))
    if choice.thrifty and choice.audio:
        found.append(Reason(what="sound", value="less than usual", why="the picture needs the bytes more"))
    shares = (
        f"picture {wording.size(budget.video_bytes)}, sound {wording.size(budget.audio_bytes)}, tables "
        f"{wording.size(budget.container_bytes)}, and half of the margin of {wording.size(budget.margin_bytes)}"
    )
    why = f"{shares}, over {wording.duration(task.seconds)}; the limit is {wording.size(budget.limit_bytes)}"
    size_at_most = wording.size(size_budget.planned_max_bytes(budget))
    return (*found, Reason(what="planned maximum size", value=size_at_most, why=why))


def losses(task: Task, choice: Choice) -> tuple[str, ...]:
    """What the source has and the result will not."""
    facts, picture = task.facts, task.facts.picture
    lost = []
    if len(facts.video) > 1:
        lost.append(f"{len(facts.video) - 1} further picture track(s): only the first is kept")
    if facts.attached_pictures:
        lost.append("the cover picture")
    for track, made in zip(facts.audio, choice.audio, strict=True):
        lost += audio_tracks.losses(track, made)
    for caption in facts.captions:
        language = f" in {caption.language}" if caption.language else ""
        lost.append(f"captions{language} ({wording.codec(caption.codec)}): they are not carried over")
    if facts.timecode:
        lost.append(f"the start timecode {facts.timecode}: the result starts at zero")
    if task.rate < Fraction(picture.frame_rate) and not picture.variable_frame_rate:
        lost.append(f"frames: {picture.frames_per_second:g} a second become {float(task.rate):g}")
    if picture.is_hdr:
        lost.append("high dynamic range: brightness and colours are mapped to what every screen shows")
    return tuple(lost)


def too_long(task: Task, choice: Choice) -> Rejection:
    """The refusal that says what would fit."""
    facts, tables, fps = task.facts, task.tables, float(task.rate)
    limit_bytes = task.contract.limit_bytes
    least = tables.min_bps(choice.size.pixels, fps)
    share = size_budget.video_bps(choice.budget, task.seconds)
    left = wording.bit_rate(share) if share > 0 else "nothing"
    fits = size_budget.longest_that_fits(limit_bytes, least, fps, choice.audio, tables)
    parts = max(2, ceil(facts.duration_seconds / fits)) if fits >= 1 else _MOST_PARTS + 1
    remedy = f"split it in {wording.count(parts)}" if parts <= _MOST_PARTS else "a higher limit is needed"
    return Rejection(
        "too_long_for_limit",
        f"{wording.duration(facts.duration_seconds)} at {wording.size(limit_bytes)} leaves {left} for the picture; "
        f"the least for {choice.size.short_side}p is {wording.bit_rate(least)}: {remedy}.",
        f"share {share:.0f} bit/s, least {least} bit/s, {len(choice.audio)} audio tracks, {fits:.0f} s would fit",
    )


def _why_size(task: Task, choice: Choice, rates: Rates) -> str:
    size, fps, tables = choice.size, float(task.rate), task.tables
    spent = rates.max_average_bitrate_bps or rates.max_bitrate_bps
    left = f"{wording.bit_rate(spent)} {'on average ' if rates.max_average_bitrate_bps else ''}may be spent"
    if size == choice.candidates[0]:
        picture = task.facts.picture
        whose = "the source's own size" if size.short_side >= picture.short_side - 1 else "the largest H.264 has for it"
        return f"{whose}: {left}, and it is worth keeping from {_keep(tables, size, fps)} on"
    larger = choice.candidates[choice.candidates.index(size) - 1]
    least = "" if size != choice.candidates[-1] else "; this is the least that is promised"
    return f"{left}; {larger.width}x{larger.height} would need {_keep(tables, larger, fps)} to look better{least}"


def _keep(tables: EncoderTables, size: Size, fps: float) -> str:
    return wording.bit_rate(tables.target_bps(size.pixels, fps))
