"""files.get and files.list as the pipeline and n8n use them."""

from __future__ import annotations

import hashlib
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from googleapiclient.http import MediaIoBaseDownload

from localcloud.process import RunningCloud

SHORTCUT = "application/vnd.google-apps.shortcut"


def test_without_fields_four_of_them_are_answered(studio: Any, video: Path) -> None:
    dropped = studio.drop(video)

    assert studio.service().files().get(fileId=dropped["id"], supportsAllDrives=True).execute() == {
        "kind": "drive#file",
        "id": dropped["id"],
        "name": "holiday.mp4",
        "mimeType": "video/mp4",
    }


def test_the_facts_of_a_file_are_those_of_its_bytes(studio: Any, video: Path) -> None:
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
    assert "permissions" not in facts  # a reader does not see with whom else it is shared


def test_folders_and_documents_have_no_size_and_no_checksum(studio: Any) -> None:
    document = {"name": "Notes", "mimeType": "application/vnd.google-apps.document", "parents": [studio.folder]}
    made = studio.person().files().create(body=document).execute()

    for file_id in (studio.folder, made["id"]):
        facts = studio.service().files().get(fileId=file_id, fields="*").execute()
        assert not {"size", "md5Checksum", "sha256Checksum", "headRevisionId", "webContentLink"} & set(facts)


def test_old_files_may_lack_the_sha_checksums(studio: Any, video: Path) -> None:
    dropped = studio.drop(video, facts={"withoutSha": True})

    facts = (
        studio.service().files().get(fileId=dropped["id"], fields="md5Checksum,sha1Checksum,sha256Checksum").execute()
    )

    assert list(facts) == ["md5Checksum"]


@pytest.mark.parametrize(
    ("fields", "answered"),
    [
        ("id", {"id"}),
        ("id, name ,size", {"id", "name", "size"}),
        ("capabilities/canDownload,capabilities/canEdit", {"capabilities"}),
        ("owners(emailAddress,me),id", {"owners", "id"}),
        ("", set()),
    ],
)
def test_fields_select(studio: Any, video: Path, fields: str, answered: set[str]) -> None:
    dropped = studio.drop(video)
    answer = requests.get(
        f"{studio.google}/drive/v3/files/{dropped['id']}",
        params={"fields": fields},
        headers={"Authorization": f"Bearer {studio.token()}"},
        timeout=10,
    )

    assert set(answer.json()) == answered
    for owner in answer.json().get("owners", []):
        assert set(owner) == {"emailAddress", "me"}
    assert set(answer.json().get("capabilities", {"canDownload": 1, "canEdit": 1})) == {"canDownload", "canEdit"}


@pytest.mark.parametrize("fields", ["bytes", "id,md5", "owners(mail)", "id(", "id,,name", "name/x", "files(id)"])
def test_fields_that_google_does_not_have_are_refused(studio: Any, video: Path, refusal: Any, fields: str) -> None:
    refused = refusal(studio.service().files().get(fileId=studio.drop(video)["id"], fields=fields))

    assert (refused.status, refused.reason) == (400, "invalidParameter")
    assert refused.message.startswith("Invalid field selection")
    assert refused.body["errors"][0]["location"] == "fields"


def test_a_file_that_is_not_shared_does_not_exist(studio: Any, video: Path, refusal: Any) -> None:
    private = studio.console.drop(video, owner=studio.owner)["id"]

    refused = refusal(studio.service().files().get(fileId=private))

    assert (refused.status, refused.reason) == (404, "notFound")
    assert refused.message == f"File not found: {private}."
    assert refused.body["errors"][0]["location"] == "fileId"


def test_an_unknown_parameter_is_refused(studio: Any, video: Path) -> None:
    url = f"{studio.google}/drive/v3/files/{studio.drop(video)['id']}"
    headers = {"Authorization": f"Bearer {studio.token()}"}

    for parameters in ({"supportAllDrives": "true"}, {"supportsAllDrives": "yes"}):
        answer = requests.get(url, params=parameters, headers=headers, timeout=10)
        assert answer.status_code == 400
        assert next(iter(parameters)) in answer.json()["error"]["message"]


def test_a_download_in_chunks_is_the_file(studio: Any, video: Path) -> None:
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


def _media(studio: Any, file_id: str, wanted: str | None) -> requests.Response:
    headers = {"Authorization": f"Bearer {studio.token()}"}
    if wanted is not None:
        headers["Range"] = wanted
    return requests.get(f"{studio.google}/drive/v3/files/{file_id}?alt=media", headers=headers, timeout=10)


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=1199999-", 1_199_999, 1_199_999), ("bytes=-5", 1_199_995, 1_199_999),
     ("bytes=100-99999999", 100, 1_199_999), ("bytes=-9999999", 0, 1_199_999)],
)  # fmt: skip
def test_ranges(studio: Any, video: Path, wanted: str, first: int, last: int) -> None:
    answer = _media(studio, studio.drop(video)["id"], wanted)

    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/1200000"
    assert answer.content == video.read_bytes()[first : last + 1]


