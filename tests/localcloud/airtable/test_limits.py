"""Rate limits, on a clock of the test, and faults."""

from __future__ import annotations

from typing import Any

import pytest
from pyairtable import Api

from localcloud.airtable.errors import AirtableError
from localcloud.airtable.limits import RateLimiter
from localcloud.client import ConsoleError


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_sixth_request_of_a_second_closes_the_base_for_thirty_seconds() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)

    for _ in range(5):
        limiter.admit("anna", "appOne")
    with pytest.raises(AirtableError) as error:
        limiter.admit("anna", "appOne")
    limiter.admit("anna", "appTwo")
    clock.now += 29.9
    with pytest.raises(AirtableError):
        limiter.admit("ben", "appOne")
    clock.now += 0.2
    limiter.admit("anna", "appOne")

    assert error.value.status == 429


def test_admits_five_requests_a_second_forever() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)

    for _ in range(100):
        limiter.admit("anna", "appOne")
        clock.now += 0.2


def test_owner_has_fifty_requests_a_second_over_all_bases() -> None:
    limiter = RateLimiter(Clock())
    for number in range(50):
        limiter.admit("anna", f"app{number}")

    with pytest.raises(AirtableError):
        limiter.admit("anna", "appNew")
    limiter.admit("ben", "appNew")


def test_body_of_a_rate_limited_response(airtable: Any) -> None:
    airtable.console.set_limits(perBase=1)

    responses = [airtable.request("GET", f"meta/bases/{airtable.base}/tables") for _ in range(3)]

    assert [response.status_code for response in responses] == [200, 429, 429]
    assert responses[1].json() == {
        "errors": [{"error": "RATE_LIMIT_REACHED", "message": "Rate limit exceeded. Please try again later"}]
    }


def test_pyairtable_retries_through_a_fault(airtable: Any) -> None:
    airtable.console.fault(status=429, count=2)

    schema = Api(airtable.token, endpoint_url=airtable.url).base(airtable.base).schema()

    assert [table.name for table in schema.tables] == ["Videos"]
    assert [entry["status"] for entry in airtable.console.requests(base=airtable.base)] == [429, 429, 200]


def test_request_with_a_lost_response_is_carried_out(airtable: Any, rejected: Any) -> None:
    airtable.console.fault(status=503, after=True)

    assert rejected(lambda: airtable.upsert({"Video ID": "a"}))[:2] == (503, "SERVICE_UNAVAILABLE")
    assert airtable.rows() == [{"Video ID": "a"}]


@pytest.mark.parametrize("settings", [{"status": 200}, {"status": 500, "count": 0}])
def test_rejects_an_invalid_fault(airtable: Any, settings: dict[str, int]) -> None:
    with pytest.raises(ConsoleError, match="400"):
        airtable.console.fault(**settings)
