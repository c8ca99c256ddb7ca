"""Time, without waiting for it: tokens and quotas on a clock of the test's own."""

from __future__ import annotations

import pytest

from localcloud.google_drive.errors import DriveError
from localcloud.google_drive.identity import TOKEN_SECONDS, Identity
from localcloud.google_drive.quota import DOWNLOAD_UNITS, WINDOW_SECONDS, Limits, Quota, units_of


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_user_downloads_1625_times_a_minute() -> None:
    clock = Clock()
    quota = Quota(clock)

    for _ in range(1625):
        quota.charge("robot", DOWNLOAD_UNITS)
    with pytest.raises(DriveError) as refused:
        quota.charge("robot", DOWNLOAD_UNITS)
    quota.charge("somebody else", DOWNLOAD_UNITS)
    clock.now += WINDOW_SECONDS
    quota.charge("robot", DOWNLOAD_UNITS)

    assert (refused.value.status, refused.value.reason) == (403, "userRateLimitExceeded")


def test_a_project_has_a_limit_of_its_own() -> None:
    quota = Quota(Clock())
    quota.limits = Limits(user_units=None, project_units=1000)

    for user in ("a", "b", "c", "d", "e"):
        quota.charge(user, DOWNLOAD_UNITS)
    with pytest.raises(DriveError) as refused:
        quota.charge("f", DOWNLOAD_UNITS)

    assert refused.value.reason == "rateLimitExceeded"


@pytest.mark.parametrize(
    ("operation", "method", "media", "units"),
    [
        ("files.get", "GET", False, 5),
        ("files.get", "GET", True, 200),
        ("files.list", "GET", False, 100),
        ("changes.list", "GET", False, 100),
        ("files.update", "PATCH", False, 50),
        ("files.create", "POST", True, 50),
    ],
)
def test_what_a_request_costs(operation: str, method: str, media: bool, units: int) -> None:
    assert units_of(operation, method, media) == units


def test_a_token_ends_with_its_time() -> None:
    clock = Clock()
    identity = Identity(clock)
    token = identity.issue(identity.principal("a@b.example"), ["https://www.googleapis.com/auth/drive"])

    clock.now += TOKEN_SECONDS - 1
    assert identity.authenticate(token.value) == token
    clock.now += 1
    assert identity.authenticate(token.value) is None
