"""Parse batches of the ledger's stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from vcp.adapters.aws.ledger.items import from_item, record_of_item
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import State
from vcp.wire.ledger_table import SORT_KEY, VIDEO_SORT_KEY


class VideoChange(Struct, frozen=True, kw_only=True):
    """One write of a video's record. `before` is None for a new video; `sequence_number` is the stream's."""

    before: State | None
    record: VideoRecord
    sequence_number: str


def video_changes(event: Mapping[str, Any]) -> Iterator[VideoChange]:
    """Yield the changes of videos in a DynamoDB stream event (Lambda developer guide, "Using Lambda with DynamoDB").

    Skips other items and deletions. Raises `KeyError` if it is not such an event.
    """
    for entry in event["Records"]:
        change = entry["dynamodb"]
        if change["Keys"].get(SORT_KEY, {}).get("S") != VIDEO_SORT_KEY or "NewImage" not in change:
            continue
        old = change.get("OldImage")
        yield VideoChange(
            before=State(from_item({"state": old["state"]})["state"]) if old else None,
            record=record_of_item(change["NewImage"]),
            sequence_number=change["SequenceNumber"],
        )
