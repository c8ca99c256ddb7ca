"""Faults switched on from the console, as the real client libraries see them."""

from __future__ import annotations

import http.client
import io
from pathlib import Path
from typing import Any

import pytest
import requests
from googleapiclient.http import MediaIoBaseDownload

from localcloud.calls import ConsoleError
from localcloud.process import RunningCloud


@pytest.mark.parametrize(
    ("status", "reason", "domain"),
    [
        (403, "rateLimitExceeded", "usageLimits"),
        (403, "userRateLimitExceeded", "usageLimits"),
        (403, "downloadQuotaExceeded", "usageLimits"),
        (429, "rateLimitExceeded", "usageLimits"),
        (500, "internalError", "global"),
        (503, "backendError", "global"),
    ],
)
def test_error_strikes_the_requests_that_it_names(
    studio: Any, video: Path, rejected: Any, status: int, reason: str, domain: str
) -> None:
    file_id, files = studio.drop(video)["id"], studio.service().files()
    studio.console.fault("error", status=status, reason=reason, only="media", fileId=file_id)

    assert files.get(fileId=file_id).execute()["id"] == file_id
    error = rejected(files.get_media(fileId=file_id))
    again = files.get_media(fileId=file_id).execute()

    assert (error.status, error.reason, error.body["errors"][0]["domain"]) == (status, reason, domain)
    assert again == video.read_bytes()


def test_fault_skips_and_counts_requests(studio: Any, video: Path, rejected: Any) -> None:
    file_id, files = studio.drop(video)["id"], studio.service().files()
    studio.console.fault("error", status=500, reason="internalError", only="metadata", skip=1, count=2)

    files.get(fileId=file_id).execute()
    assert [rejected(files.get(fileId=file_id)).status for _ in range(2)] == [500, 500]
    files.get(fileId=file_id).execute()
    assert studio.console.faults() == []


def test_client_library_retries_through_rate_limits(studio: Any, video: Path) -> None:
    file_id, target = studio.drop(video)["id"], io.BytesIO()
    studio.console.fault("error", status=403, reason="rateLimitExceeded", only="media", count=2)
    download = MediaIoBaseDownload(target, studio.service().files().get_media(fileId=file_id))
    download._sleep = lambda _: None

    _, done = download.next_chunk(num_retries=2)

    assert done
    assert target.getvalue() == video.read_bytes()


def test_cut_connection_loses_the_rest(studio: Any, video: Path) -> None:
    file_id = studio.drop(video)["id"]
    studio.console.fault("cut", afterBytes=1000)

    with pytest.raises(http.client.IncompleteRead) as broken:
        studio.service().files().get_media(fileId=file_id).execute()

    assert broken.value.partial == video.read_bytes()[:1000]
    assert studio.console.requests(file_id=file_id)[-1]["bytesServed"] == 1000
    assert studio.get(file_id, "alt=media", Range="bytes=1000-").content == video.read_bytes()[1000:]


def test_file_that_grows_has_a_new_revision(studio: Any, video: Path) -> None:
    before = studio.drop(video)
    studio.console.fault("grow", bytes=10)

    response = studio.get(before["id"], "alt=media", Range="bytes=0-9")

    after = studio.console.file(before["id"])
    assert response.headers["Content-Range"] == "bytes 0-9/1200010"
    assert after["size"] == "1200010"
    assert after["headRevisionId"] != before["headRevisionId"]
    assert video.stat().st_size == 1_200_000  # the dropped file itself is never changed


def test_range_is_rejected_once(studio: Any, video: Path) -> None:
    file_id = studio.drop(video)["id"]
    studio.console.fault("range416")

    assert studio.get(file_id, "alt=media", Range="bytes=0-9").status_code == 416
    assert studio.get(file_id, "alt=media", Range="bytes=0-9").status_code == 206


def test_token_endpoint_fails(studio: Any) -> None:
    studio.console.fault("error", status=503, reason="server_error", only="token", count=1)

    responses = [requests.post(studio.google + "/token", timeout=10).status_code for _ in range(2)]

    assert responses == [503, 400]


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "flood"},
        {"kind": "cut"},
        {"kind": "cut", "afterBytes": 1, "only": "list"},
        {"kind": "error", "status": 500, "reason": "x", "count": 0},
        {"kind": "error", "status": 500, "reason": "x", "colour": "red"},
    ],
)
def test_rejects_an_invalid_fault(cloud: RunningCloud, body: dict[str, Any]) -> None:
    with pytest.raises(ConsoleError, match="400"):
        cloud.console_client.call("POST", "/drive/faults", body)


def _memory_kib(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def test_memory_does_not_grow_with_the_file(studio: Any, cloud: RunningCloud, tmp_path: Path) -> None:
    large, size = tmp_path / "large.mp4", 400 * 1024 * 1024
    with large.open("wb") as target:
        target.truncate(size)
    before = _memory_kib(cloud.pid, "VmRSS")

    file_id = studio.drop(large)["id"]
    url, headers = f"{studio.google}/drive/v3/files/{file_id}?alt=media", {"Authorization": f"Bearer {studio.token()}"}
    with requests.get(url, headers=headers, stream=True, timeout=30) as response:
        received = sum(len(chunk) for chunk in response.iter_content(1024 * 1024))
    end = studio.get(file_id, "alt=media", Range=f"bytes={size - 4}-")

    assert (received, len(end.content)) == (size, 4)
    assert _memory_kib(cloud.pid, "VmHWM") - before < 100 * 1024
