"""Copying in parallel parts: complete, resumable, hashed in order."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.function_memory import BUFFERS_PER_PARALLEL_PART
from tests.fakes.storage import FakeRanges, FakeStore
from vcp.domain.errors import RetryableError
from vcp.ports.storage import Part
from vcp.services.copying import MAX_PARTS, MIB, CopyResult, HandOver, PartCopier, part_size, whole_md5


def copier(source: FakeRanges, store: FakeStore, upload_id: str, *, stop_after: int | None = None) -> PartCopier:
    calls = iter(range(10_000))
    return PartCopier(
        source=source,
        store=store,
        key="incoming/a",
        upload_id=upload_id,
        part_bytes=1000,
        parallel=3,
        on_progress=lambda _: None,
        should_stop=lambda: stop_after is not None and next(calls) >= stop_after,
    )


def copy_all(content: bytes) -> tuple[FakeStore, CopyResult]:
    store = FakeStore("temp")
    upload = store.start_upload("incoming/a", "video/mp4", {})
    copied = copier(FakeRanges(content), store, upload).copy([])
    store.complete_upload("incoming/a", upload, copied.parts, len(content))
    return store, copied


@settings(max_examples=30, deadline=None)
@given(st.integers(min_value=1, max_value=9_999))
def test_copies_every_byte_in_order(size: int) -> None:
    content = bytes(i * 31 % 251 for i in range(size))
    store, copied = copy_all(content)
    assert store.objects["incoming/a"] == content
    assert copied.md5 == hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_a_stopped_copy_resumes() -> None:
    content = bytes(range(256)) * 40
    store = FakeStore("temp")
    upload = store.start_upload("incoming/a", "video/mp4", {})
    with pytest.raises(HandOver):
        copier(FakeRanges(content), store, upload, stop_after=4).copy([])
    stored_first = list(store.put_parts)
    assert stored_first, "parts in flight are kept"

    copied = copier(FakeRanges(content), store, upload).copy(store.list_parts("incoming/a", upload))
    store.complete_upload("incoming/a", upload, copied.parts, len(content))

    assert store.objects["incoming/a"] == content
    assert sorted(store.put_parts) == list(range(1, 12)), "no part is copied twice"
    assert copied.md5 is None
    assert whole_md5(store.ranges("incoming/a")) == hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_raises_for_a_broken_part_and_keeps_the_others() -> None:
    content = bytes(5000)
    store = FakeStore("temp")
    upload = store.start_upload("incoming/a", "video/mp4", {})
    with pytest.raises(RetryableError, match="broke off"):
        copier(FakeRanges(content, break_at=2500), store, upload).copy([])
    assert 1 in store.put_parts
    assert 3 not in store.put_parts


class ShortRanges(FakeRanges):
    def read(self, start: int, length: int):  # type: ignore[no-untyped-def]
        yield self.content[start : start + length - 1]


def test_rejects_a_short_read() -> None:
    store = FakeStore("temp")
    upload = store.start_upload("incoming/a", "video/mp4", {})
    with pytest.raises(RetryableError) as caught:
        copier(ShortRanges(bytes(1500)), store, upload).copy([])
    assert caught.value.code == "short_read"


def test_copies_a_stored_part_of_another_length_again() -> None:
    store = FakeStore("temp")
    upload = store.start_upload("incoming/a", "video/mp4", {})
    copied = copier(FakeRanges(bytes(2000)), store, upload).copy([Part(1, 900, "e", "c")])
    assert [part.size_bytes for part in copied.parts] == [1000, 1000]


@pytest.mark.parametrize(
    ("size", "wanted", "expected"),
    [
        (1, 5 * 1024**2, 5 * 1024**2),
        (MAX_PARTS * 5 * 1024**2, 5 * 1024**2, 5 * 1024**2),
        (MAX_PARTS * 5 * 1024**2 + 1, 5 * 1024**2, 6 * 1024**2),
    ],
)
def test_part_size_grows_to_stay_within_the_part_limit(size: int, wanted: int, expected: int) -> None:
    assert part_size(size, wanted) == expected
    assert -(-size // part_size(size, wanted)) <= MAX_PARTS


class Zeros:
    """A large file that is read in chunks."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes

    def read(self, start: int, length: int) -> Iterator[bytes]:
        for at in range(start, start + length, 65_536):
            yield bytes(min(65_536, start + length - at))


class Sink(FakeStore):
    """Discards its parts."""

    def put_part(self, key: str, upload_id: str, number: int, data: bytes) -> Part:
        return Part(number, len(data), "etag", "")


def test_memory_is_bounded_by_the_parts_in_flight() -> None:
    """`infra.function_memory` relies on it."""
    part_bytes, parallel = 4 * MIB, 1
    copier = PartCopier(
        Zeros(6 * part_bytes), Sink("temp"), "key", "upload", part_bytes, parallel, lambda _: None, bool
    )
    tracemalloc.start()
    try:
        copied = copier.copy([])
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(copied.parts) == 6
    assert peak_bytes < (BUFFERS_PER_PARALLEL_PART + 0.5) * parallel * part_bytes