def test_no_range_or_nonsense_is_the_whole_file(studio: Any, video: Path) -> None:
    file_id = studio.drop(video)["id"]

    for wanted in (None, "bytes=5-2", "lines=1-2", "bytes=-"):
        answer = _media(studio, file_id, wanted)
        assert (answer.status_code, len(answer.content)) == (200, 1_200_000)


def test_a_range_beyond_the_end_is_416(studio: Any, video: Path) -> None:
    answer = _media(studio, studio.drop(video)["id"], "bytes=1200000-")

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */1200000"
    assert answer.json()["error"]["errors"][0]["reason"] == "requestedRangeNotSatisfiable"


def test_an_empty_file_downloads_as_nothing(studio: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    file_id, target = studio.drop(empty)["id"], io.BytesIO()

    _, done = MediaIoBaseDownload(target, studio.service().files().get_media(fileId=file_id)).next_chunk()

    assert done
    assert target.getvalue() == b""
    assert studio.console.file(file_id)["size"] == "0"


def test_a_document_has_no_bytes_to_download(studio: Any, refusal: Any) -> None:
    body = {"name": "Notes", "mimeType": "application/vnd.google-apps.document", "parents": [studio.folder]}
    document = studio.person().files().create(body=body).execute()["id"]

    for file_id in (document, studio.folder):
        refused = refusal(studio.service().files().get_media(fileId=file_id))
        assert (refused.status, refused.reason) == (403, "fileNotDownloadable")
        assert refused.body["errors"][0]["location"] == "alt"
    assert refusal(studio.service().files().export(fileId=document, mimeType="text/plain")).status == 501


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ("downloadDisabled", "cannotDownloadFile"),
        ("copyRequiresWriterPermission", "cannotDownloadFile"),
        ("abusive", "cannotDownloadAbusiveFile"),
        ("downloadQuotaExceeded", "downloadQuotaExceeded"),
    ],
)
def test_what_google_does_not_hand_out(studio: Any, video: Path, refusal: Any, fact: str, reason: str) -> None:
    file_id = studio.drop(video, facts={fact: True})["id"]
    files = studio.service().files()

    refused = refusal(files.get_media(fileId=file_id, acknowledgeAbuse=True))

    assert (refused.status, refused.reason) == (403, reason)
    facts = files.get(fileId=file_id, fields="capabilities/canDownload").execute()
    assert facts["capabilities"]["canDownload"] == (reason != "cannotDownloadFile")


def test_the_owner_may_acknowledge_abuse(studio: Any, video: Path, refusal: Any) -> None:
    file_id, files = studio.drop(video, facts={"abusive": True})["id"], studio.person().files()

    assert refusal(files.get_media(fileId=file_id)).reason == "cannotDownloadAbusiveFile"
    assert files.get_media(fileId=file_id, acknowledgeAbuse=True).execute() == video.read_bytes()


def test_a_shortcut_tells_its_target_and_has_no_bytes(studio: Any, video: Path, refusal: Any) -> None:
    target = studio.drop(video)["id"]
    body = {
        "name": "link", "mimeType": SHORTCUT, "parents": [studio.folder], "shortcutDetails": {"targetId": target},
    }  # fmt: skip
    shortcut = studio.person().files().create(body=body).execute()["id"]

    facts = studio.service().files().get(fileId=shortcut, fields="size,shortcutDetails").execute()

    assert facts == {"shortcutDetails": {"targetId": target, "targetMimeType": "video/mp4"}}
    assert refusal(studio.service().files().get_media(fileId=shortcut)).reason == "fileNotDownloadable"


def test_a_shortcut_that_drive_refuses_leaves_nothing_behind(studio: Any, video: Path, refusal: Any) -> None:
    files = studio.person().files()

    def body(target: str) -> dict[str, Any]:
        return {
            "name": "link", "mimeType": SHORTCUT, "parents": [studio.folder], "shortcutDetails": {"targetId": target},
        }  # fmt: skip

    first = files.create(body=body(studio.drop(video)["id"])).execute()["id"]

    assert refusal(files.create(body=body(first))).reason == "shortcutTargetInvalid"
    assert refusal(files.create(body=body("1NobodyEverUploadedThisFileHere00"))).reason == "notFound"
    listed = files.list(q=f"'{studio.folder}' in parents and mimeType = '{SHORTCUT}'").execute()["files"]
    assert [file["id"] for file in listed] == [first]


