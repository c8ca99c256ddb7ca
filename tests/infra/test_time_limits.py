"""Times that only hold together: who waits for whom, and who must have ended by then."""

from __future__ import annotations

from tests.infra.harness import Run
from vcp.services.file_submitter import MIN_TIME_FOR_A_CALL
from vcp.services.folder_scanner import MIN_TIME_FOR_A_PAGE

FUNCTION = "lambda/function:Function"
#: n8n's AWS Lambda node gives up on a call then, and calls again.
N8N_PATIENCE_SECONDS = 300


def seconds_of(run: Run, function: str) -> float:
    return float(run.one(FUNCTION, function).inputs["timeout"])


def test_the_door_ends_long_before_its_caller_gives_up(whole: Run) -> None:
    assert seconds_of(whole, "video-file-processor-test") <= N8N_PATIENCE_SECONDS / 3


def test_the_reconciler_has_time_for_pages_of_the_watched_folder_beside_its_other_work(whole: Run) -> None:
    """A page is begun only while a call of the door, at its slowest, still ends in time."""
    needed = MIN_TIME_FOR_A_PAGE.total_seconds()
    assert seconds_of(whole, "video-reconciler-test") >= 5 * needed
    assert seconds_of(whole, "video-file-processor-test") < MIN_TIME_FOR_A_CALL.total_seconds() <= needed


def test_a_mail_is_claimed_for_longer_than_its_sender_may_run(whole: Run) -> None:
    variables = whole.one(FUNCTION, "video-notifier-test").inputs["environment"]["variables"]
    (lease,) = [float(value) for name, value in variables.items() if name.endswith("MAIL_LEASE_SECONDS")]
    assert lease > seconds_of(whole, "video-notifier-test")
