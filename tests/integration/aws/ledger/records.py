"""Records for tests of the ledger, and concurrent calls."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any, TypeVar
from uuid import uuid4

from tests.integration.conftest import START
from vcp.domain.errors import LeaseHeldError, StaleRecordError
from vcp.domain.model.contract import Contract
from vcp.domain.model.media import AudioTrack, MediaFacts, VideoTrack
from vcp.domain.video.record import SourceFile, VideoRecord
from vcp.domain.video.states import State

T = TypeVar("T")


def new_record(file_id: str | None = None, version: str = "a", **changes: Any) -> VideoRecord:
    file_id = file_id or f"file-{uuid4().hex}"
    record = VideoRecord(
        video_id=f"{file_id}-{version}",
        state=State.QUEUED,
        source=SourceFile(
            file_id=file_id,
            name="Müller – Rohschnitt.mov",
            size_bytes=7 * 10**12,
            head_revision_id=version or None,
            web_url="",
            uploader="anna@example.org",
        ),
        contract=Contract(),
        created_at=START,
        updated_at=START,
        due_at=START + timedelta(minutes=15),
    )
    return record.but(**changes)


def facts() -> MediaFacts:
    return MediaFacts(
        container="mov,mp4",
        duration_seconds=3723.0000000000005,
        video=(VideoTrack(index=0, codec="h264", width=1920, height=1080, frame_rate="30000/1001", start_seconds=0.0),),
        audio=(AudioTrack(index=1, number=1, codec="aac", channels=2, title="", start_seconds=-0.021333),),
    )


def at_once(count: int, call: Callable[[int], T]) -> list[T | Exception]:
    """Call from `count` threads that start together. Return their results or errors."""
    barrier = Barrier(count)

    def start(number: int) -> T | Exception:
        barrier.wait(30)
        try:
            return call(number)
        except (LeaseHeldError, StaleRecordError) as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))
