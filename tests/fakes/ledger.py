"""The ledger in memory: conditional writes, exclusive leases, each mail claimed once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tests.fakes.clock import ManualClock
from vcp.domain.errors import LeaseHeldError, StaleRecordError
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import ACTIVE
from vcp.ports.ledger import Claim, Lease, LeaseHolder, Progress


@dataclass
class FakeLease:
    """Valid while `FakeLedger.leases` says so: a test can give the lease to another worker."""

    owner: str
    video_id: str
    leases: dict[str, str]

    def check(self) -> None:
        if self.leases.get(self.video_id) != self.owner:
            raise LeaseHeldError("lease_lost", "Another worker holds this video.", self.owner)


class FakeLedger:
    """Keeps every version of every record in `history`."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.records: dict[str, VideoRecord] = {}
        self.history: dict[str, list[VideoRecord]] = {}
        self.latest: dict[str, str] = {}
        self.leases: dict[str, str] = {}
        #: For each `get`, who held the lease ("" for no one).
        self.reads: list[str] = []
        self.progress: list[Progress] = []
        #: "sent", or when the claim lapses.
        self.mails: dict[tuple[str, int, str], Literal["sent"] | datetime] = {}

    def _keep(self, record: VideoRecord) -> VideoRecord:
        kept = record.but(version=record.version + 1)
        self.records[record.video_id] = kept
        self.history.setdefault(record.video_id, []).append(kept)
        return kept

    def claim(self, record: VideoRecord) -> Claim:
        if (known := self.records.get(record.video_id)) is not None:
            return Claim(known, created=False)
        if not record.source.names_a_version:
            return Claim(self._keep(record), created=True)
        older = self.latest.get(record.source.file_id)
        self.latest[record.source.file_id] = record.video_id
        if older is not None:
            self._keep(self.records[older].but(superseded_by=record.video_id))
        return Claim(self._keep(record.but(supersedes=older)), created=True)

    def get(self, video_id: str) -> VideoRecord | None:
        self.reads.append(self.leases.get(video_id, ""))
        return self.records.get(video_id)

    def save(self, record: VideoRecord) -> VideoRecord:
        if self.records[record.video_id].version != record.version:
            raise StaleRecordError("stale_record", "The record changed meanwhile.", record.video_id)
        return self._keep(record)

    @contextmanager
    def lease(self, video_id: str, attempt: int, owner: str, seconds: float) -> Iterator[Lease]:
        if video_id in self.leases:
            raise LeaseHeldError("lease_held", "Another worker holds this video.", self.leases[video_id])
        self.leases[video_id] = owner
        try:
            yield FakeLease(owner, video_id, self.leases)
        finally:
            if self.leases.get(video_id) == owner:
                del self.leases[video_id]

    def lease_holder(self, video_id: str) -> LeaseHolder | None:
        owner = self.leases.get(video_id)
        return LeaseHolder(owner, self.clock.now() + timedelta(minutes=1)) if owner else None

    def due(self, before: datetime, limit: int = 100) -> list[VideoRecord]:
        due = [r for r in self.records.values() if r.state in ACTIVE and r.due_at is not None and r.due_at <= before]
        return sorted(due, key=lambda record: record.due_at or before)[:limit]

    def put_progress(self, video_id: str, progress: Progress) -> None:
        self.progress.append(progress)

    def claim_mail(self, video_id: str, attempt: int, kind: str, now: datetime, lease_seconds: float) -> bool:
        claim = self.mails.get((video_id, attempt, kind))
        if claim == "sent":
            return False
        if claim is not None and claim > now:
            raise LeaseHeldError("mail_claimed", "Another worker is sending this mail.", kind)
        self.mails[video_id, attempt, kind] = now + timedelta(seconds=lease_seconds)
        return True

    def release_mail(self, video_id: str, attempt: int, kind: str, now: datetime) -> None:
        self.mails[video_id, attempt, kind] = now

    def mail_sent(self, video_id: str, attempt: int, kind: str, now: datetime) -> None:
        self.mails[video_id, attempt, kind] = "sent"
