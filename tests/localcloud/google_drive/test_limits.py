"""Quotas and the life of tokens, on a clock of the test."""

from __future__ import annotations

import pytest

from localcloud.google_drive.errors import DriveError
from localcloud.google_drive.identity import TOKEN_SECONDS, Identity
from localcloud.google_drive.quota import DOWNLOAD_UNITS, PROJECT_UNITS, WINDOW_SECONDS, Quota, units_of


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_user_downloads_1625_times_a_minute() -> None:
    clock = Clock()
    quota = Quota(clock)

    for _ in range(1625):
        quota.charge("robot", DOWNLOAD_UNITS)
    with pytest.raises(DriveError) as error:
        quota.charge("robot", DOWNLOAD_UNITS)
    quota.charge("anna", DOWNLOAD_UNITS)
    clock.now += WINDOW_SECONDS
    quota.charge("robot", DOWNLOAD_UNITS)

    assert (error.value.status, error.value.reason) == (403, "userRateLimitExceeded")


def test_project_has_a_limit_of_its_own() -> None:
    quota = Quota(Clock())

    for user in ("a", "b", "c", "d"):
        quota.charge(user, PROJECT_UNITS // 4)
    with pytest.raises(DriveError) as error:
        quota.charge("e", DOWNLOAD_UNITS)

    assert error.value.reason == "rateLimitExceeded"


@pytest.mark.parametrize(
    ("operation", "media", "units"),
    [("files.get", False, 5), ("files.get", True, 200), ("files.list", False, 100), ("changes.list", False, 100)],
)
def test_cost_of_a_request(operation: str, media: bool, units: int) -> None:
    assert units_of(operation, media) == units


def test_token_expires() -> None:
    clock = Clock()
    identity = Identity(clock)
    token = identity.issue("a@b.example", ["https://www.googleapis.com/auth/drive"])

    clock.now += TOKEN_SECONDS - 1
    assert identity.authenticate(token.value) == token
    clock.now += 1
    assert identity.authenticate(token.value) is None
