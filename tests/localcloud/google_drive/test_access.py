"""Which callers see a file, by name, by link and by folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.client import ConsoleError


def test_sharing_a_folder_opens_what_is_below_it(studio: Any, video: Path, rejected: Any) -> None:
    file_id = studio.console.drop(video, owner=studio.owner)["id"]
    root = studio.console.person(studio.owner)["rootFolderId"]
    files = studio.service().files()
    assert rejected(files.get(fileId=file_id)).status == 404

    studio.console.share(root, studio.robot)

    assert files.get(fileId=file_id, fields="parents").execute() == {"parents": [root]}
    with pytest.raises(ConsoleError, match="is not shared with"):
        studio.console.unshare(file_id, studio.robot)
    studio.console.unshare(root, studio.robot)
    assert rejected(files.get(fileId=file_id)).status == 404


def test_folder_of_a_file_that_alone_is_shared_stays_hidden(studio: Any, video: Path) -> None:
    file_id = studio.console.drop(video, owner=studio.owner, name="alone.mp4", shared_with=[studio.robot])["id"]
    files = studio.service().files()

    assert "parents" not in files.get(fileId=file_id, fields="*").execute()
    assert file_id in [file["id"] for file in files.list(pageSize=1000).execute()["files"]]


def test_link_opens_a_file_and_does_not_list_it(studio: Any, video: Path) -> None:
    file_id = studio.console.drop(video, owner=studio.owner, name="linked.mp4")["id"]
    studio.console.share(file_id, "anyone")
    files = studio.service().files()

    assert files.get(fileId=file_id).execute()["id"] == file_id
    assert file_id not in [file["id"] for file in files.list(pageSize=1000).execute()["files"]]


def test_link_with_a_resource_key_requires_the_key(studio: Any, video: Path, rejected: Any) -> None:
    file_id = studio.console.drop(video, owner=studio.owner, facts={"resourceKey": "0-abc"})["id"]
    studio.console.share(file_id, "anyone")
    with_key = studio.service().files().get(fileId=file_id, fields="resourceKey")
    with_key.headers["X-Goog-Drive-Resource-Keys"] = f"{file_id}/0-abc"

    assert rejected(studio.service().files().get(fileId=file_id)).status == 404
    assert with_key.execute() == {"resourceKey": "0-abc"}


def test_shared_drive_requires_supports_all_drives(studio: Any, video: Path, rejected: Any) -> None:
    shared = studio.console.shared_drive("Archive", {studio.owner: "organizer", studio.robot: "reader"})
    file_id = studio.console.drop(video, parent=shared)["id"]
    files = studio.service().files()

    assert rejected(files.get(fileId=file_id)).reason == "notFound"
    assert files.get(fileId=file_id, supportsAllDrives=True, fields="driveId,owners,parents").execute() == {
        "driveId": shared,
        "parents": [shared],
    }
    listed = files.list(corpora="drive", driveId=shared, includeItemsFromAllDrives=True, supportsAllDrives=True)
    assert [file["id"] for file in listed.execute()["files"]] == [file_id]
    assert file_id not in {file["id"] for file in files.list(pageSize=1000).execute()["files"]}


def test_permissions_are_shown_to_those_who_may_edit(studio: Any, video: Path) -> None:
    file_id = studio.drop(video)["id"]
    studio.console.share(file_id, "anyone")

    found = studio.person().files().get(fileId=file_id, fields="permissions(type,role)").execute()["permissions"]

    shown = sorted((each["type"], each["role"]) for each in found)
    assert shown == [("anyone", "reader"), ("user", "owner"), ("user", "reader")]
    assert "permissions" not in studio.service().files().get(fileId=file_id, fields="*").execute()
