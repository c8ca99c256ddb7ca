"""Copy a file into a multipart upload: parallel parts, resumable, with an MD5 over the whole file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO

from msgspec import Struct

from vcp.domain.errors import RetryableError
from vcp.ports.storage import ByteRanges, ObjectStore, Part

#: S3: at most 10,000 parts, each at least 5 MiB but the last (S3 user guide, "Multipart upload limits").
MAX_PARTS = 10_000
MIB = 1024**2


class HandOver(Exception):  # noqa: N818 - not an error: the next invocation continues
    """The function's time is nearly up. Every part that was copied is stored."""


class CopyResult(Struct, frozen=True):
    """All parts in order. `md5` is None after a resumed copy: it then requires a pass over the stored object."""

    parts: tuple[Part, ...]
    md5: str | None


def part_size(size_bytes: int, wanted_bytes: int) -> int:
    """Return the part size in bytes: as wanted, or larger (whole MiB) if that takes more than 10,000 parts."""
    smallest = -(-size_bytes // MAX_PARTS)
    if smallest <= wanted_bytes:
        return wanted_bytes
    return -(-smallest // MIB) * MIB


class PartCopier(Struct, frozen=True):
    """Copy the missing parts of one upload.

    At most `parallel` parts are in flight and as many wait to be hashed: memory is about 2 x parallel x part_bytes.
    """

    source: ByteRanges
    store: ObjectStore
    key: str
    upload_id: str
    part_bytes: int
    parallel: int
    on_progress: Callable[[int], None]
    should_stop: Callable[[], bool]

    def copy(self, stored: list[Part]) -> CopyResult:
        """Copy every part that is not in `stored`.

        Raises `HandOver` when `should_stop` returns true between parts, and what source or store raise. Parts that
        were stored stay, and the next call continues from there.
        """
        done = {part.number: part for part in stored if part.size_bytes == self._length(part.number)}
        digest = None if done else hashlib.md5(usedforsecurity=False)
        copied_bytes = sum(part.size_bytes for part in done.values())
        pool = ThreadPoolExecutor(self.parallel, thread_name_prefix="part")
        try:
            for part, data in self._in_order(pool, set(done)):
                if digest is not None:
                    digest.update(data)
                del data  # free it before waiting for the next part
                done[part.number] = part
                copied_bytes += part.size_bytes
                self.on_progress(copied_bytes)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        parts = tuple(done[number] for number in sorted(done))
        return CopyResult(parts, digest.hexdigest() if digest else None)

    def _in_order(self, pool: ThreadPoolExecutor, done: set[int]) -> Iterator[tuple[Part, bytes]]:
        """Yield parts in the order of their numbers, with a bounded window ahead."""
        count = max(1, -(-self.source.size_bytes // self.part_bytes))
        remaining = iter(number for number in range(1, count + 1) if number not in done)
        window: list[Future[tuple[Part, bytes]]] = []
        while True:
            while len(window) < 2 * self.parallel and (number := next(remaining, None)) is not None:
                if self.should_stop():
                    self._drain(window)
                window.append(pool.submit(self._copy_part, number))
            if not window:
                return
            yield window.pop(0).result()

    def _drain(self, window: list[Future[tuple[Part, bytes]]]) -> None:
        for future in window:
            future.result()
        raise HandOver

    def _copy_part(self, number: int) -> tuple[Part, bytes]:
        length = self._length(number)
        with BytesIO() as buffer:  # joining a list of chunks would need twice the memory
            for chunk in self.source.read((number - 1) * self.part_bytes, length):
                buffer.write(chunk)
            data = buffer.getvalue()
        if len(data) != length:
            raise RetryableError(
                "short_read", "The download broke off; it will be retried.", f"part {number}: {len(data)}/{length}"
            )
        return self.store.put_part(self.key, self.upload_id, number, data), data

    def _length(self, number: int) -> int:
        return min(self.part_bytes, self.source.size_bytes - (number - 1) * self.part_bytes)


def whole_md5(ranges: ByteRanges, should_stop: Callable[[], bool] = lambda: False) -> str:
    """Return the hex MD5 of all bytes, in one streamed pass. Raises `HandOver` when `should_stop` returns true."""
    digest = hashlib.md5(usedforsecurity=False)
    for chunk in ranges.read(0, ranges.size_bytes):
        if should_stop():
            raise HandOver
        digest.update(chunk)
    return digest.hexdigest()
