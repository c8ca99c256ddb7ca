"""S3 object contents that are read when somebody reads them, in pieces.

moto loads the whole object for every ranged GET and joins all parts in memory when an upload is completed. Here a
GET, a copy, a part copy and a completion pass `Contents` along: a view of spans of the stored (spooled to disk)
buffers. This module is where a store of its own for objects (disk-backed, one file an object) would be hooked in:
`FakeKey.value` is the only way in and out of an object's bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from moto.s3.models import FakeKey
from moto.s3.responses import S3Response

from localcloud.hooks.patching import replace_function, replace_property

_CHUNK_BYTES = 1 << 20
_thread = threading.local()


@dataclass(frozen=True)
class _Span:
    """Bytes [start, stop) of one stored buffer. Holding the buffer keeps it readable after a delete."""

    buffer: IO[bytes]
    lock: threading.Lock
    start: int
    stop: int

    def read(self, offset: int, size: int) -> bytes:
        with self.lock:
            self.buffer.seek(self.start + offset)
            return self.buffer.read(min(size, self.stop - self.start - offset))


class Contents:
    """A read-only sequence of bytes that lies elsewhere; slices are views, iteration gives chunks of 1 MiB."""

    def __init__(self, spans: list[_Span]) -> None:
        self._spans = spans

    @classmethod
    def of(cls, *keys: Any) -> Contents:
        """The contents of stored keys (objects or parts), one after the other."""
        return cls([_Span(key._value_buffer, key.lock, 0, key.contentsize) for key in keys])

    def __len__(self) -> int:
        return sum(span.stop - span.start for span in self._spans)

    def __getitem__(self, wanted: slice) -> Contents:
        begin, end, step = wanted.indices(len(self))
        if step != 1:
            raise ValueError("contents are sliced in one piece")
        spans: list[_Span] = []
        position = 0
        for span in self._spans:
            length = span.stop - span.start
            first, last = max(begin - position, 0), min(end - position, length)
            if first < last:
                spans.append(_Span(span.buffer, span.lock, span.start + first, span.start + last))
            position += length
        return Contents(spans)

    def __iter__(self) -> Iterator[bytes]:
        for span in self._spans:
            offset = 0
            while chunk := span.read(offset, _CHUNK_BYTES):
                yield chunk
                offset += len(chunk)

    def __bytes__(self) -> bytes:
        return b"".join(self)


@contextmanager
def lazy_values() -> Iterator[None]:
    """Within it, `FakeKey.value` is Contents in this thread; outside it stays bytes, as moto's services expect."""
    before = getattr(_thread, "lazy", False)
    _thread.lazy = True
    try:
        yield
    finally:
        _thread.lazy = before


def _value(original: property) -> property:
    get, put = original.fget, original.fset
    assert get is not None
    assert put is not None

    def read(key: Any) -> Any:
        return Contents.of(key) if getattr(_thread, "lazy", False) else get(key)

    def write(key: Any, value: Any) -> None:
        if not isinstance(value, Contents):
            put(key, value)
            return
        key._value_buffer.seek(0)
        key._value_buffer.truncate()
        for chunk in value:
            key._value_buffer.write(chunk)
        key.contentsize = len(value)

    return property(read, write)


def _etag(original: property) -> property:
    """moto computes the hash without the lock that readers hold, on the same file position."""
    compute = original.fget
    assert compute is not None

    def etag(key: Any) -> Any:
        if key._etag is None:
            with key.lock:
                return compute(key)
        return compute(key)

    return property(etag)


def _dispose(_: Callable[..., Any]) -> Callable[..., Any]:
    """Only mark, do not close: the bytes go with the last reader, so that an answer under way ends as it began."""

    def dispose(self: Any, garbage: bool = False) -> None:  # noqa: ARG001 - moto's signature
        self.disposed = True

    return dispose


def _lazily(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def respond(self: Any) -> Any:
        with lazy_values():
            return original(self)

    return respond


def install() -> None:
    replace_property(FakeKey, "value", _value)
    replace_property(FakeKey, "etag", _etag)
    replace_function(FakeKey, "dispose", "self garbage", _dispose)
    for operation in ("get_object", "copy_object", "upload_part_copy"):
        replace_function(S3Response, operation, "self", _lazily)
