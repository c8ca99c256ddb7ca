"""Five requests a second a base, thirty seconds of nothing after that, and other bad weather."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from pyairtable import Api

from localcloud.airtable.errors import RateLimitError
from localcloud.airtable.limits import Limits, RateLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_sixth_request_of_a_second_closes_the_base_for_thirty() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)

    for _ in range(5):
        limiter.admit("anna", "appOne")
    with pytest.raises(RateLimitError) as refused:
        limiter.admit("anna", "appOne")
    limiter.admit("anna", "appTwo")
    clock.now += 29.9
    with pytest.raises(RateLimitError):
        limiter.admit("ben", "appOne")  # whoever asks
    clock.now += 0.2
    limiter.admit("anna", "appOne")

    assert refused.value.status == 429
    assert limiter.calls_this_month == 7


def test_five_a_second_go_on_for_ever() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)

    for _ in range(100):
        limiter.admit("anna", "appOne")
        clock.now += 0.2


def test_an_owner_has_fifty_over_all_bases() -> None:
    limiter = RateLimiter(Clock())
    for number in range(50):
        limiter.admit("anna", f"app{number}")

    with pytest.raises(RateLimitError):
        limiter.admit("anna", "appNew")
    limiter.admit("ben", "appNew")


def test_a_month_can_be_used_up() -> None:
    limiter = RateLimiter(Clock())
    limiter.limits = Limits(monthly_calls=1)
    limiter.admit("anna", "appOne")

    with pytest.raises(RateLimitError) as refused:
        limiter.admit("anna", "appOne")

    assert refused.value.kind == "PUBLIC_API_BILLING_LIMIT_EXCEEDED"


def test_the_wire_form_of_a_refused_request(desk: Any) -> None:
    desk.console.set_limits(perBase=1, penaltySeconds=3600)
    url, headers = f"{desk.url}/v0/{desk.base}/Videos", {"Authorization": f"Bearer {desk.token}"}

    answers = [requests.get(url, headers=headers, timeout=10) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 429, 429]
    assert answers[1].json() == {
        "errors": [{"error": "RATE_LIMIT_REACHED", "message": "Rate limit exceeded. Please try again later"}]
    }
    assert desk.console.limits()["callsThisMonth"] == 1


def test_pyairtables_own_retries_ride_over_a_short_breach(desk: Any) -> None:
    desk.console.fault(status=429, count=2)

    found = Api(desk.token, endpoint_url=desk.url).table(desk.base, "Videos").all()

    assert found == []
    assert [entry["status"] for entry in desk.console.requests(base=desk.base)] == [429, 429, 200]


def test_a_lost_answer_was_still_carried_out(desk: Any, refusal: Any) -> None:
    desk.console.fault(status=503, after=True, only="update_many")
    row = [{"fields": {"Video ID": "a"}}]

    status, kind, _ = refusal(lambda: desk.videos.batch_upsert(row, key_fields=["Video ID"]))
    again = desk.videos.batch_upsert(row, key_fields=["Video ID"])

    assert (status, kind) == (503, "SERVICE_UNAVAILABLE")
    assert again["createdRecords"] == []
    assert desk.rows() == [{"Video ID": "a"}]


def test_a_late_answer_runs_into_the_clients_limit(desk: Any) -> None:
    desk.console.fault(delaySeconds=2, only="list")
    impatient = Api(desk.token, endpoint_url=desk.url, retry_strategy=None, timeout=(1, 0.2))  # type: ignore[arg-type]

    with pytest.raises(requests.ReadTimeout):
        impatient.table(desk.base, "Videos").all()

    assert desk.videos.all() == []
