"""Queues, presets and jobs, each with the form in which the API shows it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

FINAL_STATUSES = frozenset({"COMPLETE", "ERROR", "CANCELED"})


def now() -> datetime:
    return datetime.now(UTC)


def present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


@dataclass
class Queue:
    """An on-demand queue."""

    name: str
    arn: str
    description: str | None = None
    status: str = "ACTIVE"
    kind: str = "CUSTOM"
    concurrent_jobs: int | None = None
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)


@dataclass
class Preset:
    """A custom preset."""

    name: str
    arn: str
    settings: dict[str, Any]
    description: str | None = None
    category: str | None = None
    created: datetime = field(default_factory=now)

    def to_dict(self) -> dict[str, Any]:
        """Return the preset as the API shows it."""
        return present(
            Name=self.name,
            Arn=self.arn,
            Type="CUSTOM",
            Settings=self.settings,
            Description=self.description,
            Category=self.category,
            CreatedAt=self.created,
            LastUpdated=self.created,
        )


@dataclass
class Job:
    """A job. `request` is the CreateJob request, `rendered_settings` its settings with presets merged in."""

    job_id: str
    arn: str
    queue: Queue
    request: dict[str, Any]
    rendered_settings: dict[str, Any]
    number: int
    status: str = "SUBMITTED"
    phase: str | None = None
    percent: int | None = None
    submitted: datetime = field(default_factory=now)
    started: datetime | None = None
    finished: datetime | None = None
    error_code: int | None = None
    error_message: str | None = None
    output_details: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, int]] = field(default_factory=list)
    phases: dict[str, float] = field(default_factory=dict)
    ffmpeg_seconds: float = 0.0
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def priority(self) -> int:
        return int(self.request.get("Priority", 0))

    @property
    def user_metadata(self) -> dict[str, str]:
        return dict(self.request.get("UserMetadata", {}))

    def to_dict(self) -> dict[str, Any]:
        """Return the job as the API shows it."""
        request = self.request
        return present(
            Id=self.job_id,
            Arn=self.arn,
            Queue=self.queue.arn,
            Role=request["Role"],
            Settings=request["Settings"],
            Status=self.status,
            CurrentPhase=self.phase,
            JobPercentComplete=self.percent,
            CreatedAt=self.submitted,
            Timing=present(SubmitTime=self.submitted, StartTime=self.started, FinishTime=self.finished),
            ErrorCode=self.error_code,
            ErrorMessage=self.error_message,
            OutputGroupDetails=self.output_details or None,
            Messages={"Info": [], "Warning": []},
            Warnings=[{"Code": one["code"], "Count": one["count"]} for one in self.warnings] or None,
            UserMetadata=self.user_metadata,
            Priority=self.priority,
            ClientRequestToken=request.get("ClientRequestToken"),
            AccelerationSettings=request.get("AccelerationSettings", {"Mode": "DISABLED"}),
            AccelerationStatus="NOT_APPLICABLE",
            BillingTagsSource=request.get("BillingTagsSource"),
            StatusUpdateInterval=request.get("StatusUpdateInterval", "SECONDS_60"),
            RetryCount=0,
            SimulateReservedQueue="DISABLED",
        )

    def to_console(self) -> dict[str, Any]:
        """Return the job as the console shows it; see `MediaConvertClient.jobs`."""
        return {
            "id": self.job_id,
            "queue": self.queue.name,
            "status": self.status,
            "phase": self.phase,
            "percent": self.percent,
            "userMetadata": self.user_metadata,
            "errorCode": self.error_code,
            "errorMessage": self.error_message,
            "ffmpegSeconds": round(self.ffmpeg_seconds, 3),
            "phases": dict(self.phases),
            "submittedAt": self.submitted.timestamp(),
            "startedAt": self.started.timestamp() if self.started else None,
            "finishedAt": self.finished.timestamp() if self.finished else None,
        }
