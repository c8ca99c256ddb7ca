"""Objects in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vcp.domain.errors import RetryableError
from vcp.ports.storage import ByteRanges, Part, StoredObject


class FakeRanges:
    """Ranged reads of bytes. A read across `break_at` fails once."""

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


class FakeStore:
    """A bucket. `others`: buckets that it can copy from."""

    def __init__(self, bucket: str, others: Mapping[str, FakeStore] | None = None) -> None:
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
        assert sorted(held) == [part.number for part in parts], "parts are missing or repeated"
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
        return FakeRanges(self.objects[key])

    def put_json(self, key: str, document: Mapping[str, Any]) -> None:
        self.documents[key] = dict(document)

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
