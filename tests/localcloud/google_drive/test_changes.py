"""The change logs of users and of shared drives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.client import ConsoleError

EVERY_DRIVE = {"supportsAllDrives": True, "includeItemsFromAllDrives": True}


def start_of(studio: Any, **parameters: Any) -> str:
    return str(studio.service().changes().getStartPageToken(**parameters).execute()["startPageToken"])


def changed(studio: Any, token: str, **parameters: Any) -> list[str]:
    """Return the names of the files in the log since a token; of those that are gone, their ids."""
    found = studio.service().changes().list(pageToken=token, **parameters).execute()["changes"]
    return [each["file"]["name"] if "file" in each else each["fileId"] for each in found]


def test_lists_the_last_change_of_each_file_since_a_token(studio: Any, video: Path) -> None:
    changes = studio.service().changes()
    start = changes.getStartPageToken().execute()["startPageToken"]
    kept, deleted = studio.drop(video)["id"], studio.drop(video)["id"]
    studio.console.update(kept, name="renamed.mp4")
    studio.console.delete(deleted)

    first = changes.list(pageToken=start, pageSize=1).execute()
    second = changes.list(pageToken=first["nextPageToken"]).execute()
    third = changes.list(pageToken=second["newStartPageToken"]).execute()

    assert [(each["fileId"], each["removed"]) for each in first["changes"] + second["changes"]] == [
        (kept, False),
        (deleted, True),
    ]
    assert first["changes"][0]["file"]["name"] == "renamed.mp4"
    assert third["changes"] == []


def test_unsharing_is_a_removal(studio: Any, video: Path) -> None:
    file_id = studio.console.drop(video, owner=studio.owner, shared_with=[studio.robot])["id"]
    start = start_of(studio)

    studio.console.unshare(file_id, studio.robot)

    found = studio.service().changes().list(pageToken=start).execute()["changes"]
    assert [(each["fileId"], each["removed"]) for each in found] == [(file_id, True)]


def test_file_moved_into_a_shared_folder_keeps_its_times(studio: Any, video: Path) -> None:
    old = {"createdTime": "2020-02-29T10:00:00Z", "modifiedTime": "2020-02-29T10:00:00Z"}
    file_id = studio.console.drop(video, owner=studio.owner, facts=old)["id"]
    start = start_of(studio)
    assert studio.console.move(file_id, studio.folder)["parents"] == [studio.folder]
    found = studio.service().changes().list(pageToken=start, fields="changes/file(createdTime,parents)").execute()
    assert found["changes"] == [{"file": {"createdTime": "2020-02-29T10:00:00.000Z", "parents": [studio.folder]}}]


def test_moved_folder_is_one_change_without_its_contents(studio: Any, video: Path) -> None:
    season = studio.console.folder("Season 1", owner=studio.owner)["id"]
    studio.console.drop(video, owner=studio.owner, parent=season)
    start = start_of(studio)
    studio.console.move(season, studio.folder)
    assert changed(studio, start) == ["Season 1"]
    inside = studio.service().files().list(q=f"'{season}' in parents").execute()["files"]
    assert [each["name"] for each in inside] == ["holiday.mp4"]


def test_folder_cannot_move_into_itself_or_between_drives(studio: Any) -> None:
    inner = studio.console.folder("inner", parent=studio.folder)["id"]
    shared = studio.console.shared_drive("Films", {studio.owner: "organizer"})
    for parent in (inner, shared):
        with pytest.raises(ConsoleError, match=r"cannot be moved into|between My Drive and shared drives"):
            studio.console.move(studio.folder, parent)


def test_members_read_changes_in_the_log_of_the_shared_drive(studio: Any, video: Path) -> None:
    shared = studio.console.shared_drive("Films", {studio.owner: "organizer", studio.robot: "reader"})
    own, drives = start_of(studio), start_of(studio, driveId=shared, supportsAllDrives=True)
    studio.console.drop(video, parent=shared, name="shared.mp4")
    studio.drop(video, name="mine.mp4")

    assert changed(studio, drives, driveId=shared, **EVERY_DRIVE) == ["shared.mp4"]
    assert changed(studio, own, **EVERY_DRIVE) == ["mine.mp4"]


def test_folder_shared_without_drive_membership_uses_account_log(studio: Any, video: Path, rejected: Any) -> None:
    shared = studio.console.shared_drive("Films", {studio.owner: "organizer"})
    folder = studio.console.folder("For the pipeline", parent=shared, shared_with=[studio.robot])["id"]
    start = start_of(studio)
    studio.console.drop(video, parent=folder, name="shared.mp4")

    assert changed(studio, start, **EVERY_DRIVE) == ["shared.mp4"]
    assert changed(studio, start) == []
    changes = studio.service().changes()
    error = rejected(changes.getStartPageToken(driveId=shared, supportsAllDrives=True))
    assert (error.status, error.message) == (404, f"Shared drive not found: {shared}")
    assert rejected(changes.list(pageToken=start, driveId=shared, **EVERY_DRIVE)).status == 404


@pytest.mark.parametrize(
    ("parameters", "status", "reason"),
    [
        ({"pageToken": "yesterday"}, 400, "invalid"),
        ({"pageToken": "-1"}, 400, "invalid"),
        ({"pageToken": "0"}, 400, "invalid"),
        ({"pageToken": "999999999"}, 400, "invalid"),
        ({"pageToken": "1", "pageSize": 1001}, 400, "invalidParameter"),
        ({"pageToken": "1", "fields": "changes/file/colour"}, 400, "invalidParameter"),
        ({"pageToken": "1", "includeItemsFromAllDrives": True}, 403, "teamDrivesNotSupported"),
        ({"pageToken": "1", "driveId": "0A", "supportsAllDrives": True}, 400, "invalidParameter"),
        ({"pageToken": "1", "driveId": "0A"}, 403, "teamDrivesNotSupported"),
        ({"pageToken": "1", "restrictToMyDrive": True}, 501, "notImplemented"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_rejects_invalid_lists(
    studio: Any, rejected: Any, parameters: dict[str, Any], status: int, reason: str
) -> None:
    error = rejected(studio.service().changes().list(**parameters))
    assert (error.status, error.reason) == (status, reason)


def test_start_of_a_shared_drive_requires_supports_all_drives(studio: Any, rejected: Any) -> None:
    shared = studio.console.shared_drive("Films", {studio.owner: "organizer", studio.robot: "reader"})
    assert rejected(studio.service().changes().getStartPageToken(driveId=shared)).reason == "teamDrivesNotSupported"


def test_include_removed_false_omits_deleted_files(studio: Any, video: Path) -> None:
    deleted = studio.drop(video)["id"]
    start = start_of(studio)
    studio.console.delete(deleted)
    assert changed(studio, start) == [deleted]
    assert changed(studio, start, includeRemoved=False) == []
