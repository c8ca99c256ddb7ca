"""Google Drive through the real client libraries: facts, ranges, and what each refusal means for a video."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from google.oauth2.credentials import Credentials
from googleapiclient import discovery

from localcloud.client import Console
from localcloud.process import RunningCloud
from tests.integration.conftest import START, Answering, SetClock, web_server
from vcp.adapters.drive import GoogleDrive, resource_key_of
from vcp.adapters.pacing import Backoff
from vcp.domain.errors import PermanentError, Rejection, RetryableError, VcpError, WaitUntilError
from vcp.domain.record import SourceFile
from vcp.ports import DriveFile

CONTENT_BYTES = 3 * 1024**2 + 17


@pytest.fixture(scope="module")
def content() -> bytes:
    return random.Random(3).randbytes(CONTENT_BYTES)  # noqa: S311 - test data


@pytest.fixture
def console(cloud: RunningCloud) -> Iterator[Console]:
    console = cloud.console_client
    yield console
    console.drive.clear_faults()


@pytest.fixture
def key(console: Console) -> dict[str, Any]:
    return console.drive.service_account(f"vcp-{uuid4().hex[:12]}@project.iam.gserviceaccount.com")


@pytest.fixture
def drive(cloud: RunningCloud, key: dict[str, Any], clock: SetClock, quick: Backoff) -> GoogleDrive:
    return GoogleDrive(lambda *, fresh=False: json.dumps(key), cloud.google, clock, quick)


@pytest.fixture
def drop(console: Console, key: dict[str, Any], tmp_path: Path, content: bytes) -> Callable[..., str]:
    """Put a file into somebody's Drive, shared with the pipeline unless told otherwise; its id."""

    def dropped(name: str = "Rohschnitt Übung.mov", *, data: bytes = content, shared: bool = True, **facts: Any) -> str:
        path = tmp_path / uuid4().hex
        path.write_bytes(data)
        people = [key["client_email"]] if shared else []
        owner = facts.pop("owner", "anna@example.org")
        file = console.drive.drop(path, name=name, owner=owner, shared_with=people, facts=facts)
        return str(file["id"])

    return dropped


def source_of(file: DriveFile, **changes: Any) -> SourceFile:
    source = SourceFile(
        file_id=file.file_id,
        name=file.name,
        size_bytes=file.size_bytes,
        mime_type=file.mime_type,
        md5=file.md5,
        head_revision_id=file.head_revision_id,
        web_url=file.web_url,
        uploader="anna@example.org",
    )
    return source.model_copy(update=changes)


def read(drive: GoogleDrive, source: SourceFile, start: int = 0, length: int = CONTENT_BYTES) -> bytes:
    return b"".join(drive.ranges(source).read(start, length))


def test_the_facts_are_drives_own(drive: GoogleDrive, drop: Callable[..., str], console: Console) -> None:
    file_id = drop("Rohschnitt Übung.mov")

    facts = drive.facts(file_id)

    known = console.drive.file(file_id)
    assert facts == DriveFile(
        file_id=file_id,
        name="Rohschnitt Übung.mov",
        mime_type=known["mimeType"],
        size_bytes=CONTENT_BYTES,
        md5=known["md5Checksum"],
        head_revision_id=known["headRevisionId"],
        trashed=False,
        can_download=True,
        web_url=known["webViewLink"],
        created_at=datetime.fromisoformat(known["createdTime"]),
        owner="anna@example.org",
    )
    assert facts.created_at is not None
    assert facts.created_at.tzinfo is not None


def test_a_folder_has_no_content(drive: GoogleDrive, console: Console, key: dict[str, Any]) -> None:
    folder = console.drive.folder("Rushes", owner="anna@example.org", shared_with=[key["client_email"]])

    facts = drive.facts(folder["id"])

    assert (facts.size_bytes, facts.md5, facts.head_revision_id) == (None, None, None)
    with pytest.raises(Rejection, match="drive_no_content"):
        drive.ranges(source_of(facts))


def test_trash_and_disabled_download_are_told(drive: GoogleDrive, drop: Callable[..., str]) -> None:
    assert drive.facts(drop(trashed=True)).trashed
    assert not drive.facts(drop(downloadDisabled=True)).can_download


