"""Airtable through pyairtable: rows by Video ID, creation of the table, rate limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from localcloud.client import Console
from localcloud.process import RunningCloud
from tests.fakes.clock import ManualClock
from vcp.adapters.airtable import AirtableTable
from vcp.domain.errors import PermanentError, RetryableError, WaitUntilError
from vcp.domain.reporting.airtable_rows import TABLE_FIELDS
from vcp.ports.airtable import VideoRow

TABLE = "Processed Videos"


@pytest.fixture
def console(cloud: RunningCloud) -> Iterator[Console]:
    """Yield the console, with Airtable's rate limit off; the tests about it switch it on."""
    console = cloud.console_client
    console.airtable.set_limits(perBase=1000)
    yield console
    console.airtable.clear_faults()
    console.airtable.set_limits()


@pytest.fixture
def base(console: Console) -> str:
    return console.airtable.base(f"Studio {uuid4().hex}")


Projection = Callable[..., AirtableTable]


@pytest.fixture
def projection(cloud: RunningCloud, console: Console, base: str, clock: ManualClock) -> Projection:
    """Return a function that creates the adapter, by default with a token of all scopes."""

    def create(token: Any = None, **changes: Any) -> AirtableTable:
        text = token or console.airtable.token([base])
        options: dict[str, Any] = {
            "base_id": base,
            "table": TABLE,
            "fields": TABLE_FIELDS,
            "clock": clock,
            "endpoint": cloud.airtable,
            "calls_per_second": 1000,
            "backoff_factor": 0.001,
        }
        secret = text if callable(text) else lambda *, fresh=False: text
        return AirtableTable(secret, **{**options, **changes})

    return create


def fields(video_id: str, **more: Any) -> dict[str, Any]:
    return {"Video ID": video_id, "File Name": f"{video_id}.mov", "Status": "Processing", **more}


def row(video_id: str, **more: Any) -> VideoRow:
    return VideoRow(video_id, fields(video_id, **more))


def rows_of(console: Console, base: str) -> dict[str, dict[str, Any]]:
    return {record["fields"]["Video ID"]: record["fields"] for record in console.airtable.records(base, TABLE)}


def test_creates_the_table_for_the_first_row(projection: Projection, console: Console, base: str) -> None:
    projection().upsert([row("video-1", Duration=90, **{"Original Size (MB)": 6100.25, "Compressed URL": None})])

    assert rows_of(console, base) == {"video-1": fields("video-1", Duration=90, **{"Original Size (MB)": 6100.25})}


def test_updates_the_row_of_a_video(projection: Projection, console: Console, base: str) -> None:
    table = projection()
    table.upsert([row("video-1"), row("video-2")])
    table.upsert([row("video-1", Status="Retrying"), row("video-1", Status="Completed")])

    assert {key: fields["Status"] for key, fields in rows_of(console, base).items()} == {
        "video-1": "Completed",
        "video-2": "Processing",
    }


def test_writes_ten_rows_per_call(projection: Projection, console: Console, base: str) -> None:
    table = projection()
    table.upsert([row("first")])
    console.airtable.clear_requests()

    table.upsert([row(f"video-{number}") for number in range(23)])

    assert len(rows_of(console, base)) == 24
    assert [request["status"] for request in console.airtable.requests(base=base)] == [200, 200, 200]


def test_creates_a_missing_field(projection: Projection, console: Console, base: str) -> None:
    fewer = {name: TABLE_FIELDS[name] for name in ("File Name", "Status", "Video ID")}
    projection(fields=fewer).upsert([row("old")])

    projection().upsert([row("new", **{"Error Message": "too long"})])

    assert rows_of(console, base)["new"]["Error Message"] == "too long"


def test_asks_the_operator_for_a_table_it_may_not_create(projection: Projection, console: Console, base: str) -> None:
    token = console.airtable.token([base], scopes=["data.records:read", "data.records:write"])

    with pytest.raises(PermanentError, match="airtable_table_missing") as caught:
        projection(token).upsert([row("video-1")])

    assert TABLE in caught.value.sentence
    assert "schema.bases:write" in caught.value.sentence
    # The same token suffices once the table exists.
    projection().upsert([row("first")])
    projection(token).upsert([row("video-1")])
    assert sorted(rows_of(console, base)) == ["first", "video-1"]


