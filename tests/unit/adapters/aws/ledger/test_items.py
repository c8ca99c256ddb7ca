"""Records as DynamoDB items, without loss."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from inspect import get_annotations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError
from msgspec.structs import fields

from vcp.adapters.aws.ledger.items import from_item, item_of_record, record_of_item, sortable, to_item
from vcp.domain.model.contract import Contract
from vcp.domain.value import Value
from vcp.domain.video.record import SourceFile, VideoRecord
from vcp.domain.video.states import State

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**37), 10**37)
    | st.text()
    # Integral floats are read as int; beyond 2**53 the two compare unequal although the float is the same.
    | st.floats(min_value=1e-100, max_value=2**53),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1), plain, max_size=5))
def test_round_trips_plain_values(values: dict[str, Any]) -> None:
    kept = {name: value for name, value in values.items() if value is not None}

    assert from_item(to_item(values)) == kept


#: DynamoDB's numbers range from 1e-130 to 9.99e125.
numbers = st.floats(min_value=1e-100, max_value=1e100)


@given(numbers | numbers.map(lambda number: -number) | st.just(0.0))
def test_floats_keep_every_digit(value: float) -> None:
    assert float(from_item(to_item({"value": value}))["value"]) == value


moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, moments)
def test_sortable_times_sort_chronologically(one: datetime, other: datetime) -> None:
    assert (sortable(one) < sortable(other)) == (one < other)
    assert sortable(one.astimezone(timezone(timedelta(hours=5.5)))) == sortable(one)
    assert datetime.fromisoformat(sortable(one)) == one


def record(**changes: Any) -> VideoRecord:
    record = VideoRecord(
        video_id="file-md5",
        state=State.QUEUED,
        source=SourceFile(file_id="file", name="Größe.mov", web_url="", uploader="anna@example.org"),
        contract=Contract(),
        created_at=AT,
        updated_at=AT,
        due_at=AT,
    )
    return record.but(**changes)


def test_round_trips_a_record() -> None:
    original = record(cost_usd=0.1 + 0.2, times={"queued": AT})

    assert record_of_item(item_of_record(original, "w")) == original


def test_only_active_videos_with_a_due_time_are_indexed() -> None:
    assert item_of_record(record(), "w")["due_partition"] == {"S": "active"}
    assert item_of_record(record(), "w")["due_at"] == {"S": "2026-11-22T12:00:00.000000+00:00"}
    assert "due_partition" not in item_of_record(record(due_at=None), "w")
    assert "due_at" not in item_of_record(record(due_at=None), "w")
    assert "due_partition" not in item_of_record(record(state=State.COMPLETED), "w")


def test_rejects_another_kind_of_item() -> None:
    with pytest.raises(ValidationError, match="unknown field `owner`"):
        record_of_item(to_item({"pk": "VIDEO#x", "sk": "LEASE", "owner": "worker"}))


def values_in(kind: Any) -> set[type[Value]]:
    """Return the `Value` classes in a type, including itself."""
    inside = {each for part in get_args(kind) for each in values_in(part)}
    if not (isinstance(kind, type) and issubclass(kind, Value)):
        return inside
    return inside | {kind} | {each for field in fields(kind) for each in values_in(field.type)}


def test_annotations_need_no_compilation_at_a_cold_start() -> None:
    classes = values_in(VideoRecord)
    assert {VideoRecord, SourceFile, Contract} < classes

    texts = {each.__name__ for each in classes if any(type(kind) is str for kind in get_annotations(each).values())}
    assert texts == set(), "msgspec would compile these at every cold start"
