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
    """`record` is what stands in the ledger afterwards; `created` is true for the one caller that made it."""

    record: VideoRecord
    created: bool


class Ledger(Protocol):
    """The only state. Every write is conditional."""

    def claim(self, record: VideoRecord) -> Claim:
        """Store a new video unless it is known.

        A new one also becomes the newest version of its Drive file: it `supersedes` the one before, whose record
        is marked `superseded_by`. A record that names no version of the content (`SourceFile.names_a_version`) is
        only stored.
        """
        ...

    def get(self, video_id: str) -> VideoRecord | None: ...

    def save(self, record: VideoRecord) -> VideoRecord:
        """Write on top of `record.version`; the record with the next version. Raises `StaleRecordError`."""
        ...

    def lease(self, video_id: str, attempt: int, owner: str, seconds: float) -> AbstractContextManager[Lease]:
        """Hold the video exclusively, with a heartbeat in the background. Raises `LeaseHeldError`."""
        ...

    def lease_holder(self, video_id: str) -> tuple[str, datetime] | None:
        """Who holds a lease that has not lapsed, and until when."""
        ...

    def due(self, before: datetime, limit: int = 100) -> list[VideoRecord]: ...

    def put_progress(self, video_id: str, progress: Progress) -> None: ...

    def claim_mail(self, video_id: str, attempt: int, kind: str, now: datetime, lease_seconds: float) -> bool:
        """Whether the caller is to send this mail: False when it was sent already.

        Raises `LeaseHeldError` while another's claim stands that is not known as sent: its holder may have died
        before sending, so whoever asks has to come again.
        """
        ...

    def release_mail(self, video_id: str, attempt: int, kind: str, now: datetime) -> None:
        """Give a claim back after sending failed, so that the next try need not wait for the lease."""
        ...

    def mail_sent(self, video_id: str, attempt: int, kind: str, now: datetime) -> None: ...


class Lease(Protocol):
    owner: str

    def check(self) -> None:
        """Raises `LeaseHeldError` when the lease was lost."""
        ...
