"""Outcomes for every final state, from the pipeline's own services in memory."""

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
#: A file name that Drive allows and HTML must escape.
NASTY = "<b>\"x\" & 'y'</p><script>alert(1)</script>.mp4"


def record_of(end: str, name: str = "film.mov") -> VideoRecord:
    """Return the record of a video in this final state."""
    pipeline = Pipeline(facts(seconds=50 * 3600.0) if end == "rejected by the probe" else facts(seconds=1.0))
    pipeline.drive.put(CONTENT, name=name, trashed=end == "rejected")
    event: dict[str, Any] = {"fileUrl": f"https://drive.google.com/file/d/{FILE_ID}/view"}
    pipeline.intake.submit({**event, "compressAboveBytes": len(CONTENT)} if end == "skipped" else event)
    if end in ("skipped", "rejected"):
        return pipeline.record
    pipeline.process()
    if end == "completed":
        pipeline.encode()
        pipeline.handle_event()
    elif end == "failed":
        pipeline.handle_event("ERROR", errorCode=1401, errorMessage="Access denied")
    elif end == "cancelled":
        pipeline.handle_event("CANCELED")
    return pipeline.record


def outcome_of(end: str, folder: Path, name: str = "film.mov", **changes: Any) -> Outcome:
    """Return the demo's outcome of such a video; its files hold no pictures."""
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
    """Return a video that waits for Drive's quota."""
    pipeline = Pipeline()
    pipeline.submit()
    problem = Problem(code="drive_quota_exhausted", sentence="Google Drive allows no more downloads today.")
    return pipeline.record.moved(State.WAITING, pipeline.clock.now(), due_at=pipeline.clock.now(), problem=problem)