def test_a_file_in_a_shared_drive_needs_no_owner(
    drive: GoogleDrive, console: Console, key: dict[str, Any], tmp_path: Path, content: bytes
) -> None:
    team = console.drive.shared_drive("Team", {"bea@example.org": "organizer", key["client_email"]: "reader"})
    (tmp_path / "film").write_bytes(content)
    file = console.drive.drop(tmp_path / "film", name="film.mov", parent=team, owner="bea@example.org")

    facts = drive.facts(file["id"])

    assert facts.owner == "bea@example.org"
    assert read(drive, source_of(facts)) == content


def test_a_shortcut_stands_for_its_target(
    drive: GoogleDrive, cloud: RunningCloud, console: Console, drop: Callable[..., str], key: dict[str, Any]
) -> None:
    target = drop()
    shortcut = make_shortcut(cloud, console, target, key["client_email"])

    assert drive.facts(shortcut).file_id == target


def test_a_shortcut_to_a_file_that_is_not_shared_is_refused(
    drive: GoogleDrive, cloud: RunningCloud, console: Console, drop: Callable[..., str], key: dict[str, Any]
) -> None:
    shortcut = make_shortcut(cloud, console, drop(shared=False), key["client_email"])

    with pytest.raises(Rejection, match="drive_not_found"):
        drive.facts(shortcut)


def make_shortcut(cloud: RunningCloud, console: Console, target: str, shared_with: str) -> str:
    person = console.drive.person("anna@example.org", scopes=["https://www.googleapis.com/auth/drive"])
    service = discovery.build(
        "drive",
        "v3",
        credentials=Credentials(person["access_token"]),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": f"{cloud.google}/drive/v3/"},
        static_discovery=True,
    )
    body = {
        "name": "To the film",
        "mimeType": "application/vnd.google-apps.shortcut",
        "shortcutDetails": {"targetId": target},
    }
    shortcut = str(service.files().create(body=body).execute()["id"])
    console.drive.share(shortcut, shared_with)
    return shortcut


def test_a_file_that_is_not_shared_is_refused_with_the_address_to_share_it_with(
    drive: GoogleDrive, drop: Callable[..., str], key: dict[str, Any]
) -> None:
    for file_id in (drop(shared=False), "1NobodyEverUploadedThisFileHere00"):
        with pytest.raises(Rejection) as caught:
            drive.facts(file_id)
        assert caught.value.code == "drive_not_found"
        assert key["client_email"] in caught.value.sentence


def test_a_resource_key_travels_with_the_link(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, content: bytes
) -> None:
    file_id = drop(shared=False, resourceKey="0-AbCdEfGhIjKlMnOpQrStUv")
    console.drive.share(file_id, "anyone")

    with pytest.raises(Rejection, match="drive_not_found"):
        drive.facts(file_id)
    facts = drive.facts(file_id, "0-AbCdEfGhIjKlMnOpQrStUv")

    assert resource_key_of(facts.web_url) == "0-AbCdEfGhIjKlMnOpQrStUv"
    assert read(drive, source_of(facts), 5, 10) == content[5:15]


@pytest.mark.parametrize(
    ("start", "length"), [(0, 1), (1024**2 - 1, 3), (CONTENT_BYTES - 4, 4), (0, CONTENT_BYTES), (7, 2 * CONTENT_BYTES)]
)
def test_a_read_brings_exactly_the_range(
    drive: GoogleDrive, drop: Callable[..., str], content: bytes, start: int, length: int
) -> None:
    source = source_of(drive.facts(drop()))

    assert read(drive, source, start, length) == content[start : start + length]


def test_parts_can_be_read_in_parallel(drive: GoogleDrive, drop: Callable[..., str], content: bytes) -> None:
    ranges = drive.ranges(source_of(drive.facts(drop())))
    step = 200_000
    starts = range(0, CONTENT_BYTES, step)

    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda start: b"".join(ranges.read(start, step)), starts))

    assert b"".join(parts) == content


def test_nothing_is_asked_for_beyond_what_is_read(
    drive: GoogleDrive, drop: Callable[..., str], console: Console
) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    console.drive.clear_requests()

    assert len(read(drive, source, 100, 50)) == 50

    media = [request for request in console.drive.requests(file_id=file_id) if request["media"]]
    assert [request["bytesServed"] for request in media] == [50]


def test_a_download_that_breaks_off_goes_on_where_it_stopped(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, content: bytes
) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    # More cuts than tries: each brings something, so the read goes on.
    console.drive.fault("cut", count=9, afterBytes=250_001, fileId=file_id)

    assert read(drive, source) == content
    assert console.drive.faults() == []


