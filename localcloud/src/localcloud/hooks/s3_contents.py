"""S3 object contents, read lazily and in chunks.

moto loads the whole object for every ranged GET and joins all parts in memory when an upload is completed. Here a
GET, a copy, a part copy and a completion pass `Contents`: a view of spans of the buffers, which are spooled to disk.
`FakeKey.value` is the only access to an object's bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from moto.s3.exceptions import S3ClientError
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
    """A read-only view of stored bytes; slices are views, iteration yields chunks of 1 MiB."""

    def __init__(self, spans: list[_Span]) -> None:
        self._spans = spans

    @classmethod
    def of(cls, *keys: Any) -> Contents:
        """Concatenate the contents of stored keys (objects or parts)."""
        return cls([_Span(key._value_buffer, key.lock, 0, key.contentsize) for key in keys])

    def __len__(self) -> int:
        return sum(span.stop - span.start for span in self._spans)

    def __getitem__(self, wanted: slice) -> Contents:
        begin, end, step = wanted.indices(len(self))
        if step != 1:
            raise ValueError("contents cannot be sliced with a step")
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
    """Make `FakeKey.value` return Contents in this thread; elsewhere it stays bytes, as moto expects."""
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
    """Hold the lock of the readers: moto computes the hash on the same file position without it."""
    compute = original.fget
    assert compute is not None

    def etag(key: Any) -> Any:
        if key._etag is None:
            with key.lock:
                return compute(key)
        return compute(key)

    return property(etag)


def _dispose(_: Callable[..., Any]) -> Callable[..., Any]:
    """Mark the key as disposed without closing its buffer, so that pending responses can finish."""

    def dispose(self: Any, garbage: bool = False) -> None:  # noqa: ARG001 - moto's signature
        self.disposed = True

    return dispose


def _lazily(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def respond(self: Any) -> Any:
        with lazy_values():
            return original(self)

    return respond


class IncompleteBody(S3ClientError):  # type: ignore[misc]  # noqa: N818 - S3's name for it
    def __init__(self) -> None:
        super().__init__(
            "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header."
        )


def decode_chunks(body: bytes) -> bytes:
    """Decode an aws-chunked body: `<hexadecimal size>\\r\\n<payload>\\r\\n` until size 0."""
    view = memoryview(body)
    chunks: list[memoryview] = []
    position = 0
    while True:
        end = body.find(b"\r\n", position)
        size_text = body[position:end].split(b";")[0] if end >= 0 else b""
        if not size_text or any(digit not in b"0123456789abcdefABCDEF" for digit in size_text):
            raise IncompleteBody
        size = int(size_text, 16)
        if size == 0:
            return b"".join(chunks)
        begin = end + 2
        if begin + size > len(body):
            raise IncompleteBody
        chunks.append(view[begin : begin + size])
        position = begin + size + 2


def _decoded_at_once(_: Callable[..., bytes]) -> Callable[..., bytes]:
    """Avoid the quadratic cost of moto, which appends chunk to chunk."""

    def _handle_encoded_body(self: Any, body: Any) -> bytes:  # noqa: ARG001 - moto's signature
        if not body:
            return b""
        return decode_chunks(body if isinstance(body, bytes) else body.read())

    return _handle_encoded_body


def install() -> None:
    replace_property(FakeKey, "value", _value)
    replace_property(FakeKey, "etag", _etag)
    replace_function(FakeKey, "dispose", "self garbage", _dispose)
    replace_function(S3Response, "_handle_encoded_body", "self body", _decoded_at_once)
    for operation in ("get_object", "copy_object", "upload_part_copy"):
        replace_function(S3Response, operation, "self", _lazily)
