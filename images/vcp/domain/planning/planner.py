"""Plan one video: from the properties of the source and the contract to encoder settings."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from msgspec import Struct
from msgspec.structs import replace

from vcp.domain.model.contract import Contract
from vcp.domain.model.encoder_tables import EncoderTables
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning import size_budget
from vcp.domain.planning.audio_tracks import bitrate_tiers, plan_track
from vcp.domain.planning.correction import Correction
from vcp.domain.planning.picture import Rates, frame_rate, picture_plan, rates_for
from vcp.domain.planning.picture_size import Size, sizes
from vcp.domain.planning.plan import AudioPlan, LargerSize, Plan, Rationale, SizeBudget, SizeCode
from vcp.domain.planning.rejection import PlanRejection
from vcp.domain.source.supported_inputs import check_input

#: Splitting a video into more parts than this is no useful advice.
_MAX_PARTS = 100


class Task(Struct, frozen=True):
    """The input of one plan, with the values derived from it."""

    facts: MediaFacts
    source_bytes: int
    contract: Contract
    tables: EncoderTables
    #: Maximum duration of the output.
    seconds: float
    #: Frame rate of the output.
    rate: Fraction


class Choice(Struct, frozen=True):
    """A frame size, one of `candidates` (in descending order), with the division of the limit that allows it."""

    size: Size
    candidates: tuple[Size, ...]
    audio: tuple[AudioPlan, ...]
    budget: SizeBudget
    reduced_audio: bool

    def with_size(self, size: Size) -> Choice:
        return replace(self, size=size)

    def with_video_bytes(self, video_bytes: int) -> Choice:
        return replace(self, budget=self.budget.but(video_bytes=video_bytes))


def plan(
    facts: MediaFacts,
    source_bytes: int,
    contract: Contract,
    tables: EncoderTables,
    correction: Correction | None = None,
) -> Plan:
    """Return the plan for one video.

    Args:
        facts: the properties of the source.
        source_bytes: size of the source file.
        contract: the requirements for the result.
        tables: the figures behind the decisions.
        correction: what the first plan's result lacked; makes this the second plan.

    Raises:
        PlanRejection: no plan meets the contract (see `rejection.Code`).
        Rejection: MediaConvert does not read the source (see `supported_inputs.check_input`).
    """
    if not facts.video:
        raise PlanRejection("no_video")
    check_input(facts, tables.inputs)
    task = Task(
        facts=facts,
        source_bytes=source_bytes,
        contract=contract,
        tables=tables,
        seconds=size_budget.seconds_of_output(facts.duration_seconds, tables),
        rate=frame_rate(facts.picture, tables.video),
    )
    first = _plan(task, _choose(task))
    return first if correction is None else _corrected(task, first, correction)


def _corrected(task: Task, first: Plan, correction: Correction) -> Plan:
    factor, step = correction.video_budget_factor(first), correction.quality_level_step(first)
    if factor < 1:
        second = _plan(task, _choose(task, int(first.budget.video_bytes * factor)))
        rationale = second.rationale.but(video_budget_factor=factor)
    elif step:
        second = _plan(task, _choose(task), step)
        rationale = second.rationale.but(quality_level_step=step)
    else:
        raise PlanRejection(
            "quality_not_reachable",
            limit_bytes=task.contract.limit_bytes,
            measured_bytes=correction.measured_bytes,
        )
    return second.but(revision=2, rationale=rationale)


def _plan(task: Task, choice: Choice, level_step: int = 0) -> Plan:
    rates = rates_for(
        task.facts, task.source_bytes, choice.size, choice.budget, task.seconds, task.rate, task.tables, level_step
    )
    budget = choice.budget.but(video_bytes=rates.max_bytes)
    return Plan(
        video=picture_plan(task.facts, choice.size, rates, task.rate, task.tables),
        audio=choice.audio,
        budget=budget,
        planned_max_bytes=size_budget.planned_max_bytes(budget),
        expected_duration_seconds=task.facts.duration_seconds,
        rationale=_rationale(task, choice, rates),
    )


def _choose(task: Task, max_video_bytes: int | None = None) -> Choice:
    """Choose the largest frame size that looks better than the next smaller one at its bit rate, else the smallest.

    The audio gets the highest bitrate tier that allows this size.
    """
    candidates = sizes(task.facts.picture, task.contract, task.tables.video)
    choices = [_choice(task, candidates, tier, max_video_bytes) for tier in bitrate_tiers(task.tables.audio)]
    for size in candidates:
        target_bps = _target_bps(task, size)
        for choice in choices:
            if size_budget.video_bps(choice.budget, task.seconds) >= target_bps:
                return choice.with_size(size)
    smallest = choices[-1]
    if size_budget.video_bps(smallest.budget, task.seconds) < _min_bps(task, smallest.size):
        raise _too_long(task, smallest)
    return smallest


def _choice(task: Task, candidates: tuple[Size, ...], tier: int, max_video_bytes: int | None) -> Choice:
    """Divide the limit for one audio bitrate tier; the frame size is the smallest candidate."""
    audio = tuple(plan_track(track, task.tables.audio, tier) for track in task.facts.audio)
    budget = size_budget.divide(task.contract.limit_bytes, task.seconds, float(task.rate), audio, task.tables)
    choice = Choice(candidates[-1], candidates, audio, budget, reduced_audio=tier > 0 and bool(audio))
    if max_video_bytes is None:
        return choice
    return choice.with_video_bytes(min(budget.video_bytes, max_video_bytes))


def _rationale(task: Task, choice: Choice, rates: Rates) -> Rationale:
    size, candidates = choice.size, choice.candidates
    code: SizeCode
    larger = None
    if size != candidates[0]:
        code = "minimum" if size == candidates[-1] else "bitrate"
        width, height = next_larger = candidates[candidates.index(size) - 1]
        larger = LargerSize(width=width, height=height, target_bps=_target_bps(task, next_larger))
    else:
        # Even sides: the source's own size may lose a line.
        code = "source" if size.short_side >= task.facts.picture.short_side - 1 else "codec_maximum"
    return Rationale(
        size=code,
        larger_size=larger,
        min_bps=_min_bps(task, size),
        target_bps=_target_bps(task, size),
        average_bitrate=rates.limited_by,
        reduced_audio=choice.reduced_audio,
    )


def _too_long(task: Task, choice: Choice) -> PlanRejection:
    """Return the rejection with the number of parts, if any, that would meet the contract."""
    facts, limit_bytes = task.facts, task.contract.limit_bytes
    min_bps = _min_bps(task, choice.size)
    max_seconds = size_budget.max_duration_seconds(limit_bytes, min_bps, float(task.rate), choice.audio, task.tables)
    parts = max(2, ceil(facts.duration_seconds / max_seconds)) if max_seconds >= 1 else None
    return PlanRejection(
        "too_long_for_limit",
        duration_seconds=facts.duration_seconds,
        limit_bytes=limit_bytes,
        video_bps=round(size_budget.video_bps(choice.budget, task.seconds)),
        min_bps=min_bps,
        short_side=choice.size.short_side,
        audio_tracks=len(choice.audio),
        max_seconds=round(max_seconds),
        parts=parts if parts is not None and parts <= _MAX_PARTS else None,
    )


def _min_bps(task: Task, size: Size) -> int:
    return task.tables.min_bps(size.pixels, float(task.rate))


def _target_bps(task: Task, size: Size) -> int:
    return task.tables.target_bps(size.pixels, float(task.rate))
