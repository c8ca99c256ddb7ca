"""Convert records to DynamoDB items and back, without loss."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError
from msgspec import convert, to_builtins

from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import ACTIVE
from vcp.wire.ledger_table import (
    DUE_PARTITION,
    DUE_PARTITION_KEY,
    DUE_SORT_KEY,
    PARTITION_KEY,
    SORT_KEY,
    VIDEO_SORT_KEY,
    video_key,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item = dict[str, "AttributeValueTypeDef"]

#: Error code of a write whose condition failed.
CONDITION_FAILED = "ConditionalCheckFailedException"
#: Identifies one write, so that a writer that missed the answer recognizes its own.
WRITE_ATTRIBUTE = "write_id"
_ITEM_ONLY = frozenset({PARTITION_KEY, SORT_KEY, DUE_PARTITION_KEY, WRITE_ATTRIBUTE})
_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def to_item(values: Mapping[str, Any]) -> Item:
    """Convert plain values to typed attributes. Floats keep every digit; top-level Nones are omitted."""
    return {name: _serializer.serialize(_storable(value)) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Convert typed attributes (of an answer or a stream's image) to plain values; numbers become int or float."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}


def existing_item(error: ClientError) -> dict[str, Any]:
    """Return the item that failed a condition (`ReturnValuesOnConditionCheckFailure`); empty if there was none."""
    response: Mapping[str, Any] = error.response
    return from_item(response.get("Item", {}))


def key(partition: str, sort: str) -> Item:
    return to_item({PARTITION_KEY: partition, SORT_KEY: sort})


def sortable(at: datetime) -> str:
    """Format a time as text that sorts chronologically: UTC, always six digits of a second."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def item_of_record(record: VideoRecord, write_id: str) -> Item:
    """Return a video's item: its fields as attributes, readable by stream filters and people."""
    values: dict[str, Any] = {
        **to_builtins(record),
        PARTITION_KEY: video_key(record.video_id),
        SORT_KEY: VIDEO_SORT_KEY,
        WRITE_ATTRIBUTE: write_id,
    }
    if record.due_at is not None:
        values[DUE_SORT_KEY] = sortable(record.due_at)
        values[DUE_PARTITION_KEY] = DUE_PARTITION if record.state in ACTIVE else None
    return to_item(values)


def record_of_item(item: Mapping[str, Any]) -> VideoRecord:
    """Return the record in a video's item, from a read or from `NewImage`/`OldImage` of a stream event.

    Raises `msgspec.ValidationError` if it is another kind of item.
    """
    return convert({name: value for name, value in from_item(item).items() if name not in _ITEM_ONLY}, VideoRecord)


def _storable(value: Any) -> Any:
    if isinstance(value, float):
        # repr is the shortest text that parses to the same float; DynamoDB keeps 38 digits.
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {name: _storable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
