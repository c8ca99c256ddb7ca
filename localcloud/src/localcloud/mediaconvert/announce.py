"""Sends a job's events to the account's default bus."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from localcloud.mediaconvert.entities import Job
from localcloud.mediaconvert.events import job_event
from localcloud.mediaconvert.models import MediaConvertBackend
from localcloud.mediaconvert.runtime import Runtime

_log = logging.getLogger(__name__)


def announce(runtime: Runtime, backend: MediaConvertBackend, job: Job, status: str, extra: Mapping[str, Any]) -> None:
    """Send the event of a status, as often as the set faults say. A bus that fails does not fail the job."""
    context = runtime.context
    event = job_event(job, backend.region_name, backend.account_id, status, extra)
    copies = runtime.faults.copies_of(status) if context.emit_event is not None else 0
    context.activity.record("mediaconvert", status, jobId=job.job_id, copies=copies)
    for _ in range(copies):
        try:
            if context.emit_event is not None:
                context.emit_event(event)
        except Exception:  # noqa: BLE001 - the edge to the event bus
            _log.exception("the event %s of job %s was not taken", status, job.job_id)
