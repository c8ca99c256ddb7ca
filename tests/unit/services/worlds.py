"""In-memory adapters that keep state: what the services see in unit tests instead of clouds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from msgspec.structs import replace

from vcp.domain.errors import LeaseHeldError, PermanentError, Rejection, RetryableError, StaleRecordError
from vcp.domain.model.media import AudioTrack, MediaFacts, VideoTrack
from vcp.domain.video.record import SourceFile, VideoRecord
from vcp.domain.video.states import ACTIVE
from vcp.ports.drive import DriveFile
from vcp.ports.ledger import Claim, Lease, Progress
from vcp.ports.storage import ByteRanges, Part, StoredObject
from vcp.ports.transcoding import JobStatus
from vcp.wire.messages import TransferMessage

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FILE_ID = "1AbCdEfGhIjKlMnOpQrStUvWxYz012345"


class HandClock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def forward(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Bytes:
    """Ranges over bytes in memory; `break_at` lets reads that touch this offset fail once."""

    def __init__(self, content: bytes, break_at: int | None = None) -> None:
        self.content = content
        self.size_bytes = len(content)
        self.break_at = break_at
        self.reads: list[tuple[int, int]] = []

    def read(self, start: int, length: int) -> Iterable[bytes]:
        self.reads.append((start, length))
        if self.break_at is not None and start <= self.break_at < start + length:
            self.break_at = None
            raise RetryableError("connection_cut", "The download broke off.")
        data = self.content[start : start + length]
        for offset in range(0, len(data), 1000):
            yield data[offset : offset + 1000]


class MemoryDrive:
    """A Drive with some files; what it says can be changed while a transfer is under way."""

    def __init__(self) -> None:
        self.files: dict[str, DriveFile] = {}
        self.contents: dict[str, Bytes] = {}

    def put(self, content: bytes, file_id: str = FILE_ID, name: str = "film.mov", **facts: Any) -> DriveFile:
        file = DriveFile(
            file_id=file_id,
            name=name,
            mime_type="video/quicktime",
            size_bytes=len(content),
            md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
            head_revision_id="rev1",
            trashed=False,
            can_download=True,
            web_url=f"https://drive.google.com/file/d/{file_id}/view",
            created_at=START,
            owner="anna@example.org",
        )
        self.files[file_id] = replace(file, **facts)
        self.contents[file_id] = Bytes(content)
        return self.files[file_id]

    def facts(self, file_id: str, resource_key: str | None = None) -> DriveFile:
        if file_id not in self.files:
            raise Rejection("drive_not_found", "This file does not exist or is not shared with the pipeline.")
        return self.files[file_id]

    def check_version(self, source: SourceFile) -> None:
        if self.facts(source.file_id).md5 != source.md5:
            raise Rejection("drive_file_changed", "The file was replaced in Google Drive while it was worked on.")

    def ranges(self, source: SourceFile) -> ByteRanges:
        return self.contents[source.file_id]


class MemoryStore:
    """A bucket."""

    def __init__(self, bucket: str, others: Mapping[str, MemoryStore] | None = None) -> None:
        self.bucket = bucket
        self.objects: dict[str, bytes] = {}
        self.documents: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.names: dict[str, str] = {}
        self.others = dict(others or {})
        self.put_parts: list[int] = []

    def start_upload(self, key: str, content_type: str, metadata: Mapping[str, str]) -> str:
        upload_id = f"upload-{len(self.uploads) + 1}"
        self.uploads[upload_id] = {}
        return upload_id

    def list_parts(self, key: str, upload_id: str) -> list[Part]:
        if upload_id not in self.uploads:
            raise LookupError(upload_id)
        return [self._part(number, data) for number, data in sorted(self.uploads[upload_id].items())]

    def _part(self, number: int, data: bytes) -> Part:
        return Part(number, len(data), f"etag-{number}", f"crc-{number}")

    def put_part(self, key: str, upload_id: str, number: int, data: bytes) -> Part:
        self.uploads[upload_id][number] = data
        self.put_parts.append(number)
        return self._part(number, data)

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[Part], size_bytes: int) -> StoredObject:
        held = self.uploads.pop(upload_id)
        assert sorted(held) == [part.number for part in parts], "parts were lost or doubled"
        self.objects[key] = b"".join(held[part.number] for part in parts)
        stored = self.head(key)
        assert stored is not None
        return stored

    def abort_upload(self, key: str, upload_id: str) -> None:
        self.uploads.pop(upload_id, None)

    def head(self, key: str) -> StoredObject | None:
        if key not in self.objects:
            return None
        return StoredObject(key, len(self.objects[key]), f"crc-of-{len(self.objects[key])}")

    def ranges(self, key: str) -> ByteRanges:
        if key not in self.objects:
            raise LookupError(key)
        return Bytes(self.objects[key])

    def put_json(self, key: str, document: Mapping[str, Any]) -> None:
        self.documents[key] = dict(document)

    def get_json(self, key: str) -> dict[str, Any]:
        return self.documents[key]

    def get_text(self, key: str, limit_bytes: int = 64 * 1024**2) -> str | None:
        return self.objects[key].decode() if key in self.objects else None

    def copy_from(
        self, source_bucket: str, source_key: str, key: str, *, download_name: str, content_type: str
    ) -> StoredObject:
        self.objects[key] = self.others[source_bucket].objects[source_key]
        self.names[key] = download_name
        stored = self.head(key)
        assert stored is not None
        return stored

    def delete_prefix(self, prefix: str) -> int:
        gone = [key for key in self.objects if key.startswith(prefix)]
        for key in gone:
            del self.objects[key]
        return len(gone)


@dataclass
class HeldLease:
    """Held as long as the ledger says so: another may take it over in the middle (`MemoryLedger.leases`)."""

    owner: str
    video_id: str
    leases: dict[str, str]

    def check(self) -> None:
        if self.leases.get(self.video_id) != self.owner:
            raise LeaseHeldError("lease_lost", "Another worker took this video over.", self.owner)


class MemoryLedger:
    """The ledger's promises: conditional writes, exclusive leases, each mail claimed once."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.records: dict[str, VideoRecord] = {}
        self.history: dict[str, list[VideoRecord]] = {}
        self.latest: dict[str, str] = {}
        self.leases: dict[str, str] = {}
        self.progress: list[Progress] = []
        #: "sent", or until when a claim stands.
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
        return self.records.get(video_id)

    def save(self, record: VideoRecord) -> VideoRecord:
        if self.records[record.video_id].version != record.version:
            raise StaleRecordError("stale_record", "The record changed meanwhile.", record.video_id)
        return self._keep(record)

    @contextmanager
    def lease(self, video_id: str, attempt: int, owner: str, seconds: float) -> Iterator[Lease]:
        if video_id in self.leases:
            raise LeaseHeldError("lease_held", "Another worker is at it.", self.leases[video_id])
        self.leases[video_id] = owner
        try:
            yield HeldLease(owner, video_id, self.leases)
        finally:
            if self.leases.get(video_id) == owner:
                del self.leases[video_id]

    def lease_holder(self, video_id: str) -> tuple[str, datetime] | None:
        owner = self.leases.get(video_id)
        return (owner, self.clock.now() + timedelta(minutes=1)) if owner else None

    def due(self, before: datetime, limit: int = 100) -> list[VideoRecord]:
        due = [r for r in self.records.values() if r.state in ACTIVE and r.due_at is not None and r.due_at <= before]
        return sorted(due, key=lambda record: record.due_at or before)[:limit]

    def put_progress(self, video_id: str, progress: Progress) -> None:
        self.progress.append(progress)

    def claim_mail(self, video_id: str, attempt: int, kind: str, now: datetime, lease_seconds: float) -> bool:
        stands = self.mails.get((video_id, attempt, kind))
        if stands == "sent":
            return False
        if stands is not None and stands > now:
            raise LeaseHeldError("mail_claimed", "Another worker is sending this mail.", kind)
        self.mails[video_id, attempt, kind] = now + timedelta(seconds=lease_seconds)
        return True

    def release_mail(self, video_id: str, attempt: int, kind: str, now: datetime) -> None:
        self.mails[video_id, attempt, kind] = now

    def mail_sent(self, video_id: str, attempt: int, kind: str, now: datetime) -> None:
        self.mails[video_id, attempt, kind] = "sent"


