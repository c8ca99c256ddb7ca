"""The errors for a video whose MediaConvert job failed, or whose result failed the verdict."""

from __future__ import annotations

from vcp.domain.errors import PermanentError, Rejection
from vcp.domain.text import wording
from vcp.domain.verification.measurements import Measurements
from vcp.domain.verification.verdict import Verdict

_DAMAGED = (
    "The video is damaged or cut off: the encoder could not read it to the end. Check that it plays to the end, export "
    "it again, and upload that."
)
#: MediaConvert's error codes that concern the source file (user guide, "Error codes"). All others concern settings,
#: permissions or the service, and need an operator.
_SOURCE_ERRORS = {
    1020: "The encoder found no video in this file. Export it as an MP4 with H.264 video and upload that.",
    1021: "The encoder found neither video nor audio in this file. Export it as an MP4 with H.264 video and upload "
    "that.",
    1030: "The encoder does not support the video or audio format of this file. Export it as an MP4 with H.264 video "
    "and AAC audio and upload that.",
    1075: _DAMAGED,
    1076: _DAMAGED,
}
#: A truncated source fails these checks.
_DURATION_CHECKS = ("duration", "picture_duration")


def failed_job(code: int | None, detail: str) -> PermanentError:
    """Return the error for a failed job; a `Rejection` if the file is the cause."""
    name = f"mediaconvert_{code or 'error'}"
    sentence = _SOURCE_ERRORS.get(code or 0)
    if sentence is not None:
        return Rejection(name, sentence, detail)
    return PermanentError(name, "The encoder could not compress this video.", detail)


def failed_verdict(verdict: Verdict, measured: Measurements, expected_seconds: float) -> Rejection:
    """Return the rejection of a result that failed its verdict.

    Args:
        verdict: one that did not pass.
        measured: the measurements of the result.
        expected_seconds: the nominal duration of the source.
    """
    detail = "; ".join(f"{c.name}: expected {c.expected}, measured {c.measured}" for c in verdict.failures)
    too_short = next((check for check in verdict.failures if check.name in _DURATION_CHECKS), None)
    if too_short is not None:
        seconds = _shortest(measured)
        nominal, actual = wording.duration(expected_seconds), wording.duration(seconds)
        if seconds < expected_seconds and nominal != actual:
            return Rejection(
                f"verdict_{too_short.name}",
                f"The video should last {nominal}, but only {actual} could be compressed, so the result was not "
                "delivered. The original is probably cut off or damaged: check that it plays to the end, export it "
                "again, and upload that.",
                detail,
            )
    first = verdict.failures[0]
    failure = f"the {first.label} should be {first.expected}, but is {first.measured}"
    if first.name == "picture":
        failure = "it has no video track"
    sentence = f"The compressed file failed a check and was not delivered: {failure}."
    return Rejection(f"verdict_{first.name}", sentence, detail)


def _shortest(measured: Measurements) -> float:
    """Return the duration of the whole result or of its video track, whichever is shorter."""
    facts = measured.facts
    picture = facts.picture.duration_seconds if facts.video else None
    return min(facts.duration_seconds, facts.duration_seconds if picture is None else picture)
