"""The outcome of one video in the demo, and the machine-readable summary of all."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from vcp.domain.reporting import airtable_rows
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import FINAL, State

_SYNC_NOT_MEASURED = "sync is not measured yet: only start and duration of each track are checked"


@dataclass(frozen=True)
class Outcome:
    """One video in its final state, as people see it."""

    record: VideoRecord
    original: Path
    #: The result as a local file, if there is one.
    output: Path | None
    row: dict[str, Any] | None
    mails: list[dict[str, Any]] = field(default_factory=list)
    #: From the call of the intake to the last mail.
    total_seconds: float = 0.0
    #: Wall time of ffmpeg in the MediaConvert stand-in, quality metrics included.
    encoder_seconds: float = 0.0
    intake_seconds: float = 0.0
    #: Kinds of mail that were due and not sent.
    missing_mails: tuple[str, ...] = ()

    @property
    def overhead_seconds(self) -> float:
        return self.total_seconds - self.encoder_seconds

    @property
    def succeeded(self) -> bool:
        """Whether the video was completed (verified, downloaded, below the limit), skipped or rejected, and its row
        and mails say so."""
        record = self.record
        if record.state not in FINAL or record.state in (State.FAILED, State.CANCELLED):
            return False
        if self.row is None or self.row.get("Status") != airtable_rows.status(record) or self.missing_mails:
            return False
        return self._is_delivered if record.state is State.COMPLETED else self.output is None

    @property
    def _is_delivered(self) -> bool:
        if self.output is None or self.record.verdict is None or not self.record.verdict.passed:
            return False
        return self.output.stat().st_size < self.record.contract.limit_bytes

    def summary(self) -> dict[str, Any]:
        """Return one object of `videos` in summary.json. A null has its reason under `notMeasured`."""
        record = self.record
        result, verdict = record.result, record.verdict
        facts = result.facts if result else None
        no_result = f"there is no result: {record.problem.sentence if record.problem else record.state}"
        values: dict[str, Any] = {
            "originalBytes": record.source.size_bytes,
            "compressedBytes": result.size_bytes if result else None,
            "height": facts.picture.height if facts else None,
            "durationSeconds": round(facts.duration_seconds, 3) if facts else None,
            "vmafMean": result.vmaf_mean if result else None,
            "syncMs": None,
            "audioTracks": [_audio(track) for track in facts.audio] if facts else None,
            "outputPath": str(self.output) if self.output else None,
            "checks": [to_builtins(check) for check in verdict.checks] if verdict else None,
            "costEstimateUsd": record.cost_estimate_usd,
        }
        reasons = {key: no_result for key, value in values.items() if value is None}
        if result:
            reasons["syncMs"] = _SYNC_NOT_MEASURED
            if result.vmaf_mean is None:
                reasons["vmafMean"] = "the encoder wrote no per-frame metrics"
        return {
            "videoId": record.video_id,
            "fileName": record.source.name,
            "status": self.row["Status"] if self.row else str(record.state),
            "limitBytes": record.contract.limit_bytes,
            **values,
            "overheadSeconds": round(self.overhead_seconds, 3),
            "intakeSeconds": round(self.intake_seconds, 3),
            "encoderSeconds": round(self.encoder_seconds, 3),
            "totalSeconds": round(self.total_seconds, 3),
            "notMeasured": reasons,
        }


def _audio(track: Any) -> dict[str, Any]:
    return {"number": track.number, "codec": track.codec, "channels": track.channels, "language": track.language}


def write_summary(path: Path, outcomes: list[Outcome]) -> None:
    """Write `{"videos": [...]}` atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({"videos": [outcome.summary() for outcome in outcomes]}, indent=2), "utf-8")
    partial.replace(path)