def facts(
    *, codec: str = "h264", width: int = 1920, height: int = 1080, seconds: float = 600.0, audio: int = 2
) -> MediaFacts:
    """A plain 25 fps progressive file with stereo tracks in as many languages."""
    languages = ("eng", "deu", "fra", "spa")
    return MediaFacts(
        container="mov,mp4,m4a,3gp,3g2,mj2",
        size_bytes=None,
        duration_seconds=seconds,
        video=(
            VideoTrack(
                index=0,
                codec=codec,
                profile="High",
                pixel_format="yuv420p",
                bit_depth=8,
                width=width,
                height=height,
                frame_rate="25/1",
                field_order="progressive",
                duration_seconds=seconds,
                start_seconds=0.0,
                frame_count=round(seconds * 25),
            ),
        ),
        audio=tuple(
            AudioTrack(
                index=number,
                number=number,
                codec="aac",
                channels=2,
                channel_layout="stereo",
                sample_rate_hz=48000,
                language=languages[number - 1],
                duration_seconds=seconds,
                start_seconds=0.0,
            )
            for number in range(1, audio + 1)
        ),
    )


class ScriptedProbe:
    """Tells facts by content: `by_content` maps the bytes of a file to what ffprobe would say of it."""

    def __init__(self, default: MediaFacts) -> None:
        self.default = default
        self.by_content: dict[bytes, MediaFacts | Rejection] = {}

    def facts(self, ranges: ByteRanges, name: str) -> MediaFacts:
        known = self.by_content.get(b"".join(ranges.read(0, ranges.size_bytes)), self.default)
        if isinstance(known, Rejection):
            raise known
        return known


