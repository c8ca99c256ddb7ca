"""Creating, changing, moving and copying files, as people and synchronising clients do."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import requests
from googleapiclient.http import MediaFileUpload, MediaIoBaseUpload

FOLDER = "application/vnd.google-apps.folder"
CHUNK = 256 * 1024


def _upload(content: bytes, *, resumable: bool = False, chunk: int = CHUNK) -> MediaIoBaseUpload:
    return MediaIoBaseUpload(io.BytesIO(content), "video/mp4", chunksize=chunk, resumable=resumable)


@pytest.mark.parametrize("content", [b"", b"\r", b"\r\n--x\r\n" * 9, b"\n--===============", bytes(range(256)) * 9000])
def test_a_multipart_upload_keeps_every_byte(studio: Any, content: bytes) -> None:
    body = {"name": "up.mp4", "parents": [studio.folder], "properties": {"take": "1"}}

    made = studio.person().files().create(body=body, media_body=_upload(content), fields="id,size,properties").execute()

    assert (made["size"], made["properties"]) == (str(len(content)), {"take": "1"})
    assert studio.service().files().get_media(fileId=made["id"]).execute() == content


def test_multipart_lines_may_end_in_carriage_returns(studio: Any) -> None:
    lines = ["--edge", "Content-Type: application/json; charset=UTF-8", "", '{"name": "crlf.mp4"}', "--edge",
             "Content-Type: video/mp4", "", "by\r\ntes", "--edge--", ""]  # fmt: skip
    answer = requests.post(
        studio.google + "/upload/drive/v3/files?uploadType=multipart&fields=name,size",
        data="\r\n".join(lines).encode(),
        headers={
            "Authorization": f"Bearer {studio.token()}",
            "Content-Type": "multipart/related; boundary=edge",
        },
        timeout=10,
    )

    assert answer.json() == {"name": "crlf.mp4", "size": "7"}


@pytest.mark.parametrize("body", [b"", b"--edge\n\n{}", b"--edge\nContent-Type: application/json\n\n{}\n--edge--\n"])
def test_broken_multipart_bodies_are_refused(studio: Any, body: bytes) -> None:
    answer = requests.post(
        studio.google + "/upload/drive/v3/files?uploadType=multipart",
        data=body,
        headers={
            "Authorization": f"Bearer {studio.token()}",
            "Content-Type": "multipart/related; boundary=edge",
        },
        timeout=10,
    )

    assert answer.status_code == 400


def test_an_upload_without_metadata(studio: Any) -> None:
    made = studio.person().files().create(media_body=_upload(b"bytes"), fields="name,mimeType,size").execute()

    assert made == {"name": "Untitled", "mimeType": "video/mp4", "size": "5"}


def test_a_resumable_upload_goes_chunk_by_chunk(studio: Any, video: Path) -> None:
    media = MediaFileUpload(str(video), "video/mp4", chunksize=CHUNK, resumable=True)
    request = studio.person().files().create(body={"name": "long.mp4", "parents": [studio.folder]}, media_body=media)

    progress, made = [], None
    while made is None:
        status, made = request.next_chunk()
        progress.append(status.resumable_progress if status else video.stat().st_size)

    assert progress == [CHUNK, 2 * CHUNK, 3 * CHUNK, 4 * CHUNK, 1_200_000]
    assert studio.service().files().get_media(fileId=made["id"]).execute() == video.read_bytes()


def _session(studio: Any, total: int) -> str:
    answer = requests.post(
        studio.google + "/upload/drive/v3/files?uploadType=resumable",
        headers={"Authorization": f"Bearer {studio.token()}", "X-Upload-Content-Length": str(total)},
        json={"name": "raw.mp4"},
        timeout=10,
    )
    assert answer.status_code == 200
    return answer.headers["Location"]


def _put(url: str, wanted: str, content: bytes = b"") -> requests.Response:
    return requests.put(url, data=content, headers={"Content-Range": wanted}, timeout=10)


def test_an_interrupted_upload_tells_where_to_go_on(studio: Any) -> None:
    content = bytes(CHUNK) + b"the end"
    session = _session(studio, len(content))

    assert "Range" not in _put(session, f"bytes */{len(content)}").headers
    half = _put(session, f"bytes 0-{CHUNK - 1}/{len(content)}", content[:CHUNK])
    asked = _put(session, f"bytes */{len(content)}")
    done = _put(session, f"bytes {CHUNK}-{len(content) - 1}/{len(content)}", content[CHUNK:])
    again = _put(session, f"bytes */{len(content)}")

    assert (half.status_code, asked.status_code) == (308, 308)
    assert asked.headers["Range"] == f"bytes=0-{CHUNK - 1}"
    assert done.status_code == 200
    assert again.json()["id"] == done.json()["id"]


@pytest.mark.parametrize(
    ("wanted", "length"),
    [
        ("bytes 0-99/1000000", 100),  # no multiple of 256 KiB
        (f"bytes {CHUNK}-{2 * CHUNK - 1}/1000000", CHUNK),  # a hole before it
        ("bytes 0-99/50", 100),
        (f"bytes 0-{CHUNK - 1}/999", CHUNK),  # another total than announced
        (f"bytes 0-{CHUNK - 1}/1000000", 5),  # a shorter body than said
        ("bytes all", 5),
    ],
)
def test_chunks_that_google_refuses(studio: Any, wanted: str, length: int) -> None:
    answer = _put(_session(studio, 1_000_000), wanted, bytes(length))

    assert answer.status_code == 400


def test_an_unknown_session_is_gone(studio: Any) -> None:
    url = studio.google + "/upload/drive/v3/files?uploadType=resumable&upload_id=nothing"

    assert _put(url, "bytes */10").status_code == 404


def test_a_service_account_owns_no_storage(studio: Any, video: Path, refusal: Any) -> None:
    studio.console.share(studio.folder, studio.robot, "writer")
    service = studio.service(studio.credentials(["https://www.googleapis.com/auth/drive"]))
    file_id = studio.drop(video)["id"]

    refused = refusal(service.files().copy(fileId=file_id))
    made = service.files().create(body={"name": "by robot", "mimeType": FOLDER, "parents": [studio.folder]}).execute()

    assert (refused.status, refused.reason) == (403, "storageQuotaExceeded")
    assert made["mimeType"] == FOLDER


def test_a_service_account_writes_into_a_shared_drive(studio: Any, video: Path, refusal: Any) -> None:
    shared = studio.console.shared_drive("Archive", {studio.owner: "organizer", studio.robot: "fileOrganizer"})
    file_id = studio.console.drop(video, parent=shared)["id"]
    files = studio.service(studio.credentials(["https://www.googleapis.com/auth/drive"])).files()

    assert refusal(files.get(fileId=file_id)).reason == "notFound"  # it did not say supportsAllDrives
    copied = files.copy(fileId=file_id, supportsAllDrives=True, fields="id,driveId,owners,parents").execute()
    listed = files.list(corpora="drive", driveId=shared, includeItemsFromAllDrives=True, supportsAllDrives=True)

    assert copied == {"id": copied["id"], "driveId": shared, "parents": [shared]}
    assert {file["id"] for file in listed.execute()["files"]} == {file_id, copied["id"]}
    assert file_id not in {file["id"] for file in files.list().execute()["files"]}


def test_new_content_is_a_new_revision_of_the_same_file(studio: Any, video: Path, tmp_path: Path) -> None:
    before = studio.drop(video)
    fields = "id,headRevisionId,md5Checksum,version,size,modifiedTime"

    after = (
        studio.person().files().update(fileId=before["id"], media_body=_upload(b"second cut"), fields=fields).execute()
    )

    assert after["id"] == before["id"]
    assert after["size"] == "10"
    assert after["headRevisionId"] != before["headRevisionId"]
    assert after["md5Checksum"] != before["md5Checksum"]
    assert int(after["version"]) > int(before["version"])
    assert after["modifiedTime"] >= before["modifiedTime"]


def test_renaming_keeps_the_revision(studio: Any, video: Path) -> None:
    before = studio.drop(video)

    studio.person().files().update(fileId=before["id"], body={"name": "final.mp4"}).execute()

    after = studio.console.file(before["id"])
    assert after["name"] == "final.mp4"
    assert after["headRevisionId"] == before["headRevisionId"]
    assert after["originalFilename"] == "holiday.mp4"


def test_a_desktop_client_may_set_an_older_time_of_creation(studio: Any, video: Path, refusal: Any) -> None:
    file_id, files = studio.drop(video)["id"], studio.person().files()

    told = files.update(fileId=file_id, body={"createdTime": "2019-05-01T10:00:00Z"}, fields="createdTime").execute()
    refused = refusal(files.update(fileId=file_id, body={"name": "half.mp4", "modifiedTime": "in May"}))

    assert told == {"createdTime": "2019-05-01T10:00:00.000Z"}
    assert (refused.status, refused.reason) == (400, "invalid")
    assert studio.console.file(file_id)["name"] == "holiday.mp4"


def test_a_copy_is_a_new_file_with_the_same_bytes(studio: Any, video: Path) -> None:
    before = studio.drop(video)

    copied = studio.person().files().copy(fileId=before["id"], fields="*").execute()

    assert copied["id"] != before["id"]
    assert copied["headRevisionId"] != before["headRevisionId"]
    assert copied["md5Checksum"] == before["md5Checksum"]
    assert (copied["name"], copied["parents"]) == ("Copy of holiday.mp4", [studio.folder])


def test_a_move_names_both_folders(studio: Any, video: Path, refusal: Any) -> None:
    file_id, files = studio.drop(video)["id"], studio.person().files()
    done = files.create(body={"name": "Done", "mimeType": FOLDER}).execute()["id"]

    refused = refusal(files.update(fileId=file_id, addParents=done))
    moved = files.update(fileId=file_id, addParents=done, removeParents=studio.folder, fields="parents").execute()

    assert (refused.status, refused.reason) == (403, "cannotAddParent")
    assert moved == {"parents": [done]}
    assert refusal(studio.service().files().get(fileId=file_id)).status == 404  # the folder was what was shared


def test_the_move_that_n8n_makes(studio: Any, video: Path) -> None:
    """It sends the parameters of a list along with every request."""
    file_id, headers = studio.drop(video)["id"], {"Authorization": f"Bearer {studio.token()}"}
    done = studio.console.folder("Done", owner=studio.owner)["id"]
    url, along = f"{studio.google}/drive/v3/files/{file_id}", {"corpora": "allDrives", "spaces": "appDataFolder, drive",
        "includeItemsFromAllDrives": "true", "supportsAllDrives": "true"}  # fmt: skip

    parents = requests.get(url, params={**along, "fields": "parents"}, headers=headers, timeout=10).json()["parents"]
    moved = requests.patch(
        url, params={**along, "addParents": done, "removeParents": ",".join(parents)}, headers=headers, timeout=10
    )

    assert moved.status_code == 200
    assert studio.console.file(file_id)["parents"] == [done]


def test_a_folder_does_not_go_into_itself(studio: Any, refusal: Any) -> None:
    files = studio.person().files()
    inner = files.create(body={"name": "Inner", "mimeType": FOLDER, "parents": [studio.folder]}).execute()["id"]
    root = studio.console.person(studio.owner)["rootFolderId"]

    refused = refusal(files.update(fileId=studio.folder, addParents=inner, removeParents=root))

    assert refused.reason == "cyclicMembershipsNotAllowed"


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"md5Checksum": "0" * 32}, 403, "fieldNotWritable"),
        ({"parents": ["x"]}, 403, "fieldNotWritable"),
        ({"title": "x"}, 400, "badRequest"),
        ({"writersCanShare": False}, 501, "notImplemented"),
    ],
)
def test_fields_that_cannot_be_written(
    studio: Any, video: Path, refusal: Any, body: dict[str, Any], status: int, reason: str
) -> None:
    refused = refusal(studio.person().files().update(fileId=studio.drop(video)["id"], body=body))

    assert (refused.status, refused.reason) == (status, reason)


def test_a_reader_changes_nothing(studio: Any, video: Path, refusal: Any) -> None:
    file_id = studio.drop(video)["id"]
    files = studio.service(studio.credentials(["https://www.googleapis.com/auth/drive"])).files()

    for request in (
        files.update(fileId=file_id, body={"name": "mine.mp4"}),
        files.delete(fileId=file_id),
        files.create(body={"name": "x", "mimeType": FOLDER, "parents": [studio.folder]}),
    ):
        refused = refusal(request)
        assert (refused.status, refused.reason) == (403, "insufficientFilePermissions")


def test_a_deleted_folder_takes_everything_with_it(studio: Any, video: Path, refusal: Any) -> None:
    file_id = studio.drop(video)["id"]

    studio.person().files().delete(fileId=studio.folder).execute()

    assert refusal(studio.person().files().get(fileId=file_id)).status == 404
