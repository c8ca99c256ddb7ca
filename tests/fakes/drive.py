"""Google Drive in memory."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec.structs import replace

from tests.fakes.clock import START
from tests.fakes.storage import FakeRanges
from vcp.domain.errors import Rejection
from vcp.domain.video.record import SourceFile
from vcp.ports.drive import DriveFile
from vcp.ports.storage import ByteRanges

FILE_ID = "1AbCdEfGhIjKlMnOpQrStUvWxYz012345"


class FakeDrive:
    """Files whose facts can change during a transfer."""

    def __init__(self) -> None:
        self.files: dict[str, DriveFile] = {}
        self.contents: dict[str, FakeRanges] = {}

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
        self.contents[file_id] = FakeRanges(content)
        return self.files[file_id]

    def facts(self, file_id: str, resource_key: str | None = None) -> DriveFile:
        if file_id not in self.files:
            raise Rejection("drive_not_found", "This file does not exist or is not shared with the pipeline.")
        return self.files[file_id]

    def check_version(self, source: SourceFile) -> None:
        if self.facts(source.file_id).md5 != source.md5:
            raise Rejection("drive_file_changed", "The file was replaced in Google Drive while it was processed.")

    def ranges(self, source: SourceFile) -> ByteRanges:
        return self.contents[source.file_id]
