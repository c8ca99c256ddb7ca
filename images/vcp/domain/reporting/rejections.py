"""What becomes of a video that the encoder gave up on, or whose result did not pass: in words for its maker."""

from __future__ import annotations

from vcp.domain.errors import PermanentError, Rejection
from vcp.domain.text import wording
from vcp.domain.verification.measurements import Measurements
from vcp.domain.verification.verdict import Verdict

_DAMAGED = (
    "The video is damaged inside or cut off: the encoder could not read it to its end. Play it to its end, export it "
    "again from its project or its camera, and upload that."
)
#: MediaConvert's codes that are about the source file (user guide, "Error codes"), in words. All others are about
#: settings, permissions or the service, and an operator has to look.
_ABOUT_THE_SOURCE = {
    1020: "The encoder found no picture in this file. Export the video as H.264 in an MP4 and upload that.",
    1021: "The encoder found neither picture nor sound in this file. Export the video as H.264 in an MP4 and upload "
    "that.",
    1030: "The encoder does not read the picture or the sound of this file. Export the video as H.264 with AAC sound "
    "in an MP4 and upload that.",
    1075: _DAMAGED,
    1076: _DAMAGED,
}
#: The checks that a source whose end is missing fails.
_LENGTHS = ("duration", "picture_duration")


def encoder_gave_up(code: int | None, detail: str) -> PermanentError:
    """The error for a job that ended without a result; a `Rejection` where the file itself is the reason."""
    name = f"mediaconvert_{code or 'error'}"
    sentence = _ABOUT_THE_SOURCE.get(code or 0)
    if sentence is not None:
        return Rejection(name, sentence, detail)
    return PermanentError(name, "The video could not be compressed: the encoder gave up on it.", detail)


def not_delivered(verdict: Verdict, measured: Measurements, expected_seconds: float) -> Rejection:
    """The refusal of a result that failed its verdict.

    Args:
        verdict: one that did not pass.
        measured: what was measured of the result.
        expected_seconds: how long the source says that it is.
    """
    detail = "; ".join(f"{c.name}: expected {c.expected}, measured {c.measured}" for c in verdict.failures)
    too_short = next((check for check in verdict.failures if check.name in _LENGTHS), None)
    if too_short is not None:
        said, seen = wording.duration(expected_seconds), wording.duration(_shortest(measured))
        if _shortest(measured) < expected_seconds and said != seen:
            return Rejection(
                f"verdict_{too_short.name}",
                f"The video says that it lasts {said}, but only {seen} of it could be compressed, so the result was "
                "not delivered. The original is probably cut off or damaged: play it to its end, export it again and "
                "upload that.",
                detail,
            )
    worst = verdict.failures[0]
    return Rejection(
        f"verdict_{worst.name}",
        f"The compressed file is not as promised and was not delivered: its {worst.name.replace('_', ' ')} should be "
        f"{worst.expected} and is {worst.measured}.",
        detail,
    )


def _shortest(measured: Measurements) -> float:
    """Of the whole result and its picture, in seconds."""
    facts = measured.facts
    picture = facts.picture.duration_seconds if facts.video else None
    return min(facts.duration_seconds, facts.duration_seconds if picture is None else picture)