@dataclass
class MemoryTranscoder:
    """MediaConvert without the encoding: jobs by id, in the order in which they were made."""

    preset: dict[str, Any]
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    fail_after_create: bool = False

    def preset_settings(self) -> dict[str, Any]:
        return self.preset

    def submit(self, settings: Mapping[str, Any], user_metadata: Mapping[str, str], token: str) -> str:
        job_id = f"job-{len(self.jobs) + 1}"
        self.jobs[job_id] = {
            "settings": settings,
            "metadata": dict(user_metadata),
            "token": token,
            "status": "SUBMITTED",
        }
        if self.fail_after_create:
            self.fail_after_create = False
            raise RetryableError("mediaconvert_unreachable", "The answer was lost.")
        return job_id

    def find(self, video_id: str, attempt: int, revision: int, submitted_after: datetime) -> JobStatus | None:
        for job_id, job in reversed(self.jobs.items()):
            metadata = job["metadata"]
            if (metadata["VideoId"], metadata["Attempt"], metadata["Revision"]) == (
                video_id,
                str(attempt),
                str(revision),
            ):
                return self.status(job_id)
        return None

    def status(self, job_id: str) -> JobStatus:
        if job_id not in self.jobs:
            raise PermanentError("mediaconvert_refused", "The encoding service does not know this job.", job_id)
        return JobStatus(job_id, self.jobs[job_id]["status"], user_metadata=self.jobs[job_id]["metadata"])

    def cancel(self, job_id: str) -> None:
        self.jobs[job_id]["status"] = "CANCELED"


class MemoryQueue:
    def __init__(self) -> None:
        self.messages: list[TransferMessage] = []
        self.down = False

    def send(self, message: TransferMessage) -> None:
        if self.down:
            raise RetryableError("sqs_unreachable", "The queue does not answer.")
        self.messages.append(message)


class MemoryInvoker:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def invoke(self, event: Mapping[str, Any]) -> None:
        self.events.append(dict(event))


class MemoryTable:
    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.calls = 0

    def upsert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.calls += 1
        for row in rows:
            self.rows[row["Video ID"]] = dict(row)


class MemoryMailer:
    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []

    def send(self, subject: str, body: str) -> None:
        self.mails.append((subject, body))


class MemoryMetrics:
    def __init__(self) -> None:
        self.counts: list[tuple[str, float, dict[str, str]]] = []

    def count(self, name: str, value: float = 1, unit: str = "Count", **dimensions: str) -> None:
        self.counts.append((name, value, dimensions))
