"""files.get and files.list as the pipeline and n8n use them."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from googleapiclient.http import MediaIoBaseDownload

from localcloud.client import ConsoleError
from localcloud.process import RunningCloud

SHORTCUT = "application/vnd.google-apps.shortcut"
DOCUMENT = "application/vnd.google-apps.document"


def test_default_fields_are_four(studio: Any, video: Path) -> None:
    dropped = studio.drop(video)

    assert studio.service().files().get(fileId=dropped["id"], supportsAllDrives=True).execute() == {
        "kind": "drive#file",
        "id": dropped["id"],
        "name": "holiday.mp4",
        "mimeType": "video/mp4",
    }


def test_metadata_describes_the_bytes(studio: Any, video: Path) -> None:
    dropped, content = studio.drop(video), video.read_bytes()

    facts = studio.service().files().get(fileId=dropped["id"], fields="*").execute()

    assert facts["size"] == str(len(content))
    assert facts["md5Checksum"] == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert facts["sha1Checksum"] == hashlib.sha1(content, usedforsecurity=False).hexdigest()
    assert facts["sha256Checksum"] == hashlib.sha256(content).hexdigest()
    assert re.fullmatch(r"1[\w-]{32}", facts["id"])
    assert facts["parents"] == [studio.folder]
    assert facts["owners"][0]["emailAddress"] == studio.owner
    assert facts["capabilities"]["canDownload"] is True
    assert facts["capabilities"]["canEdit"] is False
    assert facts["trashed"] is False
    assert abs(datetime.fromisoformat(facts["createdTime"]) - datetime.now(UTC)).days == 0
    assert facts["webViewLink"].startswith("https://drive.google.com/file/d/" + facts["id"])


def test_folders_and_documents_have_no_size_and_no_checksum(studio: Any) -> None:
    document = studio.console.create("Notes", DOCUMENT, parent=studio.folder)["id"]

    for file_id in (studio.folder, document):
        facts = studio.service().files().get(fileId=file_id, fields="*").execute()
        assert not {"size", "md5Checksum", "sha256Checksum", "headRevisionId", "webContentLink"} & set(facts)


@pytest.mark.parametrize(
    ("fields", "selected"),
    [
        ("id", {"id": ...}),
        ("id, name ,size", {"id": ..., "name": ..., "size": ...}),
        ("capabilities/canDownload,capabilities/canEdit", {"capabilities": {"canDownload", "canEdit"}}),
        ("owners(emailAddress,me),id", {"owners": {"emailAddress", "me"}, "id": ...}),
        ("", {}),
    ],
)
def test_fields_select(studio: Any, video: Path, fields: str, selected: dict[str, Any]) -> None:
    response = studio.get(studio.drop(video)["id"], f"fields={fields}").json()

    assert set(response) == set(selected)
    for name in {"owners", "capabilities"} & set(selected):
        value = response[name][0] if name == "owners" else response[name]
        assert set(value) == selected[name]


@pytest.mark.parametrize(
    "fields", ["bytes", "id,md5", "owners(mail)", "id(", "id,,name", "name/x", "files(id)", "id name", "id;name"]
)
def test_rejects_unknown_fields(studio: Any, video: Path, rejected: Any, fields: str) -> None:
    error = rejected(studio.service().files().get(fileId=studio.drop(video)["id"], fields=fields))

    assert (error.status, error.reason) == (400, "invalidParameter")
    assert error.message.startswith("Invalid field selection")
    assert error.body["errors"][0]["location"] == "fields"


def test_file_that_is_not_shared_is_not_found(studio: Any, video: Path, rejected: Any) -> None:
    private = studio.console.drop(video, owner=studio.owner)["id"]

    error = rejected(studio.service().files().get(fileId=private))

    assert (error.status, error.reason) == (404, "notFound")
    assert error.message == f"File not found: {private}."
    assert error.body["errors"][0]["location"] == "fileId"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("supportAllDrives=true", 400),
        ("supportsAllDrives=yes", 400),
        ("alt=medium", 400),
        ("acknowledgeAbuse=true", 501),
        ("orderBy=name", 200),  # of another method: Google ignores it, and n8n relies on that
    ],
)
def test_unknown_and_unimplemented_parameters(studio: Any, video: Path, query: str, status: int) -> None:
    response = studio.get(studio.drop(video)["id"], query)

    assert response.status_code == status
    assert status == 200 or query.split("=")[0] in response.json()["error"]["message"]


def test_downloads_in_chunks(studio: Any, video: Path) -> None:
    dropped, target = studio.drop(video), io.BytesIO()
    download = MediaIoBaseDownload(target, studio.service().files().get_media(fileId=dropped["id"]), chunksize=500_000)

    done = False
    while not done:
        _, done = download.next_chunk()

    assert target.getvalue() == video.read_bytes()
    served = studio.console.requests(file_id=dropped["id"])
    assert [(entry["status"], entry["bytesServed"]) for entry in served] == [
        (206, 500_000),
        (206, 500_000),
        (206, 200_000),
    ]


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=1199999-", 1_199_999, 1_199_999),
        ("bytes=100-99999999", 100, 1_199_999),
    ],
)
def test_range(studio: Any, video: Path, header: str, first: int, last: int) -> None:
    response = studio.get(studio.drop(video)["id"], "alt=media", Range=header)

    assert response.status_code == 206
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/1200000"
    assert response.content == video.read_bytes()[first : last + 1]


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=5-2"}, {"Range": "lines=1-2"}, {"Range": "bytes=-"}])
def test_no_range_or_an_invalid_one_is_the_whole_file(studio: Any, video: Path, headers: dict[str, str]) -> None:
    response = studio.get(studio.drop(video)["id"], "alt=media", **headers)

    assert (response.status_code, len(response.content)) == (200, 1_200_000)


@pytest.mark.parametrize("header", ["bytes=-5", "bytes=0-1,5-6"])
def test_ranges_that_no_client_uses_are_not_implemented(studio: Any, video: Path, header: str) -> None:
    assert studio.get(studio.drop(video)["id"], "alt=media", Range=header).status_code == 501


def test_range_beyond_the_end_is_416(studio: Any, video: Path) -> None:
    response = studio.get(studio.drop(video)["id"], "alt=media", Range="bytes=1200000-")

    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */1200000"
    assert response.json()["error"]["errors"][0]["reason"] == "requestedRangeNotSatisfiable"


def test_downloads_an_empty_file(studio: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    file_id, target = studio.drop(empty)["id"], io.BytesIO()

    _, done = MediaIoBaseDownload(target, studio.service().files().get_media(fileId=file_id)).next_chunk()

    assert done
    assert target.getvalue() == b""
    assert studio.console.file(file_id)["size"] == "0"


def test_documents_and_folders_have_no_content(studio: Any, rejected: Any) -> None:
    document = studio.console.create("Notes", DOCUMENT, parent=studio.folder)["id"]

    for file_id in (document, studio.folder):
        error = rejected(studio.service().files().get_media(fileId=file_id))
        assert (error.status, error.reason) == (403, "fileNotDownloadable")
        assert error.body["errors"][0]["location"] == "alt"


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ("downloadDisabled", "cannotDownloadFile"),
        ("abusive", "cannotDownloadAbusiveFile"),
        ("downloadQuotaExceeded", "downloadQuotaExceeded"),
    ],
)
def test_rejects_downloads(studio: Any, video: Path, rejected: Any, fact: str, reason: str) -> None:
    file_id = studio.drop(video, facts={fact: True})["id"]
    files = studio.service().files()

    error = rejected(files.get_media(fileId=file_id))

    assert (error.status, error.reason) == (403, reason)
    facts = files.get(fileId=file_id, fields="capabilities/canDownload").execute()
    assert facts["capabilities"]["canDownload"] == (reason != "cannotDownloadFile")


def test_shortcut_names_its_target_and_has_no_content(studio: Any, video: Path, rejected: Any) -> None:
    target = studio.drop(video)["id"]
    shortcut = studio.console.create("link", SHORTCUT, target=target, parent=studio.folder)["id"]

    facts = studio.service().files().get(fileId=shortcut, fields="size,shortcutDetails").execute()

    assert facts == {"shortcutDetails": {"targetId": target, "targetMimeType": "video/mp4"}}
    assert rejected(studio.service().files().get_media(fileId=shortcut)).reason == "fileNotDownloadable"


def test_rejected_shortcut_is_not_created(studio: Any, video: Path) -> None:
    first = studio.console.create("link", SHORTCUT, target=studio.drop(video)["id"], parent=studio.folder)["id"]

    for target in (first, "1AnUnknownFile000000000000000000", None):
        with pytest.raises(ConsoleError, match=r"shortcut|File not found"):
            studio.console.create("link", SHORTCUT, target=target, parent=studio.folder)

    listed = studio.service().files().list(q=f"'{studio.folder}' in parents and mimeType = '{SHORTCUT}'").execute()
    assert [file["id"] for file in listed["files"]] == [first]


def test_new_content_is_a_new_revision_and_a_new_name_is_not(studio: Any, video: Path, tmp_path: Path) -> None:
    first = studio.drop(video)
    (tmp_path / "cut").write_bytes(b"second cut")
    second = studio.console.update(first["id"], path=tmp_path / "cut")
    third = studio.console.update(first["id"], name="final.mp4")

    assert (second["id"], second["size"], second["name"]) == (first["id"], "10", "holiday.mp4")
    assert second["headRevisionId"] != first["headRevisionId"]
    assert second["md5Checksum"] != first["md5Checksum"]
    assert [int(each["version"]) for each in (first, second, third)] == [1, 2, 3]
    assert (third["name"], third["originalFilename"]) == ("final.mp4", "holiday.mp4")
    assert third["headRevisionId"] == second["headRevisionId"]


def test_deleting_a_folder_deletes_its_contents(studio: Any, video: Path, rejected: Any) -> None:
    file_id = studio.drop(video)["id"]

    studio.console.delete(studio.folder)

    assert rejected(studio.person().files().get(fileId=file_id)).status == 404


def test_lists_in_pages(studio: Any, video: Path) -> None:
    for number in range(5):
        studio.drop(video, name=f"{number}.mp4", facts={"modifiedTime": f"2026-11-2{number}T12:00:00Z"})
    files, pages, token = studio.service().files(), [], None
    while True:
        page = files.list(
            q=f"'{studio.folder}' in parents", pageSize=2, pageToken=token, fields="nextPageToken,files(name)"
        ).execute()
        pages.append([file["name"] for file in page["files"]])
        token = page.get("nextPageToken")
        if token is None:
            break

    assert pages == [["4.mp4", "3.mp4"], ["2.mp4", "1.mp4"], ["0.mp4"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("trashed = false", {"a.mp4", "old.mov"}),
        ("trashed != false", {"gone.mp4"}),
        ("mimeType = 'video/quicktime'", {"old.mov"}),
        ("mimeType != 'video/quicktime' AND trashed = false", {"a.mp4"}),
        ("modifiedTime > '2030-01-01T00:00:00'", {"old.mov"}),
        ("createdTime <= '2040-01-01T00:00:00Z' and trashed = true", {"gone.mp4"}),
    ],
)
def test_query_terms(studio: Any, video: Path, query: str, found: set[str]) -> None:
    studio.drop(video, name="a.mp4")
    studio.drop(video, name="old.mov", facts={"modifiedTime": "2031-01-01T00:00:00Z"})
    studio.drop(video, name="gone.mp4", facts={"trashed": True})

    files = studio.service().files().list(q=f"'{studio.folder}' in parents and {query}").execute()["files"]

    assert {file["name"] for file in files} == found


@pytest.mark.parametrize(
    ("parameters", "status", "words"),
    [
        ({"q": "fullText contains 'x'"}, 501, "fullText"),
        ({"q": "name = 'x'"}, 501, "name"),
        ({"q": "mimeType contains 'video/'"}, 501, "contains"),
        ({"q": "trashed = false or trashed = true"}, 501, "or"),
        ({"q": "not trashed = true"}, 501, "not"),
        ({"q": "(trashed = true)"}, 501, "("),
        ({"q": "'me' in owners"}, 501, "owners"),
        ({"q": "size > 5"}, 400, "Invalid Value"),
        ({"q": "trashed ="}, 400, "Invalid Value"),
        ({"q": "trashed > true"}, 400, "Invalid Value"),
        ({"q": "trashed = true and"}, 400, "Invalid Value"),
        ({"q": "createdTime > 'May'"}, 400, "Invalid Value"),
        ({"q": "'1nowhere' in parents"}, 404, "File not found: ."),
        ({"q": "'root' in parents"}, 501, "root"),
        ({"pageSize": 1001}, 400, "within the range: [1, 1000]"),
        ({"pageToken": "bogus"}, 400, "Invalid Value"),
        ({"orderBy": "name"}, 501, "orderBy"),
        ({"corpora": "domain"}, 501, "domain"),
        ({"corpora": "drive"}, 400, "driveId"),
        ({"spaces": "photos"}, 501, "photos"),
        ({"includeItemsFromAllDrives": True}, 403, "supportsAllDrives"),
    ],
)
def test_rejects_lists(studio: Any, rejected: Any, parameters: dict[str, Any], status: int, words: str) -> None:
    error = rejected(studio.service().files().list(**parameters))

    assert error.status == status
    assert words in error.message


def test_list_as_the_n8n_trigger_sends_it(studio: Any, video: Path) -> None:
    """It polls My Drive and shared drives in one call, for the raw file resources."""
    dropped = studio.drop(video)
    query = (
        f"trashed = false AND '{studio.folder}' in parents AND mimeType != 'application/vnd.google-apps.folder' "
        "AND createdTime > '2020-01-01T00:00:00Z'"
    )

    listed = (
        studio.service()
        .files()
        .list(
            q=query,
            fields="nextPageToken, files(*)",
            spaces="appDataFolder, drive",
            corpora="allDrives",
            includeItemsFromAllDrives=True,
            supportsAllDrives=True,
        )
        .execute()
    )

    assert [file["id"] for file in listed["files"]] == [dropped["id"]]
    assert listed["files"][0]["size"] == "1200000"
    assert listed["files"][0]["webViewLink"] == dropped["webViewLink"]


def test_trashing_a_folder_trashes_its_contents(studio: Any, video: Path) -> None:
    file_id = studio.drop(video)["id"]

    studio.console.update(studio.folder, trashed=True)

    facts = studio.service().files().get(fileId=file_id, fields="trashed,explicitlyTrashed").execute()
    assert facts == {"trashed": True, "explicitlyTrashed": False}


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/drive/v3/files", "drive.files.create"),
        ("PATCH", "/drive/v3/files/1a", "drive.files.update"),
        ("DELETE", "/drive/v3/files/1a", "drive.files.delete"),
        ("GET", "/drive/v3/files/1a/export", "drive.files.export"),
        ("POST", "/upload/drive/v3/files", "drive.files.create"),
        ("GET", "/drive/v3/files/1a/permissions", "drive.permissions.list"),
        ("POST", "/drive/v3/changes/watch", "drive.changes.watch"),
        ("GET", "/drive/v3/drives", "drive.drives.list"),
        ("GET", "/drive/v3/about", "drive.about.get"),
    ],
)
def test_names_what_is_not_implemented(studio: Any, method: str, path: str, name: str) -> None:
    headers = {"Authorization": f"Bearer {studio.token()}"}
    response = requests.request(method, studio.google + path, headers=headers, timeout=10)

    assert response.status_code == 501
    assert name in response.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/gmail/v1/users/me", "/uc?export=download&id=1a", "/batch/drive/v3"])
def test_unknown_path_is_a_404_in_googles_form(cloud: RunningCloud, path: str) -> None:
    response = requests.get(cloud.google + path, timeout=10)

    assert response.status_code == 404
    assert response.json()["error"]["code"] == 404


@pytest.mark.parametrize("facts", [{"colour": True}, {"createdTime": "in May"}])
def test_console_rejects_invalid_facts(studio: Any, video: Path, facts: dict[str, Any]) -> None:
    with pytest.raises(ConsoleError, match="400"):
        studio.drop(video, facts=facts)
