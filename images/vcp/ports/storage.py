"""Object storage: ranged reads, and one bucket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct


class ByteRanges(Protocol):
    """Random access to one object."""

    size_bytes: int

    def read(self, start: int, length: int) -> Iterable[bytes]:
        """Stream `length` bytes from `start`, clipped at the end of the object. Raises the adapter's `VcpError`s."""
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
        """Start a multipart upload with a full-object CRC64NVME and return its id."""
        ...

    def list_parts(self, key: str, upload_id: str) -> list[Part]:
        """Return the stored parts. Raises `LookupError` if the upload is gone."""
        ...

    def put_part(self, key: str, upload_id: str, number: int, data: bytes) -> Part: ...

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[Part], size_bytes: int) -> StoredObject:
        """Join the parts; the store checks the CRC64NVME combined from theirs."""
        ...

    def abort_upload(self, key: str, upload_id: str) -> None: ...

    def head(self, key: str) -> StoredObject | None: ...

    def ranges(self, key: str) -> ByteRanges:
        """Return ranged reads of an object. Raises `LookupError` if there is none."""
        ...

    def put_json(self, key: str, document: Mapping[str, Any]) -> None: ...

    def get_text(self, key: str, limit_bytes: int = 64 * 1024**2) -> str | None: ...

    def copy_from(
        self, source_bucket: str, source_key: str, key: str, *, download_name: str, content_type: str
    ) -> StoredObject:
        """Copy an object of any size from another bucket, with a full-object checksum."""
        ...

    def delete_prefix(self, prefix: str) -> int:
        """Delete every object under a prefix and return their number."""
        ...
