"""From what a file holds and what is promised to what becomes of it: every number with its reason."""

from __future__ import annotations

from vcp.domain.errors import PermanentError, Rejection
from vcp.domain.model.contract import Contract
from vcp.domain.model.encoder_tables import EncoderTables
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning import size_budget
from vcp.domain.planning.audio_tracks import bitrate_tiers, plan_track
from vcp.domain.planning.correction import Correction
from vcp.domain.planning.explanation import Choice, Task, losses, reasons, too_long
from vcp.domain.planning.picture import frame_rate, picture_plan, rates_for
from vcp.domain.planning.picture_size import Size, sizes
from vcp.domain.planning.plan import Plan, Reason
from vcp.domain.source.supported_inputs import check_input
from vcp.domain.text import wording

__all__ = ["Correction", "plan"]


def plan(
    facts: MediaFacts,
    source_bytes: int,
    contract: Contract,
    tables: EncoderTables,
    revision: int = 1,
    correction: Correction | None = None,
) -> Plan:
    """The plan for one video.

    Args:
        facts: what ffprobe found in the source.
        source_bytes: size of the whole source file.
        contract: what the result promises.
        tables: the figures behind the decisions.
        revision: 1, or 2 for the one corrective plan, which needs `correction`.
        correction: what was measured of the first plan's result.

    Raises:
        Rejection: when no result can keep the promise, with a sentence that says what would (`no_video`,
            `container_not_supported`, `codec_not_supported`, `audio_codec_not_supported`, `too_long_for_limit`,
            `audio_layout_not_supported`, `picture_too_small`, `picture_too_wide`, `quality_not_reachable`).
        PermanentError: `nothing_to_correct` when a second plan cannot mend what failed.
        ValueError: when `revision` and `correction` do not go together.
    """
    if (revision == 1) != (correction is None):
        raise ValueError(f"revision {revision} {'needs a' if correction is None else 'takes no'} correction")
    if not facts.video:
        raise Rejection("no_video", "There is no video in this file.")
    check_input(facts, tables.inputs)
    task = Task(
        facts=facts,
        source_bytes=source_bytes,
        contract=contract,
        tables=tables,
        seconds=size_budget.seconds_of_output(facts.duration_seconds, tables),
        rate=frame_rate(facts.picture, tables.video),
    )
    first = _made(task)
    return first if correction is None else _second(task, first, revision, correction)


def _second(task: Task, first: Plan, revision: int, correction: Correction) -> Plan:
    if not correction.may_help:
        raise PermanentError(
            "nothing_to_correct",
            "The result is wrong in a way that compressing it again would not change.",
            ", ".join(correction.failed_checks),
        )
    factor, step = correction.budget_factor(first), correction.level_step(first)
    if factor < 1:
        why = f"the first result was larger than planned: the picture gets {factor:.1%} of its share"
        reason = Reason(what="second plan", value="less for the picture", why=why)
        return _made(task, revision, most_video_bytes=int(first.budget.video_bytes * factor), extra=reason)
    if step == 0:
        raise Rejection(
            "quality_not_reachable",
            f"Below {wording.size(task.contract.limit_bytes)} this video does not reach the quality that was asked "
            "for. A shorter cut, or a higher limit, would.",
            f"measured {correction.measured_bytes} bytes",
        )
    why = "the first result was below the quality that was asked for, with bytes to spare"
    reason = Reason(what="second plan", value=f"{step} quality level higher", why=why)
    return _made(task, revision, level_step=step, extra=reason)


def _made(
    task: Task,
    revision: int = 1,
    most_video_bytes: int | None = None,
    level_step: int = 0,
    extra: Reason | None = None,
) -> Plan:
    choice = _choose(task, most_video_bytes)
    rates = rates_for(
        task.facts, task.source_bytes, choice.size, choice.budget, task.seconds, task.rate, task.tables, level_step
    )
    choice = choice.with_video_bytes(rates.most_bytes)
    return Plan(
        revision=revision,
        video=picture_plan(task.facts, choice.size, rates, task.rate, task.tables),
        audio=choice.audio,
        budget=choice.budget,
        planned_max_bytes=size_budget.planned_max_bytes(choice.budget),
        expected_duration_seconds=task.facts.duration_seconds,
        losses=losses(task, choice),
        reasons=(*reasons(task, choice, rates), *((extra,) if extra else ())),
    )


def _choose(task: Task, most_video_bytes: int | None) -> Choice:
    """The largest picture that looks better than the next smaller one at the rate it gets; else the least one.

    Sound gets its usual bit rates unless thriftier ones make the difference for the picture.
    """
    candidates = sizes(task.facts.picture, task.contract, task.tables.video)
    fps = float(task.rate)
    splits = [_split(task, candidates, thrift, most_video_bytes) for thrift in bitrate_tiers(task.tables.audio)]
    for size in candidates:
        keep = task.tables.target_bps(size.pixels, fps)
        for choice in splits:
            if size_budget.video_bps(choice.budget, task.seconds) >= keep:
                return choice.with_size(size)
    thriftiest = splits[-1]
    if size_budget.video_bps(thriftiest.budget, task.seconds) < task.tables.min_bps(thriftiest.size.pixels, fps):
        raise too_long(task, thriftiest)
    return thriftiest


def _split(task: Task, candidates: tuple[Size, ...], thrift: int, most_video_bytes: int | None) -> Choice:
    """The limit divided at one level of thrift, for the least picture."""
    audio = tuple(plan_track(track, task.tables.audio, thrift) for track in task.facts.audio)
    budget = size_budget.divide(task.contract.limit_bytes, task.seconds, float(task.rate), audio, task.tables)
    choice = Choice(candidates[-1], candidates, audio, budget, thrifty=thrift > 0)
    if most_video_bytes is None:
        return choice
    return choice.with_video_bytes(min(budget.video_bytes, most_video_bytes))