def test_a_download_that_stands_still_is_given_up(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, quick: Backoff
) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    console.drive.fault("cut", count=quick.attempts, afterBytes=0, fileId=file_id)

    with pytest.raises(RetryableError):
        read(drive, source)
    assert console.drive.faults() == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, "rateLimitExceeded"),
        (403, "userRateLimitExceeded"),
        (429, "rateLimitExceeded"),
        (500, "internalError"),
        (503, "backendError"),
    ],
)
def test_what_passes_is_tried_again(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, content: bytes, status: int, reason: str
) -> None:
    file_id = drop()
    console.drive.fault("error", count=2, status=status, reason=reason, only="metadata", fileId=file_id)
    source = source_of(drive.facts(file_id))
    console.drive.fault("error", count=2, status=status, reason=reason, only="media", fileId=file_id)

    assert read(drive, source) == content
    assert console.drive.faults() == []


def test_what_does_not_pass_in_time_is_left_to_the_queue(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, quick: Backoff
) -> None:
    file_id = drop()
    console.drive.fault("error", count=quick.attempts, status=503, reason="backendError", fileId=file_id)

    with pytest.raises(RetryableError, match="drive_unavailable"):
        drive.facts(file_id)


def test_an_exhausted_download_quota_waits_for_the_next_day(
    drive: GoogleDrive, drop: Callable[..., str], clock: SetClock, console: Console
) -> None:
    file_id = drop(downloadQuotaExceeded=True)
    source = source_of(drive.facts(file_id))
    console.drive.clear_requests()

    with pytest.raises(WaitUntilError, match="drive_quota_exhausted") as caught:
        read(drive, source)

    assert caught.value.until == datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
    assert len([request for request in console.drive.requests(file_id=file_id) if request["media"]]) == 1


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"downloadDisabled": True}, "drive_download_disabled"), ({"abusive": True}, "drive_flagged")],
)
def test_content_that_may_not_be_read_is_refused_in_plain_words(
    drive: GoogleDrive, drop: Callable[..., str], facts: dict[str, Any], code: str
) -> None:
    source = source_of(drive.facts(drop(**facts)))

    with pytest.raises(Rejection) as caught:
        read(drive, source)

    assert caught.value.code == code


def test_a_version_that_was_replaced_is_not_read(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, tmp_path: Path
) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    (tmp_path / "newer").write_bytes(b"another film")
    console.drive.update(file_id, path=tmp_path / "newer")

    with pytest.raises(Rejection, match="drive_file_changed"):
        read(drive, source)


def test_a_file_that_is_replaced_while_it_is_read_is_never_mixed(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, tmp_path: Path, content: bytes
) -> None:
    file_id = drop()
    ranges = drive.ranges(source_of(drive.facts(file_id)))
    assert b"".join(ranges.read(0, 10)) == content[:10]
    (tmp_path / "newer").write_bytes(content + b"more")
    console.drive.update(file_id, path=tmp_path / "newer")

    with pytest.raises(Rejection, match="drive_file_changed"):
        b"".join(ranges.read(10, 10))
    (tmp_path / "shorter").write_bytes(content[:100])
    console.drive.update(file_id, path=tmp_path / "shorter")
    with pytest.raises(Rejection, match="drive_file_changed"):
        b"".join(ranges.read(1000, 10))


def test_a_file_that_grows_under_the_first_read_is_another_version(
    drive: GoogleDrive, drop: Callable[..., str], console: Console
) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    console.drive.fault("grow", bytes=5, fileId=file_id)

    with pytest.raises(Rejection, match="drive_file_changed"):
        read(drive, source)


def test_a_range_that_is_refused_although_it_is_there_is_asked_for_again(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, content: bytes
) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    console.drive.fault("range416", fileId=file_id)

    assert read(drive, source) == content
    assert console.drive.faults() == []


def test_a_token_that_expired_is_renewed(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, content: bytes
) -> None:
    source = source_of(drive.facts(drop()))
    ranges = drive.ranges(source)
    assert b"".join(ranges.read(0, 4)) == content[:4]
    console.drive.expire_tokens()

    assert b"".join(ranges.read(4, 4)) == content[4:8]
    console.drive.expire_tokens()
    assert drive.facts(source.file_id).md5 == source.md5


def test_a_key_that_was_changed_in_the_secret_is_taken_up(
    cloud: RunningCloud, key: dict[str, Any], drop: Callable[..., str], clock: SetClock, quick: Backoff
) -> None:
    withdrawn = {**cloud.console_client.drive.service_account(), "client_email": "gone@example.org"}
    readings: list[bool] = []

    def secret(*, fresh: bool = False) -> str:
        readings.append(fresh)
        return json.dumps(key if fresh else withdrawn)

    drive = GoogleDrive(secret, cloud.google, clock, quick)

    assert drive.facts(drop()).size_bytes == CONTENT_BYTES
    assert readings == [False, True]


