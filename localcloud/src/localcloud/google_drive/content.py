"""File contents on disk: streamed in, hashed on the way, never whole in memory."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from localcloud.google_drive.model import Blob

CHUNK_BYTES = 1024 * 1024
_DIGESTS = ("md5", "sha1", "sha256")


def read_chunks(path: Path, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The bytes [start, start + length) of a file in chunks of a megabyte at most."""
    with path.open("rb") as source:
        source.seek(start)
        remaining = length
        while remaining is None or remaining > 0:
            chunk = source.read(CHUNK_BYTES if remaining is None else min(CHUNK_BYTES, remaining))
            if not chunk:
                return
            if remaining is not None:
                remaining -= len(chunk)
            yield chunk


def _digest_of(path: Path, name: str) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, name).hexdigest()


def describe(path: Path) -> Blob:
    """Hash a file, the three digests at the same time (hashing releases the interpreter)."""
    with ThreadPoolExecutor(len(_DIGESTS)) as pool:
        md5, sha1, sha256 = pool.map(lambda name: _digest_of(path, name), _DIGESTS)
    return Blob(path=path, size=path.stat().st_size, md5=md5, sha1=sha1, sha256=sha256)


class ContentStore:
    """A directory of immutable blobs."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory

    def new_path(self) -> Path:
        """A path that nothing has yet, for an upload under way."""
        return self._directory / uuid.uuid4().hex

    def take(self, source: Path) -> Blob:
        """A blob with the content of a local file: a hard link, or a copy across file systems."""
        path = self.new_path()
        try:
            os.link(source.resolve(), path)
        except OSError as refused:
            if refused.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                raise
            shutil.copyfile(source, path)
        return describe(path)

    def write(self, chunks: Iterable[bytes]) -> Blob:
        """A blob of streamed bytes."""
        path = self.new_path()
        with path.open("wb") as target:
            for chunk in chunks:
                target.write(chunk)
        return describe(path)

    def adopt(self, path: Path) -> Blob:
        """A blob of a finished upload that was written to `new_path()`."""
        return describe(path)

    def copy(self, blob: Blob) -> Blob:
        """The same content under a path of its own."""
        path = self.new_path()
        os.link(blob.path, path)
        return Blob(path, blob.size, blob.md5, blob.sha1, blob.sha256)

    def extended(self, blob: Blob, extra: int) -> Blob:
        """The content with `extra` zero bytes after it."""
        path = self.new_path()
        shutil.copyfile(blob.path, path)
        with path.open("r+b") as target:
            target.truncate(blob.size + extra)
        return describe(path)

    def drop(self, blob: Blob) -> None:
        """Forget a blob; a download under way keeps reading what it opened."""
        blob.path.unlink(missing_ok=True)