def test_waits_out_the_penalty_after_throttling(
    projection: Projection, console: Console, base: str, clock: ManualClock
) -> None:
    table = projection()
    table.upsert([row("video-1")])
    console.airtable.fault(status=429)
    console.airtable.clear_requests()

    with pytest.raises(WaitUntilError, match="airtable_rate_limited") as caught:
        table.upsert([row("video-2")])

    assert caught.value.until == clock.now() + timedelta(seconds=30)
    # Another call would prolong the penalty.
    assert len(console.airtable.requests(base=base)) == 1


def test_keeps_below_the_rate_limit_while_creating_the_table(
    projection: Projection, console: Console, base: str
) -> None:
    console.airtable.set_limits(perBase=5)
    table = projection(calls_per_second=4)

    for number in range(6):
        table.upsert([row(f"video-{number}")])

    requests = console.airtable.requests(base=base)
    assert len(requests) > 8
    assert 429 not in {request["status"] for request in requests}
    assert len(rows_of(console, base)) == 6


@pytest.mark.parametrize("status", [500, 502, 503])
def test_retries_a_transient_fault(projection: Projection, console: Console, base: str, status: int) -> None:
    table = projection()
    table.upsert([row("video-1")])
    console.airtable.fault(status=status, count=2)

    table.upsert([row("video-2")])

    assert sorted(rows_of(console, base)) == ["video-1", "video-2"]


def test_a_lost_answer_creates_no_second_row(projection: Projection, console: Console, base: str) -> None:
    table = projection()
    table.upsert([row("video-1")])
    console.airtable.fault(status=502, after=True)

    table.upsert([row("video-2")])

    assert len(console.airtable.records(base, TABLE)) == 2


def test_a_lasting_fault_is_retryable(projection: Projection, console: Console) -> None:
    table = projection()
    table.upsert([row("video-1")])
    console.airtable.fault(status=503, count=4)

    with pytest.raises(RetryableError, match="airtable_unavailable"):
        table.upsert([row("video-2")])


def test_no_answer_is_retryable(projection: Projection) -> None:
    with pytest.raises(RetryableError, match="airtable_unreachable"):
        projection(endpoint="http://127.0.0.1:9").upsert([row("video-1")])


def test_reads_a_rotated_token(projection: Projection, console: Console, base: str) -> None:
    old, new = console.airtable.token([base]), console.airtable.token([base])
    table = projection(lambda *, fresh=False: new if fresh else old)
    table.upsert([row("video-1")])
    console.airtable.revoke(old)

    table.upsert([row("video-2")])

    assert sorted(rows_of(console, base)) == ["video-1", "video-2"]


def test_a_rejected_token_is_a_permanent_error(projection: Projection) -> None:
    with pytest.raises(PermanentError, match="airtable_token_refused") as caught:
        projection("patWrong.topsecret").upsert([row("video-1")])

    assert "topsecret" not in str(caught.value)


def test_a_token_for_another_base_is_a_permanent_error(projection: Projection, console: Console) -> None:
    elsewhere = console.airtable.token([console.airtable.base("elsewhere")])

    with pytest.raises(PermanentError):
        projection(elsewhere).upsert([row("video-1")])


def test_an_invalid_value_is_a_permanent_error(projection: Projection) -> None:
    table = projection()
    table.upsert([row("video-1")])

    with pytest.raises(PermanentError, match="airtable_refused") as caught:
        table.upsert([row("video-2", **{"Original Size (MB)": {"no": "number"}})])

    assert "Original Size (MB)" in caught.value.detail


def test_sends_no_request_without_rows(projection: Projection, console: Console, base: str) -> None:
    projection().upsert([])

    assert console.airtable.requests(base=base) == []
