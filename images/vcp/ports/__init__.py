"""What the services need of the outside world, named after what the pipeline does. Adapters fulfil these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Literal, Protocol

from msgspec import Struct

from vcp.domain.media import MediaFacts
from vcp.domain.record import SourceFile, VideoRecord
from vcp.interface.messages import TransferMessage


class Clock(Protocol):
    def now(self) -> datetime:
        """The time in UTC, timezone aware."""
        ...


class DriveFile(Struct, frozen=True):
    """Drive's facts of one file; shortcuts are resolved already."""

    file_id: str
    name: str
    mime_type: str
    size_bytes: int | None
    md5: str | None
    head_revision_id: str | None
    trashed: bool
    can_download: bool
    web_url: str
    created_at: datetime | None
    owner: str | None


class ByteRanges(Protocol):
    """Random access to an object somewhere: what the probe reads through."""

    size_bytes: int

    def read(self, start: int, length: int) -> Iterable[bytes]:
        """Stream `length` bytes from `start` (clipped at the end). Raises the adapter's VcpErrors."""
        ...


class SourceDrive(Protocol):
    def facts(self, file_id: str, resource_key: str | None = None) -> DriveFile:
        """Ask Drive; follows shortcuts.

        Raises `Rejection` (`drive_not_found`: unknown or not shared; `drive_dead_shortcut`: a shortcut whose target
        is), `RetryableError`, `WaitUntilError`.
        """
        ...

    def check_version(self, source: SourceFile) -> None:
        """Raises `Rejection(code="drive_file_changed")` when Drive holds another version than `source` by now."""
        ...

    def ranges(self, source: SourceFile) -> ByteRanges:
        """Ranged reads of the content. A read raises `Rejection(code="drive_file_changed")` when the content is
        no longer the version that `source` names, `WaitUntilError` on an exhausted download quota."""
        ...


class Part(Struct, frozen=True):
    number: int
    size_bytes: int
    etag: str
    crc64nvme: str


class StoredObject(Struct, frozen=True):
    key: str
    size_bytes: int
    crc64nvme: str | None


class ObjectStore(Protocol):
    """One bucket."""

    bucket: str

    def start_upload(self, key: str, content_type: str, metadata: Mapping[str, str]) -> str:
        """Begin a multipart upload with full-object CRC64NVME; the upload id."""
        ...

    def list_parts(self, key: str, upload_id: str) -> list[Part]:
        """Parts that are safe already. Raises `LookupError` when the upload is gone."""
        ...

    def put_part(self, key: str, upload_id: str, number: int, data: bytes) -> Part: ...

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[Part], size_bytes: int) -> StoredObject:
        """Join the parts; the store checks the combined CRC64NVME that is computed from the parts."""
        ...

    def abort_upload(self, key: str, upload_id: str) -> None: ...

    def head(self, key: str) -> StoredObject | None: ...

    def ranges(self, key: str) -> ByteRanges:
        """Raises `LookupError` when there is no such object."""
        ...

    def put_json(self, key: str, document: Mapping[str, Any]) -> None: ...

    def get_json(self, key: str) -> dict[str, Any]: ...

    def get_text(self, key: str, limit_bytes: int = 64 * 1024**2) -> str | None: ...

    def copy_from(
        self, source_bucket: str, source_key: str, key: str, *, download_name: str, content_type: str
    ) -> StoredObject:
        """Copy an object of any size from another bucket (in parts above 5 GB), with a full-object checksum."""
        ...

    def delete_prefix(self, prefix: str) -> int:
        """Delete every object under a prefix; how many."""
        ...


class Probe(Protocol):
    def facts(self, ranges: ByteRanges, name: str) -> MediaFacts:
        """ffprobe over the loopback range reader.

        Raises `Rejection` (`not_media`: what the bytes are instead, in plain words).
        """
        ...


class JobStatus(Struct, frozen=True):
    """MediaConvert's word on a job. `output_uris` only come with the COMPLETE event, never from GetJob."""

    job_id: str
    status: Literal["SUBMITTED", "PROGRESSING", "COMPLETE", "CANCELED", "ERROR"]
    percent: int | None = None
    error_code: int | None = None
    error_message: str | None = None
    user_metadata: Mapping[str, str] | None = None


class JobStatuses(Protocol):
    def status(self, job_id: str) -> JobStatus: ...


class Transcoder(JobStatuses, Protocol):
    def preset_settings(self) -> dict[str, Any]:
        """The house preset's Settings (GetPreset)."""
        ...

    def submit(self, settings: Mapping[str, Any], user_metadata: Mapping[str, str], token: str) -> str:
        """CreateJob; the job id. Raises `RetryableError` on throttling, `PermanentError` on a refused request."""
        ...

    def find(self, video_id: str, attempt: int, revision: int, submitted_after: datetime) -> JobStatus | None:
        """A job of ours that is known to the service already: for the moment between CreateJob and the ledger."""
        ...

    def cancel(self, job_id: str) -> None: ...


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


class TransferQueue(Protocol):
    def send(self, message: TransferMessage) -> None: ...


class CompletionInvoker(Protocol):
    def invoke(self, event: Mapping[str, Any]) -> None:
        """Call completion-handler asynchronously with an event as EventBridge would deliver it."""
        ...


class TableProjection(Protocol):
    """The Airtable table: rows keyed by Video ID."""

    def upsert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Field name -> value. Raises `RetryableError`, `WaitUntilError`, `PermanentError`."""
        ...


class Mailer(Protocol):
    def send(self, subject: str, body: str) -> None: ...


class Metrics(Protocol):
    def count(self, name: str, value: float = 1, unit: str = "Count", **dimensions: str) -> None: ...
