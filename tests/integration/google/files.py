"""Content for test files, and reading it through the adapter."""

from __future__ import annotations

import random
from typing import Any

from vcp.adapters.google.drive import GoogleDrive
from vcp.domain.video.record import SourceFile
from vcp.ports.drive import DriveFile

CONTENT = random.Random(3).randbytes(3 * 1024**2 + 17)  # noqa: S311 - test data


def source_of(file: DriveFile, **changes: Any) -> SourceFile:
    source = SourceFile(
        file_id=file.file_id,
        name=file.name,
        size_bytes=file.size_bytes,
        mime_type=file.mime_type,
        md5=file.md5,
        head_revision_id=file.head_revision_id,
        web_url=file.web_url,
        uploader="anna@example.org",
    )
    return source.but(**changes)


def read(drive: GoogleDrive, source: SourceFile, start: int = 0, length: int = len(CONTENT)) -> bytes:
    return b"".join(drive.ranges(source).read(start, length))
