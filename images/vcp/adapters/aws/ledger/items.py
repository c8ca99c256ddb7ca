"""Ledger items: a record as DynamoDB stores it, and back, without loss."""

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

#: The error code of a write whose condition did not hold.
CONDITION_FAILED = "ConditionalCheckFailedException"
#: Names one write, so that a writer whose answer was lost recognises its own.
WRITE_ATTRIBUTE = "write_id"
_OURS = frozenset({PARTITION_KEY, SORT_KEY, DUE_PARTITION_KEY, WRITE_ATTRIBUTE})
_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def to_item(values: Mapping[str, Any]) -> Item:
    """Plain values as DynamoDB's typed attributes. Floats keep every digit; top-level Nones are left out."""
    return {name: _serializer.serialize(_storable(value)) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Typed attributes (of a call's answer or a stream's image) as plain values: numbers are int or float."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}


def item_that_stands(error: ClientError) -> dict[str, Any]:
    """What a failed condition found, as asked for by `ReturnValuesOnConditionCheckFailure`; empty if nothing."""
    response: Mapping[str, Any] = error.response
    return from_item(response.get("Item", {}))


def key(partition: str, sort: str) -> Item:
    return to_item({PARTITION_KEY: partition, SORT_KEY: sort})


def sortable(at: datetime) -> str:
    """A time whose text sorts as the time does: UTC, always six digits of a second."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def item_of_record(record: VideoRecord, write_id: str) -> Item:
    """The video's item: its fields as attributes, so that stream filters and people can read them."""
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
    """The record in a video's item: of a read, or of `NewImage`/`OldImage` in a stream's event.

    Raises `msgspec.ValidationError` for an item that is not a video's.
    """
    return convert({name: value for name, value in from_item(item).items() if name not in _OURS}, VideoRecord)


def _storable(value: Any) -> Any:
    if isinstance(value, float):
        # repr is the shortest text that reads back as the same float; DynamoDB keeps 38 digits.
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
