"""Mails to the people behind a video: plain text, as SNS sends it, without a word that only operators know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Annotated

from msgspec import Meta

from vcp.domain.mediaconvert.metadata_text import plain_ascii
from vcp.domain.text import wording
from vcp.domain.value import Value
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import State

#: SNS: under 100 characters, ASCII, no line breaks (API reference, Publish).
_LONGEST_SUBJECT = 99
#: State -> the mail that entering it calls for; states in between are nobody's concern.
_KINDS = {
    State.QUEUED: "started",
    State.COMPLETED: "completed",
    State.SKIPPED: "skipped",
    State.REJECTED: "rejected",
    State.WAITING: "waiting",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}


class Links(Value):
    """Where the files are; `compressed` is None before there is a result."""

    original: str
    compressed: str | None = None


class Mail(Value):
    subject: Annotated[str, Meta(min_length=1, max_length=_LONGEST_SUBJECT, pattern=r"^[\x20-\x7e]+\Z")]
    body: str


def mail_kinds(before: State | None, record: VideoRecord) -> list[str]:
    """Kinds of mail that a change calls for: one where the state was entered just now, else none.

    `before` is the state before the change, None for a video that was not known. A video that goes back to the
    queue from waiting has been announced already.
    """
    if before is record.state or (before is State.WAITING and record.state is State.QUEUED):
        return []
    kind = _KINDS.get(record.state)
    return [kind] if kind else []


def mail(kind: str, record: VideoRecord, links: Links) -> Mail:
    """The mail of a kind that `mail_kinds` names. Raises `LookupError` for any other."""
    if kind not in _WRITERS:
        raise LookupError(f"no mail of kind {kind!r}; known are {', '.join(_WRITERS)}")
    opening, paragraphs = _WRITERS[kind](record)
    where = [f"Result:   {links.compressed}"] if links.compressed else []
    where.append(f"Original: {links.original} (never changed)")
    body = "\n\n".join([*paragraphs, "\n".join(where), f"Video ID: {record.video_id}, attempt {record.attempt}"])
    return Mail(subject=_subject(opening, record.source.name), body=body + "\n")


def _subject(opening: str, name: str) -> str:
    room = _LONGEST_SUBJECT - len(opening) - 2
    plain = " ".join(plain_ascii(name).split()) or "video"
    if len(plain) > room:
        tail = plain[-room // 3 :]
        plain = f"{plain[: room - len(tail) - 3]}...{tail}"
    return f"{opening}: {plain}"


def _started(record: VideoRecord) -> tuple[str, list[str]]:
    again = f" This is attempt {record.attempt}." if record.attempt > 1 else ""
    limit = wording.size(record.contract.limit_bytes)
    return "Started", [
        f"“{record.source.name}”{_weight(record)} was taken up and will be made smaller than {limit}.{again}",
        "You will get another mail when it is ready, or if something is in the way. Nothing needs to be done.",
    ]


def _completed(record: VideoRecord) -> tuple[str, list[str]]:
    result = record.result
    if result is None:
        return "Ready", [f"“{record.source.name}” is ready."]
    original = record.stored.size_bytes if record.stored else record.source.size_bytes
    picture = result.facts.picture
    before = f"{wording.size(original)} -> " if original else ""
    limit = wording.size(record.contract.limit_bytes)
    facts = [
        f"Size:     {before}{wording.size(result.size_bytes)} (the limit is {limit})",
        f"Picture:  {picture.display_width}x{picture.display_height}",
        f"Length:   {wording.duration(result.facts.duration_seconds)}",
        f"Sound:    {_sound(record)}",
    ]
    if result.vmaf_mean is not None:
        facts.append(f"Quality:  {result.vmaf_mean:.1f} of 100 (VMAF, against the original)")
    if taken := _taken(record):
        facts.append(f"It took:  {taken}")
    paragraphs = [f"“{record.source.name}” is ready.", "\n".join(facts)]
    if record.verdict is not None:
        passed = sum(check.outcome == "pass" for check in record.verdict.checks)
        open_checks = [check.name for check in record.verdict.checks if check.outcome == "not_measurable"]
        unknown = f" Not measured: {wording.listing(open_checks)}." if open_checks else ""
        checks = f"{passed} check{'s' * (passed != 1)}"
        paragraphs.append(f"It was measured before it was delivered: {checks} passed, none failed.{unknown}")
    if record.plan is not None and record.plan.losses:
        paragraphs.append("Not carried over:\n" + "\n".join(f"- {loss}" for loss in record.plan.losses))
    return "Ready", paragraphs


def _skipped(record: VideoRecord) -> tuple[str, list[str]]:
    reason = record.problem.sentence if record.problem else "It is within the limit as it is."
    return "Nothing to do", [f"“{record.source.name}”{_weight(record)} was left as it is.", reason]


def _rejected(record: VideoRecord) -> tuple[str, list[str]]:
    return "Cannot be compressed", [
        f"“{record.source.name}”{_weight(record)} cannot be compressed:",
        _reason(record),
        _remedy(record.problem.code if record.problem else ""),
    ]


def _remedy(code: str) -> str:
    """What helps after a refusal: the sentence before says what is wrong."""
    if code == "drive_file_changed":
        return "Upload the finished file again when it no longer changes."
    if code.startswith("drive_"):
        return (
            "Once that is put right in Google Drive, upload it again or have it announced again; it is looked at anew."
        )
    if code.startswith("verdict_") and not code.endswith("_duration"):
        return "Upload a changed file to the same folder, or ask an operator to try it again."
    return "A better file, uploaded to the same folder, is taken up by itself."


def _waiting(record: VideoRecord) -> tuple[str, list[str]]:
    due = record.due_at
    when = f" It goes on by itself after {due:%d %B %Y, %H:%M} UTC." if due else " It goes on by itself."
    return "Waiting", [f"“{record.source.name}” has to wait:", _reason(record) + when]


def _failed(record: VideoRecord) -> tuple[str, list[str]]:
    code = f" (code {record.problem.code})" if record.problem else ""
    return "Failed, needs attention", [
        f"“{record.source.name}”{_weight(record)} could not be finished{code}:",
        _reason(record),
        "This will not pass by itself: an operator has to look, and can then try it again.",
    ]


def _cancelled(record: VideoRecord) -> tuple[str, list[str]]:
    opening = f"The compression of “{record.source.name}” was cancelled. There is no result."
    return "Cancelled", [opening, *([record.problem.sentence] if record.problem else [])]


_WRITERS: Mapping[str, Callable[[VideoRecord], tuple[str, list[str]]]] = {
    "started": _started,
    "completed": _completed,
    "skipped": _skipped,
    "rejected": _rejected,
    "waiting": _waiting,
    "failed": _failed,
    "cancelled": _cancelled,
}


def _reason(record: VideoRecord) -> str:
    return record.problem.sentence if record.problem else "No reason was recorded."


def _weight(record: VideoRecord) -> str:
    size = record.source.size_bytes
    return f" ({wording.size(size)})" if size is not None else ""


def _sound(record: VideoRecord) -> str:
    tracks = record.result.facts.audio if record.result else ()
    if not tracks:
        return "none"
    counts = Counter(track.language or "no language" for track in tracks)
    languages = wording.listing([name if number == 1 else f"{number} x {name}" for name, number in counts.items()])
    return f"{wording.count(len(tracks))} track{'s' * (len(tracks) != 1)} ({languages})"


def _taken(record: VideoRecord) -> str | None:
    begun, ended = record.times.get(str(State.QUEUED)), record.times.get(str(State.COMPLETED))
    return wording.duration((ended - begun).total_seconds()) if begun and ended else None
