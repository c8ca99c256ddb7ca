"""Records in every outcome, as mails and rows report them."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.domain.samples import NOON, TABLES, delivered, film, lossy, record, recorded
from tests.unit.domain.verification.results import judged
from vcp.domain.model.contract import Contract
from vcp.domain.planning.planner import plan
from vcp.domain.video.record import Job, Problem, VideoRecord
from vcp.domain.video.states import State

TOO_LONG = Problem(
    code="too_long_for_limit",
    sentence="14 h at 5 GB leaves 0.6 Mbit/s for the picture, but 720p needs at least 1.2 Mbit/s. Split the video into "
    "two parts.",
    detail="video_bps=634803",
)


def _problem(code: str, sentence: str) -> Problem:
    return Problem(code=code, sentence=sentence)


def complete() -> VideoRecord:
    """Return a completed record with every field that a receipt shows."""
    base = delivered(
        source_facts=lossy(),
        plan=plan(lossy(), 150_000_000, Contract(), TABLES),
        verdict=judged(measures={"sync_ms": None, "fast_start": None}),
        cost_estimate_usd=0.05,
        cost_usd=0.04,
    )
    assert base.stored is not None
    return base.but(
        source=base.source.but(size_bytes=151_234_567),
        stored=base.stored.but(size_bytes=151_234_567, md5_matches_drive=True),
        times={**base.times, "verifying": NOON + timedelta(seconds=290.123456)},
    )


def _without_audio() -> VideoRecord:
    base = delivered(verdict=judged().but(checks=judged().checks[:1]), times={"completed": NOON})
    assert base.result is not None
    return base.but(result=base.result.but(facts=recorded("silent.mp4"), vmaf_mean=None))


def _tracks_of_one_language() -> VideoRecord:
    base = delivered()
    assert base.result is not None
    english, french = base.result.facts.audio
    unknown = english.but(language=None)
    audio = (english, unknown, french.but(language="fra"), unknown, unknown)
    return base.but(result=base.result.but(facts=base.result.facts.but(audio=audio)))


#: Name, which begins with the kind of mail -> record.
OUTCOMES: dict[str, VideoRecord] = {
    "started": record(),
    "started, second attempt, size unknown": record(attempt=2, source=record().source.but(size_bytes=None)),
    "completed": complete(),
    "completed, without details": record(State.COMPLETED),
    "completed, without audio": _without_audio(),
    "completed, several tracks of one language": _tracks_of_one_language(),
    "completed, size unknown": delivered(stored=None, source=record().source.but(size_bytes=None)),
    "skipped": record(State.SKIPPED, problem=_problem("within_limit", "The file is already small enough.")),
    "skipped, without a reason": record(State.SKIPPED),
    "rejected": record(State.REJECTED, problem=TOO_LONG),
    "rejected, incomplete upload": record(State.REJECTED, problem=_problem("drive_file_changed", "It changed.")),
    "rejected, fault in Drive": record(State.REJECTED, problem=_problem("drive_trashed", "It is in the trash.")),
    "rejected, failed verdict": record(State.REJECTED, problem=_problem("verdict_size", "It failed a check.")),
    "rejected, truncated": record(State.REJECTED, problem=_problem("verdict_duration", "It is cut off.")),
    "rejected, without a reason": record(State.REJECTED),
    "waiting": record(
        State.WAITING,
        problem=_problem("drive_quota", "Google Drive allows no more downloads today."),
        due_at=NOON + timedelta(hours=20),
    ),
    "waiting, without a reason": record(State.WAITING),
    "failed": record(State.FAILED, problem=_problem("mediaconvert_1010", "The encoder could not compress this video.")),
    "failed, without a reason": record(State.FAILED),
    "cancelled": record(State.CANCELLED, problem=_problem("superseded", "A newer version replaced it.")),
    "cancelled, without a reason": record(State.CANCELLED),
}

#: A video in its third attempt, with a running MediaConvert job.
TRANSCODING = record(
    State.TRANSCODING,
    job=Job(job_id="job-7", submitted_at=NOON),
    attempt=3,
    source_facts=film(),
    times={"queued": NOON, "transcoding": NOON + timedelta(minutes=1)},
)
