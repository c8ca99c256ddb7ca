"""File contents on disk, hashed without being read into memory as a whole."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from localcloud.google_drive.model import Blob


class ContentStore:
    """A directory of immutable blobs."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory

    def take(self, source: Path) -> Blob:
        """Store the content of a local file: a hard link, or a copy across file systems."""
        path = self._new_path()
        try:
            os.link(source.resolve(), path)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                raise
            shutil.copyfile(source, path)
        return _hashed(path)

    def extended(self, blob: Blob, extra: int) -> Blob:
        """Store the content with `extra` zero bytes after it."""
        path = self._new_path()
        shutil.copyfile(blob.path, path)
        os.truncate(path, blob.size + extra)
        return _hashed(path)

    def drop(self, blob: Blob) -> None:
        """Delete a blob; a running download keeps the file that it opened."""
        blob.path.unlink(missing_ok=True)

    def _new_path(self) -> Path:
        return self._directory / uuid.uuid4().hex


def _hashed(path: Path) -> Blob:
    """Compute the three digests at the same time: hashing releases the interpreter."""

    def digest(name: str) -> str:
        with path.open("rb") as source:
            return hashlib.file_digest(source, name).hexdigest()

    with ThreadPoolExecutor() as pool:
        return Blob(path, path.stat().st_size, *pool.map(digest, ("md5", "sha1", "sha256")))
