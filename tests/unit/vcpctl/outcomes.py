"""Outcomes of the demo for every end, made by the pipeline's own services in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fakes.drive import FILE_ID
from tests.fakes.media import facts
from tests.fakes.pipeline import CONTENT, Pipeline
from vcp.domain.reporting.airtable_rows import row
from vcp.domain.reporting.mails import Links, mail, mail_kinds
from vcp.domain.video.record import Problem, VideoRecord
from vcp.domain.video.states import State
from vcpctl.demo.outcome import Outcome

ENDS = ("completed", "skipped", "rejected", "rejected by the probe", "failed", "cancelled")
#: What Drive allows as a name and HTML does not.
NASTY = "<b>\"x\" & 'y'</p><script>alert(1)</script>.mp4"


def record_of(end: str, name: str = "film.mov") -> VideoRecord:
    """The record of a video that came to this end."""
    world = Pipeline(facts(seconds=50 * 3600.0) if end == "rejected by the probe" else facts(seconds=1.0))
    world.drive.put(CONTENT, name=name, trashed=end == "rejected")
    event: dict[str, Any] = {"fileUrl": f"https://drive.google.com/file/d/{FILE_ID}/view"}
    world.intake.submit({**event, "compressAboveBytes": len(CONTENT)} if end == "skipped" else event)
    if end in ("skipped", "rejected"):
        return world.record
    world.process()
    if end == "completed":
        world.encode()
        world.handle_event()
    elif end == "failed":
        world.handle_event("ERROR", errorCode=1401, errorMessage="Access denied")
    elif end == "cancelled":
        world.handle_event("CANCELED")
    return world.record


def outcome_of(end: str, folder: Path, name: str = "film.mov", **changes: Any) -> Outcome:
    """What the demo collects of such a video; the files hold no pictures."""
    record = record_of(end, name)
    original = folder / "original.mov"
    original.write_bytes(CONTENT)
    output = None
    if record.result is not None:
        output = folder / "result.mp4"
        output.write_bytes(b"result")
    (kind,) = mail_kinds(None, record)
    letter = mail(kind, record, Links(original=record.source.web_url))
    fields: dict[str, Any] = {
        "record": record,
        "original": original,
        "output": output,
        "row": {k: v for k, v in row(record, record.source.web_url, None).items() if v is not None},
        "mails": [{"to": "producer@example.com", "subject": letter.subject, "body": letter.body, "at": 1.0}],
        "total_seconds": 12.5,
        "encoder_seconds": 8.25,
        "intake_seconds": 0.5,
    }
    return Outcome(**{**fields, **changes})


def unfinished() -> VideoRecord:
    """A video that waits for Drive's quota."""
    world = Pipeline()
    world.submit()
    problem = Problem(code="drive_quota_exhausted", sentence="Google Drive allows no more downloads today.")
    return world.record.moved(State.WAITING, world.clock.now(), due_at=world.clock.now(), problem=problem)