def test_a_key_that_google_refuses_needs_a_person(
    cloud: RunningCloud, clock: SetClock, quick: Backoff, console: Console
) -> None:
    withdrawn = {**console.drive.service_account(), "client_email": "gone@example.org"}
    drive = GoogleDrive(lambda *, fresh=False: json.dumps(withdrawn), cloud.google, clock, quick)

    with pytest.raises(PermanentError, match="drive_key_refused"):
        drive.facts("any")


@pytest.mark.parametrize("text", ["no json: topsecret", "{}", '{"private_key": "topsecret"}', '["topsecret"]'])
def test_a_secret_that_is_no_key_is_said_so_without_a_word_of_it(
    cloud: RunningCloud, clock: SetClock, quick: Backoff, text: str
) -> None:
    drive = GoogleDrive(lambda *, fresh=False: text, cloud.google, clock, quick)

    with pytest.raises(PermanentError, match="drive_key_invalid") as caught:
        drive.facts("any")

    error: BaseException | None = caught.value
    while error is not None:
        assert "topsecret" not in repr(error)
        error = error.__cause__ or error.__context__


def test_a_drive_that_does_not_answer_may_pass(key: dict[str, Any], clock: SetClock, quick: Backoff) -> None:
    # The key's own token address answers; the API's port is closed.
    drive = GoogleDrive(lambda *, fresh=False: json.dumps(key), "http://127.0.0.1:9", clock, replace(quick, attempts=2))

    with pytest.raises(RetryableError, match="drive_unreachable"):
        drive.facts("any")


def test_every_error_names_the_file_for_the_operator(drive: GoogleDrive, clock: SetClock) -> None:
    assert clock.now() == START
    with pytest.raises(VcpError) as caught:
        drive.facts("1NobodyEverUploadedThisFileHere00")
    assert "1NobodyEverUploadedThisFileHere00" in caught.value.detail


def test_a_redirect_is_not_followed_so_that_the_token_goes_nowhere_else(
    key: dict[str, Any], clock: SetClock, quick: Backoff, drive: GoogleDrive, drop: Callable[..., str]
) -> None:
    visits: list[str] = []
    source = source_of(drive.facts(drop()))

    class Elsewhere(Answering):
        def answer(self) -> None:
            visits.append(self.path)
            self.send_error(404)

    with web_server(Elsewhere) as elsewhere:

        class Redirecting(Answering):
            def answer(self) -> None:
                self.send_response(302)
                self.send_header("Location", f"{elsewhere}/taken")
                self.send_header("Content-Length", "0")
                self.end_headers()

        with web_server(Redirecting) as endpoint:
            redirected = GoogleDrive(lambda *, fresh=False: json.dumps(key), endpoint, clock, quick)
            with pytest.raises(VcpError):
                redirected.facts(source.file_id)

    assert visits == []


def test_a_redirected_download_is_not_followed_either(
    cloud: RunningCloud,
    key: dict[str, Any],
    clock: SetClock,
    quick: Backoff,
    drive: GoogleDrive,
    drop: Callable[..., str],
) -> None:
    visits: list[str] = []
    source = source_of(drive.facts(drop()))

    class Elsewhere(Answering):
        def answer(self) -> None:
            visits.append(self.path)
            self.send_error(404)

    with web_server(Elsewhere) as elsewhere:

        class Redirecting(Answering):
            """Facts are the real stand-in's; the content is said to lie elsewhere."""

            def answer(self) -> None:
                if "alt=media" in self.path:
                    self.send_response(302)
                    self.send_header("Location", f"{elsewhere}/taken")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                facts = requests.get(
                    cloud.google + self.path, headers={"Authorization": self.headers["Authorization"]}, timeout=10
                )
                self.send_response(facts.status_code)
                self.send_header("Content-Type", facts.headers["Content-Type"])
                self.send_header("Content-Length", str(len(facts.content)))
                self.end_headers()
                self.wfile.write(facts.content)

        with web_server(Redirecting) as endpoint:
            redirected = GoogleDrive(lambda *, fresh=False: json.dumps(key), endpoint, clock, quick)
            with pytest.raises(RetryableError, match="drive_range_ignored"):
                read(redirected, source)

    assert visits == []