def test_listing_pages_orders_and_filters(studio: Any, video: Path) -> None:
    for number in (10, 9, 2, 1):
        studio.drop(video, name=f"take {number}.mp4")
    studio.drop(video, name="notes.txt", mime_type="text/plain")
    query = f"'{studio.folder}' in parents and mimeType contains 'video/' and trashed = false"

    names, token = [], None
    while True:
        page = (
            studio.service()
            .files()
            .list(q=query, orderBy="name_natural", pageSize=3, pageToken=token, fields="nextPageToken,files(name)")
            .execute()
        )
        names.append([file["name"] for file in page["files"]])
        token = page.get("nextPageToken")
        if token is None:
            break

    assert names == [["take 1.mp4", "take 2.mp4", "take 9.mp4"], ["take 10.mp4"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name = 'a.mp4'", ["a.mp4"]),
        ("name != 'a.mp4' and not name contains 'It'", ["old.mov"]),
        (r"name = 'It\'s.mp4'", ["It's.mp4"]),
        ("(name = 'a.mp4' or mimeType = 'video/quicktime')", ["a.mp4", "old.mov"]),
        ("trashed = true", ["gone.mp4"]),
        ("modifiedTime > '2030-01-01T00:00:00'", []),
        ("createdTime <= '2040-01-01T00:00:00Z' and name contains 'a'", ["a.mp4"]),
    ],
)
def test_query_terms(studio: Any, video: Path, query: str, found: list[str]) -> None:
    for name in ("a.mp4", "It's.mp4", "old.mov"):
        studio.drop(video, name=name)
    studio.drop(video, name="gone.mp4", facts={"trashed": True})
    scope = f"'{studio.folder}' in parents and ({query})"
    if "trashed" not in query:
        scope += " and trashed = false"

    files = studio.service().files().list(q=scope, orderBy="name").execute()["files"]

    assert sorted(file["name"] for file in files) == sorted(found)


@pytest.mark.parametrize(
    ("parameters", "status", "words"),
    [
        ({"q": "fullText contains 'x'"}, 501, "fullText"),
        ({"q": "size > 5"}, 400, "Invalid Value"),
        ({"q": "name ="}, 400, "Invalid Value"),
        ({"q": "'1nowhere' in parents"}, 404, "File not found: ."),
        ({"pageSize": 1001}, 400, "within the range: [1, 1000]"),
        ({"pageToken": "bogus"}, 400, "Invalid Value"),
        ({"orderBy": "viewedByMeTime"}, 501, "viewedByMeTime"),
        ({"corpora": "domain"}, 501, "domain"),
    ],
)
def test_what_a_list_refuses(studio: Any, refusal: Any, parameters: dict[str, Any], status: int, words: str) -> None:
    refused = refusal(studio.service().files().list(**parameters))

    assert refused.status == status
    assert words in refused.message


def test_the_list_that_n8n_asks_for(studio: Any, video: Path) -> None:
    """Its Drive trigger polls My Drive and shared drives in one call, for the raw file resources."""
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


def test_a_query_too_long_for_a_url_travels_in_a_post(studio: Any, video: Path) -> None:
    file_id = studio.drop(video)["id"]
    names = " or ".join(["name = 'holiday.mp4'"] * 150)
    query = f"'{studio.folder}' in parents and ({names})"

    files = studio.service().files().list(q=query).execute()["files"]

    assert [file["id"] for file in files] == [file_id]


def test_trashing_a_folder_trashes_what_is_in_it(studio: Any, video: Path) -> None:
    file_id = studio.drop(video)["id"]

    studio.console.update(studio.folder, trashed=True)

    facts = studio.service().files().get(fileId=file_id, fields="trashed,explicitlyTrashed").execute()
    assert facts == {"trashed": True, "explicitlyTrashed": False}


def test_what_is_not_implemented_says_its_name(studio: Any, refusal: Any) -> None:
    refused = refusal(studio.service().drives().list())

    assert refused.status == 501
    assert "drive.drives.list" in refused.message


def test_an_unknown_path_is_a_404_in_googles_form(cloud: RunningCloud) -> None:
    answer = requests.get(cloud.google + "/gmail/v1/users/me", timeout=10)

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == 404


def test_the_old_download_link_answers_with_a_page(studio: Any, tmp_path: Path) -> None:
    large = tmp_path / "large.mp4"
    with large.open("wb") as target:
        target.truncate(25 * 1024 * 1024 + 1)
    file_id = studio.drop(large)["id"]
    link = f"{studio.google}/uc?export=download&id={file_id}"

    private = requests.get(link, timeout=10)
    studio.console.share(file_id, "anyone")
    public = requests.get(link, timeout=10)

    assert "Sign in" in private.text
    assert public.status_code == 200
    assert public.headers["Content-Type"].startswith("text/html")
    assert "can't scan this file for viruses" in public.text
    assert json.dumps(studio.console.file(file_id)["size"]) == f'"{large.stat().st_size}"'
