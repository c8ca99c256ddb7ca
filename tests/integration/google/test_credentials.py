"""The service account's key: expired tokens, rotation, invalid keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.client import Console
from localcloud.process import RunningCloud
from tests.fakes.clock import ManualClock
from tests.integration.google.files import CONTENT, source_of
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.retry import Backoff
from vcp.domain.errors import PermanentError


def test_renews_an_expired_token(drive: GoogleDrive, drop: Callable[..., str], console: Console) -> None:
    source = source_of(drive.facts(drop()))
    ranges = drive.ranges(source)
    assert b"".join(ranges.read(0, 4)) == CONTENT[:4]
    console.drive.expire_tokens()

    assert b"".join(ranges.read(4, 4)) == CONTENT[4:8]
    console.drive.expire_tokens()
    assert drive.facts(source.file_id).md5 == source.md5


def test_reads_a_rotated_key(
    cloud: RunningCloud, key: dict[str, Any], drop: Callable[..., str], clock: ManualClock, quick: Backoff
) -> None:
    revoked = {**cloud.console_client.drive.service_account(), "client_email": "gone@example.org"}
    reads: list[bool] = []

    def secret(*, fresh: bool = False) -> str:
        reads.append(fresh)
        return json.dumps(key if fresh else revoked)

    drive = GoogleDrive(secret, cloud.google, clock, quick)

    assert drive.facts(drop()).size_bytes == len(CONTENT)
    assert reads == [False, True]


def test_a_rejected_key_is_a_permanent_error(
    cloud: RunningCloud, clock: ManualClock, quick: Backoff, console: Console
) -> None:
    revoked = {**console.drive.service_account(), "client_email": "gone@example.org"}
    drive = GoogleDrive(lambda *, fresh=False: json.dumps(revoked), cloud.google, clock, quick)

    with pytest.raises(PermanentError, match="drive_key_refused"):
        drive.facts("any")


@pytest.mark.parametrize("text", ["no json: topsecret", "{}", '{"private_key": "topsecret"}', '["topsecret"]'])
def test_the_error_for_an_invalid_key_does_not_quote_it(
    cloud: RunningCloud, clock: ManualClock, quick: Backoff, text: str
) -> None:
    drive = GoogleDrive(lambda *, fresh=False: text, cloud.google, clock, quick)

    with pytest.raises(PermanentError, match="drive_key_invalid") as caught:
        drive.facts("any")

    error: BaseException | None = caught.value
    while error is not None:
        assert "topsecret" not in repr(error)
        error = error.__cause__ or error.__context__
