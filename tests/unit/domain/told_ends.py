"""The ends of a video whose every word is recorded (see told.py): verdicts, mails, rows, receipts, prices, events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from tests.unit.domain.told import as_json, verdict_in_words
from tests.unit.domain.told_cases import planned
from tests.unit.domain.verification.test_verify import CONTRACT, SOURCE, judged, with_picture, with_sound
from tests.unit.domain.worlds import NOON, TABLES, delivered, film, limited, record, recorded, sound
from vcp.domain.errors import VcpError
from vcp.domain.mediaconvert.job_event import JobEvent, parse_job_event, to_event
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning import price
from vcp.domain.planning.planner import plan
from vcp.domain.reporting.mails import Links, mail
from vcp.domain.reporting.rejections import encoder_gave_up, not_delivered
from vcp.domain.verification.measurements import Measurements
from vcp.domain.video.record import Job, Problem, VideoRecord
from vcp.domain.video.states import State

VERDICTS: dict[str, Callable[[], str]] = {
    "as planned": lambda: verdict_in_words(judged()),
    "measured nowhere": lambda: verdict_in_words(
        judged(measures={"fast_start": None, "vmaf_mean": None, "vmaf_min": None, "sync_ms": None})
    ),
    "sync measured with a reason why not": lambda: verdict_in_words(
        judged(measures={"sync_ms": None, "sync_why_not": "no beep was found"})
    ),
    "without a floor": lambda: verdict_in_words(judged(contract=limited(75_000_000), measures={"vmaf_min": None})),
    "all wrong": lambda: verdict_in_words(
        judged(
            video=(),
            audio=(),
            container="avi",
            major_brand=None,
            duration_seconds=1.0,
            measures={"size_bytes": 80_000_000, "fast_start": False, "vmaf_mean": 10.0, "sync_ms": -99.5},
        )
    ),
    "a wrong picture": lambda: verdict_in_words(
        with_picture(
            codec="hevc",
            pixel_format=None,
            width=640,
            height=360,
            rotation=90,
            sample_aspect_ratio="4:3",
            field_order="interlaced",
            color_transfer="smpte2084",
            color_primaries="bt2020",
            frame_rate="25/1",
            variable_frame_rate=True,
            duration_seconds=None,
        )
    ),
    "a picture without words about colour": lambda: verdict_in_words(
        with_picture(color_transfer=None, color_primaries=None)
    ),
    "wrong sound": lambda: verdict_in_words(
        with_sound(
            {"codec": "ac3", "channels": 1, "language": None, "start_seconds": 0.7},
            {"duration_seconds": None, "start_seconds": None},
        )
    ),
    "sound that came late": lambda: verdict_in_words(
        judged(recorded("late_sound.mp4"), limited(5_000_000), {"size_bytes": 1})
    ),
    "sound that ends early": lambda: verdict_in_words(judged(film(tracks=(sound(seconds=40.0),)))),
    "sound that lasts": lambda: verdict_in_words(
        judged(recorded("long_sound.mp4"), limited(5_000_000), {"size_bytes": 1})
    ),
    "no sound": lambda: verdict_in_words(judged(recorded("silent.mp4"), limited(5_000_000), {"size_bytes": 1})),
    "a source that says no lengths": lambda: verdict_in_words(
        judged(film(tracks=(sound(seconds=60.0, duration_seconds=None),), duration_seconds=None))
    ),
    "from HDR": lambda: verdict_in_words(judged(recorded("hdr10.mp4"), limited(5_000_000), {"size_bytes": 1})),
}


def refused(error: VcpError) -> str:
    """As `told.said` writes what is raised."""
    raise error


def not_passed(shown: MediaFacts | None = None, **of_file: Any) -> str:
    """The refusal of a result that differs from the promise in this."""
    made = judged(**of_file)
    facts = shown or film(seconds=of_file.get("duration_seconds", 60.0))
    return refused(not_delivered(made, Measurements(facts=facts, size_bytes=1), 60.0))


REFUSALS: dict[str, Callable[[], str]] = {
    **{
        f"the encoder gave up, {code}": partial(lambda code: refused(encoder_gave_up(code, "job-1: no")), code)
        for code in (None, 1010, 1020, 1021, 1030, 1075, 1076)
    },
    "two things are wrong": lambda: not_passed(major_brand="qt", audio=()),
    "the file is too short": lambda: not_passed(duration_seconds=30.0),
    "the picture is too short": lambda: not_passed(film(duration_seconds=12.0), duration_seconds=59.0),
    "the file is too long": lambda: not_passed(duration_seconds=70.0),
    "too short by less than is said": lambda: not_passed(duration_seconds=59.8),
    "there is no picture": lambda: not_passed(film().but(video=()), video=(), duration_seconds=20.0),
}


def full() -> VideoRecord:
    """A delivered video with everything in it."""
    made = plan(SOURCE, 150_000_000, CONTRACT, TABLES)
    checks = judged(measures={"sync_ms": None, "fast_start": None})
    base = delivered(
        plan=made.but(losses=("the cover picture", "captions")),
        verdict=checks,
        cost_estimate_usd=0.05,
        cost_usd=0.04,
        source_facts=film(3840, 2160),
    )
    source = base.source.but(size_bytes=151_234_567)
    stored = base.stored.but(size_bytes=151_234_567, md5_matches_drive=True) if base.stored else None
    times = {**base.times, "verifying": NOON + timedelta(seconds=290.123456)}
    return base.but(source=source, stored=stored, times=times)


WORDS = Problem(code="too_long_for_limit", sentence="14 h at 5 GB leaves 0.7 Mbit/s: split it in two.", detail="x")
ENDS: dict[str, VideoRecord] = {
    "started": record(),
    "started again, of unknown size": record(attempt=2, source=record().source.but(size_bytes=None)),
    "completed": full(),
    "completed, with nothing known": record(State.COMPLETED),
    "completed, one check, no sound": delivered(
        verdict=judged(measures={"vmaf_mean": None}).but(checks=judged().checks[:1]),
        result=delivered().result.but(facts=recorded("silent.mp4"), vmaf_mean=None),  # type: ignore[union-attr]
        times={"completed": NOON},
    ),
    "completed, one track": delivered(result=delivered().result.but(facts=film())),  # type: ignore[union-attr]
    "skipped": record(State.SKIPPED, problem=Problem(code="within_limit", sentence="It needs nothing.")),
    "skipped without a word": record(State.SKIPPED),
    "rejected": record(State.REJECTED, problem=WORDS),
    **{
        f"rejected, {code}": record(State.REJECTED, problem=Problem(code=code, sentence="It is so."))
        for code in ("drive_file_changed", "drive_trashed", "verdict_size", "verdict_duration", "not_media")
    },
    "completed, of unknown size": delivered(stored=None, source=record().source.but(size_bytes=None)),
    "rejected without a word": record(State.REJECTED),
    "waiting": record(State.WAITING, problem=WORDS, due_at=NOON + timedelta(hours=20)),
    "waiting for nobody knows what": record(State.WAITING),
    "failed": record(State.FAILED, problem=WORDS),
    "failed without a word": record(State.FAILED),
    "cancelled": record(State.CANCELLED, problem=WORDS),
    "cancelled without a word": record(State.CANCELLED),
}


def mail_in_words(name: str) -> str:
    ended = ENDS[name]
    links = Links(original="https://o", compressed="https://c" if ended.result else None)
    letter = mail(name.split()[0].rstrip(","), ended, links)
    return f"Subject: {letter.subject}\n\n{letter.body}"


def cost_of(facts: MediaFacts, source_bytes: int | None = None, frame_rate: str | None = None) -> str:
    made = planned(facts)
    made = made.but(video=made.video.but(frame_rate=frame_rate))
    return as_json(price.estimate(made, facts, TABLES, source_bytes))


UNDER_WAY = record(
    State.TRANSCODING,
    job=Job(job_id="job-7", submitted_at=NOON),
    attempt=3,
    times={"queued": NOON, "transcoding": NOON + timedelta(minutes=1)},
)
EVENT = to_event(JobEvent(status="COMPLETE", job_id="job-7", video_id=UNDER_WAY.video_id, stack="test", attempt=3))


def event_read(**changes: Any) -> str:
    return as_json(parse_job_event({**EVENT, **changes}))
