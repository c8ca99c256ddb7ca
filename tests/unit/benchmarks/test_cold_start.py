"""The report on cold starts: each function next to its peers, and those above the target."""

from __future__ import annotations

import pytest

from benchmarks import cold_start
from benchmarks.cold_start import Median
from vcp.domain.mediaconvert.job_event import parse_job_event
from vcp.wire.environment import SETTINGS_BY_FUNCTION

#: The function takes 1.2 times as long as its clients.
GOOD = {
    "function": Median(0.6, 0.5, 0.55),
    "clients": Median(0.5, 0.5, 0.44),
    "libraries": Median(0.6, 0.6, 0.5),
    "bare": Median(0.3, 0.3, 0.3),
}
SLOW = {**GOOD, "function": Median(0.75, 0.7, 0.7)}


def test_every_function_has_an_event_and_intake_two() -> None:
    assert {*cold_start.FUNCTION_OF.values()} == SETTINGS_BY_FUNCTION.keys()
    events = [cold_start.event_of(row) for row in cold_start.FUNCTION_OF]
    assert all(isinstance(event, dict) and event for event in events)
    assert cold_start.event_of("submission") != cold_start.event_of("intake")


def test_completion_gets_a_job_of_its_own_stack() -> None:
    event = parse_job_event(cold_start.event_of("completion"))
    assert (event.stack, event.status) == ("local", "COMPLETE")
    assert event.video_id is not None


def test_a_row_compares_the_function_with_each_peer() -> None:
    head, _, row = cold_start.table({"notifier": GOOD}).splitlines()
    cells = dict(zip(head.split(" | ")[1:], row.split(" | ")[1:], strict=True))
    assert cells["first answer"] == "600 ms"
    assert row == (
        "| notifier | 600 ms | 500 ms | 550 ms | 440 ms | 1.25 | 500 ms | 1.20 | 600 ms | 1.00 | 300 ms | 2.00 |"
    )


def test_names_functions_above_the_target() -> None:
    (sentence,) = cold_start.too_slow({"notifier": GOOD, "reconciler": SLOW, "submission": SLOW})
    assert sentence.startswith("reconciler takes 1.50 times as long as its clients")


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ("notifier", {"errorType": "KeyError", "errorMessage": "x"}),
        ("intake", {"errorType": "RetryableError"}),
        ("intake", {"status": "accepted"}),
        ("submission", {"code": "queued"}),
        ("completion", None),
    ],
)
def test_rejects_unexpected_answers(row: str, answer: object) -> None:
    with pytest.raises(RuntimeError, match=row):
        cold_start.check_answer(row, answer)


def test_accepts_expected_answers() -> None:
    cold_start.check_answer("notifier", {"batchItemFailures": []})
    cold_start.check_answer("airtable_sync", None)
    cold_start.check_answer("intake", {"errorType": "InvalidRequestError"})
    cold_start.check_answer("completion", {"errorType": "RetryableError"})
    cold_start.check_answer("submission", {"status": "rejected", "code": "drive_not_found"})
