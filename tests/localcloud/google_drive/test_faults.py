"""What can go wrong on the way, switched on from the console, as the real client libraries meet it."""

from __future__ import annotations

import hashlib
import http.client
import io
from pathlib import Path
from typing import Any

import pytest
import requests
from googleapiclient.http import MediaIoBaseDownload

from localcloud.calls import ConsoleError
from localcloud.process import RunningCloud


def _media(studio: Any, file_id: str, **headers: str) -> requests.Response:
    return requests.get(
        f"{studio.google}/drive/v3/files/{file_id}?alt=media",
        headers={"Authorization": f"Bearer {studio.token()}", **headers},
        timeout=10,
    )


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
def test_error_answers(studio: Any, video: Path, refusal: Any, status: int, reason: str, domain: str) -> None:
    file_id, files = studio.drop(video)["id"], studio.service().files()
    studio.console.fault("error", status=status, reason=reason, only="media", fileId=file_id)

    assert files.get(fileId=file_id).execute()["id"] == file_id  # metadata is not struck
    refused = refusal(files.get_media(fileId=file_id))
    again = files.get_media(fileId=file_id).execute()

    assert (refused.status, refused.reason, refused.body["errors"][0]["domain"]) == (status, reason, domain)
    assert again == video.read_bytes()


def test_count_and_skip(studio: Any, video: Path, refusal: Any) -> None:
    file_id, files = studio.drop(video)["id"], studio.service().files()
    studio.console.fault("error", status=500, reason="internalError", only="metadata", skip=1, count=2)

    files.get(fileId=file_id).execute()
    assert [refusal(files.get(fileId=file_id)).status for _ in range(2)] == [500, 500]
    files.get(fileId=file_id).execute()
    assert studio.console.faults() == []


def test_the_library_rides_over_rate_limits_when_told_to(studio: Any, video: Path) -> None:
    file_id, target = studio.drop(video)["id"], io.BytesIO()
    studio.console.fault("error", status=403, reason="rateLimitExceeded", only="media", count=2)
    download = MediaIoBaseDownload(target, studio.service().files().get_media(fileId=file_id))
    download._sleep = lambda _: None

    _, done = download.next_chunk(num_retries=2)

    assert done
    assert target.getvalue() == video.read_bytes()


def test_a_cut_connection_loses_the_rest(studio: Any, video: Path) -> None:
    file_id = studio.drop(video)["id"]
    studio.console.fault("cut", afterBytes=1000)

    with pytest.raises(http.client.IncompleteRead) as broken:
        studio.service().files().get_media(fileId=file_id).execute()

    assert broken.value.partial == video.read_bytes()[:1000]
    assert studio.console.requests(file_id=file_id)[-1]["bytesServed"] == 1000
    assert _media(studio, file_id, Range="bytes=1000-").content == video.read_bytes()[1000:]


def test_one_wrong_byte(studio: Any, video: Path) -> None:
    file_id = studio.drop(video)["id"]
    studio.console.fault("corrupt")

    broken, content = _media(studio, file_id).content, video.read_bytes()

    assert sum(one != other for one, other in zip(broken, content, strict=True)) == 1
    assert hashlib.md5(broken, usedforsecurity=False).hexdigest() != studio.console.file(file_id)["md5Checksum"]


def test_a_wrong_checksum(studio: Any, video: Path) -> None:
    file_id, files = studio.drop(video)["id"], studio.service().files()
    studio.console.fault("wrongMd5")

    told = [files.get(fileId=file_id, fields="md5Checksum").execute()["md5Checksum"] for _ in range(2)]

    assert told == ["0" * 32, studio.console.file(file_id)["md5Checksum"]]


def test_a_file_that_grows_is_a_new_revision(studio: Any, video: Path) -> None:
    before = studio.drop(video)
    studio.console.fault("grow", bytes=10)

    answer = _media(studio, before["id"], Range="bytes=0-9")

    after = studio.console.file(before["id"])
    assert answer.headers["Content-Range"] == "bytes 0-9/1200010"
    assert after["size"] == "1200010"
    assert after["headRevisionId"] != before["headRevisionId"]
    assert video.stat().st_size == 1_200_000  # the dropped file itself is never touched


def test_a_range_that_is_refused(studio: Any, video: Path) -> None:
    file_id = studio.drop(video)["id"]
    studio.console.fault("range416")

    assert _media(studio, file_id, Range="bytes=0-9").status_code == 416
    assert _media(studio, file_id, Range="bytes=0-9").status_code == 206


def test_a_slow_answer_arrives_in_slices(studio: Any, video: Path) -> None:
    file_id = studio.drop(video)["id"]
    studio.console.fault("slow", bytesPerSecond=10_000_000)

    assert _media(studio, file_id).content == video.read_bytes()


def test_the_token_endpoint_can_fail(studio: Any, video: Path) -> None:
    studio.console.fault("error", status=503, reason="server_error", only="token", count=1)

    answers = [requests.post(studio.google + "/token", timeout=10).status_code for _ in range(2)]

    assert answers == [503, 400]


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
def test_a_fault_that_is_none_is_refused(cloud: RunningCloud, body: dict[str, Any]) -> None:
    with pytest.raises(ConsoleError) as refused:
        cloud.console_client.call("POST", "/drive/faults", body)

    assert refused.value.status == 400


def test_a_tight_quota_answers_user_rate_limit(studio: Any, video: Path, refusal: Any) -> None:
    studio.key = studio.console.service_account()  # one that has not used anything yet
    file_id, files = studio.drop(video, shared_with=[studio.robot])["id"], studio.service().files()
    studio.console.set_quota(userUnits=410)

    for _ in range(2):
        files.get_media(fileId=file_id).execute()
    refused = refusal(files.get_media(fileId=file_id))

    assert (refused.status, refused.reason) == (403, "userRateLimitExceeded")
    assert studio.console.quota()["usedLastMinute"][studio.robot] == 400
    assert files.get(fileId=file_id).execute()["id"] == file_id  # a read still fits


def _memory_kib(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def test_memory_stays_flat_whatever_the_size(studio: Any, cloud: RunningCloud, tmp_path: Path) -> None:
    large, size = tmp_path / "large.mp4", 400 * 1024 * 1024
    with large.open("wb") as target:
        target.truncate(size)
    before = _memory_kib(cloud.pid, "VmRSS")

    file_id = studio.drop(large)["id"]
    url, headers = f"{studio.google}/drive/v3/files/{file_id}?alt=media", {"Authorization": f"Bearer {studio.token()}"}
    with requests.get(url, headers=headers, stream=True, timeout=30) as answer:
        received = sum(len(chunk) for chunk in answer.iter_content(1024 * 1024))
    end = requests.get(url, headers={**headers, "Range": f"bytes={size - 4}-"}, timeout=10)

    assert (received, len(end.content)) == (size, 4)
    assert _memory_kib(cloud.pid, "VmHWM") - before < 100 * 1024
