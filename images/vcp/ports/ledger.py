"""The ledger: the only state of the pipeline, and leases on videos."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from vcp.domain.video.record import VideoRecord


class Progress(Struct, frozen=True):
    stage: str
    percent: float
    at: datetime
    detail: str = ""


class Claim(Struct, frozen=True):
    """`record`: the one in the ledger after the claim. `created`: true for exactly one of all callers."""

    record: VideoRecord
    created: bool


class LeaseHolder(Struct, frozen=True):
    owner: str
    until: datetime


class Lease(Protocol):
    owner: str

    def check(self) -> None:
        """Raise `LeaseHeldError` if the lease was lost."""
        ...


class Ledger(Protocol):
    """Every write is conditional."""

    def claim(self, record: VideoRecord) -> Claim:
        """Store a new video unless it is known.

        A new video becomes the newest version of its Drive file: it `supersedes` the previous one, whose record gets
        `superseded_by`. A record without a version of the content (`SourceFile.names_a_version`) is only stored.
        """
        ...

    def get(self, video_id: str) -> VideoRecord | None: ...

    def save(self, record: VideoRecord) -> VideoRecord:
        """Write if the stored version is still `record.version`; return the next. Raises `StaleRecordError`."""
        ...

    def lease(self, video_id: str, attempt: int, owner: str, seconds: float) -> AbstractContextManager[Lease]:
        """Hold the video exclusively, with a heartbeat in the background. Raises `LeaseHeldError`."""
        ...

    def lease_holder(self, video_id: str) -> LeaseHolder | None:
        """Return the holder of a lease that has not lapsed."""
        ...

    def due(self, before: datetime, limit: int = 100) -> list[VideoRecord]: ...

    def put_progress(self, video_id: str, progress: Progress) -> None: ...

    def claim_mail(self, video_id: str, attempt: int, kind: str, now: datetime, lease_seconds: float) -> bool:
        """Return whether the caller has to send this mail; False if it was sent.

        Raises `LeaseHeldError` while another sender holds the claim: it may have died before sending, so the caller
        must try again later.
        """
        ...

    def release_mail(self, video_id: str, attempt: int, kind: str, now: datetime) -> None:
        """Release a claim after a failed send, so that the next try does not wait for it to lapse."""
        ...

    def mail_sent(self, video_id: str, attempt: int, kind: str, now: datetime) -> None: ...
