"""Timeouts that depend on each other."""

from __future__ import annotations

from tests.infra.harness import Run
from vcp.services.file_submitter import MIN_TIME_FOR_A_CALL
from vcp.services.folder_scanner import MIN_TIME_FOR_A_PAGE

FUNCTION = "lambda/function:Function"
#: After this n8n's AWS Lambda node times out and calls again.
N8N_TIMEOUT_SECONDS = 300


def seconds_of(run: Run, function: str) -> float:
    return float(run.one(FUNCTION, function).inputs["timeout"])


def test_the_intake_times_out_long_before_its_caller(whole: Run) -> None:
    assert seconds_of(whole, "video-file-processor-test") <= N8N_TIMEOUT_SECONDS / 3


def test_the_reconciler_has_time_for_recovery_and_several_pages_of_the_scan(whole: Run) -> None:
    """The scan starts a page only if the slowest call of the intake still fits."""
    needed = MIN_TIME_FOR_A_PAGE.total_seconds()
    assert seconds_of(whole, "video-reconciler-test") >= 5 * needed
    assert seconds_of(whole, "video-file-processor-test") < MIN_TIME_FOR_A_CALL.total_seconds() <= needed


def test_the_lease_of_a_mail_is_longer_than_the_notifiers_timeout(whole: Run) -> None:
    variables = whole.one(FUNCTION, "video-notifier-test").inputs["environment"]["variables"]
    (lease,) = [float(value) for name, value in variables.items() if name.endswith("MAIL_LEASE_SECONDS")]
    assert lease > seconds_of(whole, "video-notifier-test")
