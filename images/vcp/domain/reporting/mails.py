"""Mails about a video: plain text for SNS, without operators' jargon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Annotated

from msgspec import Meta

from vcp.domain.model.languages import language_name, read_language
from vcp.domain.model.media import MediaFacts
from vcp.domain.reporting import plan_text
from vcp.domain.text import wording
from vcp.domain.text.plain_ascii import plain_ascii
from vcp.domain.value import Value
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import State

#: SNS: under 100 characters, ASCII, no line breaks (API reference, Publish).
_MAX_SUBJECT_LENGTH = 99
#: State -> the kind of mail sent on entering it; the other states send none.
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
    """Where the files are; `compressed` is None as long as there is no result."""

    original: str
    compressed: str | None = None


class Mail(Value):
    subject: Annotated[str, Meta(min_length=1, max_length=_MAX_SUBJECT_LENGTH, pattern=r"^[\x20-\x7e]+\Z")]
    body: str


def mail_kinds(before: State | None, record: VideoRecord) -> list[str]:
    """Return the kinds of mail for a change of `record`: one if it entered a state with a mail, else none.

    `before` is the previous state, None for a new video. A video that returns from waiting to the queue had its
    "started" mail already.
    """
    if before is record.state or (before is State.WAITING and record.state is State.QUEUED):
        return []
    kind = _KINDS.get(record.state)
    return [kind] if kind else []


def mail(kind: str, record: VideoRecord, links: Links) -> Mail:
    """Write the mail of a kind from `mail_kinds`. Raises `LookupError` for any other kind."""
    if kind not in _WRITERS:
        raise LookupError(f"no mail of kind {kind!r}; the kinds are {', '.join(_WRITERS)}")
    opening, paragraphs = _WRITERS[kind](record)
    where = [f"Result:   {links.compressed} (needs a sign-in to AWS)"] if links.compressed else []
    where.append(f"Original: {links.original} (unchanged)")
    body = "\n\n".join([*paragraphs, "\n".join(where), f"Video ID: {record.video_id}, attempt {record.attempt}"])
    return Mail(subject=_subject(opening, record.source.name), body=body + "\n")


def _subject(opening: str, name: str) -> str:
    room = _MAX_SUBJECT_LENGTH - len(opening) - 2
    plain = " ".join(plain_ascii(name).split()) or "video"
    if len(plain) > room:
        tail = plain[-room // 3 :]
        plain = f"{plain[: room - len(tail) - 3]}...{tail}"
    return f"{opening}: {plain}"


def _started(record: VideoRecord) -> tuple[str, list[str]]:
    again = f" This is attempt {record.attempt}." if record.attempt > 1 else ""
    limit = wording.size(record.contract.limit_bytes)
    return "Started", [
        f"“{record.source.name}”{_size(record)} will be compressed to less than {limit}.{again}",
        "You will get another mail when it is ready, or if there is a problem. No action is needed.",
    ]


def _completed(record: VideoRecord) -> tuple[str, list[str]]:
    result = record.result
    started, ended = record.times.get(str(State.QUEUED)), record.times.get(str(State.COMPLETED))
    if result is None:
        return "Ready", [f"“{record.source.name}” is ready."]
    original = record.stored.size_bytes if record.stored else record.source.size_bytes
    width, height = result.facts.picture.display_size
    before = f"{wording.size(original)} -> " if original else ""
    limit = wording.size(record.contract.limit_bytes)
    facts = [
        f"Size:     {before}{wording.size(result.size_bytes)} (limit: {limit})",
        f"Picture:  {width}x{height}",
        f"Duration: {wording.duration(result.facts.duration_seconds)}",
        f"Audio:    {_audio(result.facts)}",
    ]
    if result.vmaf_mean is not None:
        facts.append(f"Quality:  VMAF {result.vmaf_mean:.1f} of 100, compared with the original")
    if started and ended:
        facts.append(f"Time:     {wording.duration((ended - started).total_seconds())}")
    paragraphs = [f"“{record.source.name}” is ready.", "\n".join(facts)]
    if record.verdict is not None:
        passed = sum(check.outcome == "pass" for check in record.verdict.checks)
        unmeasured = [check.label for check in record.verdict.checks if check.outcome == "not_measurable"]
        note = f" Not measured: {wording.listing(unmeasured)}." if unmeasured else ""
        paragraphs.append(f"Checked before delivery: {wording.plural(passed, 'check')} passed, none failed.{note}")
    if losses := plan_text.losses(record):
        paragraphs.append("Not carried over:\n" + "\n".join(f"- {loss}" for loss in losses))
    return "Ready", paragraphs


def _skipped(record: VideoRecord) -> tuple[str, list[str]]:
    reason = record.problem.sentence if record.problem else "It is already below the limit."
    return "Nothing to do", [f"“{record.source.name}”{_size(record)} does not need compression.", reason]


def _rejected(record: VideoRecord) -> tuple[str, list[str]]:
    return "Cannot be compressed", [
        f"“{record.source.name}”{_size(record)} cannot be compressed:",
        _reason(record),
        _remedy(record.problem.code if record.problem else ""),
    ]


def _remedy(code: str) -> str:
    """Return the remedy; the sentence before it states the problem."""
    if code == "drive_file_changed":
        return "Upload the file again once it is complete."
    if code.startswith("drive_"):
        return "Fix this in Google Drive, then upload the file again or submit it again."
    if code.startswith("verdict_") and not code.endswith("_duration"):
        return "Upload a changed file to the same folder, or forward this mail to the operator of the pipeline."
    return "Upload a corrected file to the same folder; it is processed automatically."


def _waiting(record: VideoRecord) -> tuple[str, list[str]]:
    due = record.due_at
    when = f" after {due:%-d %B %Y, %H:%M} UTC" if due else ""
    return "Waiting", [
        f"“{record.source.name}” is waiting:",
        f"{_reason(record)} Processing resumes automatically{when}.",
    ]


def _failed(record: VideoRecord) -> tuple[str, list[str]]:
    code = f" (code {record.problem.code})" if record.problem else ""
    return "Failed, needs attention", [
        f"“{record.source.name}”{_size(record)} could not be processed{code}:",
        _reason(record),
        "Please forward this mail to the operator of the pipeline, who needs to look into it.",
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


def _size(record: VideoRecord) -> str:
    size = record.source.size_bytes
    return f" ({wording.size(size)})" if size is not None else ""


def _audio(facts: MediaFacts) -> str:
    if not facts.audio:
        return "none"
    counts = Counter(language_name(read_language(track.language).code) for track in facts.audio)
    languages = ", ".join(name if number == 1 else f"{name} ({number})" for name, number in counts.items())
    return f"{wording.plural(len(facts.audio), 'track')}: {languages}"
