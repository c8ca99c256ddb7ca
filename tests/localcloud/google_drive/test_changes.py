"""How a program learns of changes: the logs of users and of shared drives, and places in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.client import ConsoleError

EVERY_DRIVE = {"supportsAllDrives": True, "includeItemsFromAllDrives": True}


def start_of(studio: Any, **asked: Any) -> str:
    return str(studio.service().changes().getStartPageToken(**asked).execute()["startPageToken"])


def changed(studio: Any, token: str, **asked: Any) -> list[str]:
    """Names of the files in the log since a token; of those that are gone, their ids."""
    found = studio.service().changes().list(pageToken=token, **asked).execute()["changes"]
    return [each["file"]["name"] if "file" in each else each["fileId"] for each in found]


def test_changes_tell_what_happened_since_a_token(studio: Any, video: Path) -> None:
    changes = studio.service().changes()
    start = changes.getStartPageToken().execute()["startPageToken"]
    kept, moved = studio.drop(video)["id"], studio.drop(video)["id"]
    studio.console.update(kept, name="renamed.mp4")
    studio.person().files().delete(fileId=moved).execute()

    first = changes.list(pageToken=start, pageSize=1).execute()
    second = changes.list(pageToken=first["nextPageToken"]).execute()
    nothing = changes.list(pageToken=second["newStartPageToken"]).execute()

    assert [(each["fileId"], each["removed"]) for each in first["changes"] + second["changes"]] == [
        (kept, False),
        (moved, True),
    ]
    assert first["changes"][0]["file"]["name"] == "renamed.mp4"
    assert nothing["changes"] == []


def test_being_shut_out_is_a_removal(studio: Any, video: Path) -> None:
    file_id = studio.console.drop(video, owner=studio.owner, shared_with=[studio.robot])["id"]
    changes, people = studio.service().changes(), studio.person().permissions()
    start = changes.getStartPageToken().execute()["startPageToken"]
    held = people.list(fileId=file_id, fields="permissions(id,emailAddress)").execute()["permissions"]

    number = next(each["id"] for each in held if each["emailAddress"] == studio.robot)
    people.delete(fileId=file_id, permissionId=number).execute()

    assert [(each["fileId"], each["removed"]) for each in changes.list(pageToken=start).execute()["changes"]] == [
        (file_id, True)
    ]


def test_a_file_that_is_dragged_into_a_shared_folder_appears_with_its_old_times(studio: Any, video: Path) -> None:
    old = {"createdTime": "2020-02-29T10:00:00Z", "modifiedTime": "2020-02-29T10:00:00Z"}
    file_id = studio.console.drop(video, owner=studio.owner, facts=old)["id"]
    start = start_of(studio)
    assert studio.console.move(file_id, studio.folder)["parents"] == [studio.folder]
    found = studio.service().changes().list(pageToken=start, fields="changes/file(createdTime,parents)").execute()
    assert found["changes"] == [{"file": {"createdTime": "2020-02-29T10:00:00.000Z", "parents": [studio.folder]}}]


def test_a_folder_that_moves_in_tells_of_itself_only(studio: Any, video: Path) -> None:
    season = studio.console.folder("Season 1", owner=studio.owner)["id"]
    studio.console.drop(video, owner=studio.owner, parent=season)
    start = start_of(studio)
    studio.console.move(season, studio.folder)
    assert changed(studio, start) == ["Season 1"]
    inside = studio.service().files().list(q=f"'{season}' in parents").execute()["files"]
    assert [each["name"] for each in inside] == ["holiday.mp4"]


def test_nothing_can_lie_in_itself_or_move_between_drives(studio: Any) -> None:
    inner = studio.console.folder("inner", parent=studio.folder)["id"]
    shared = studio.console.shared_drive("Films", {studio.owner: "organizer"})
    for parent in (inner, shared):
        with pytest.raises(ConsoleError, match=r"cannot lie in|between My Drive and shared drives"):
            studio.console.move(studio.folder, parent)


def test_a_shared_drive_has_a_log_of_its_own_and_its_members_read_it_there(studio: Any, video: Path) -> None:
    shared = studio.console.shared_drive("Films", {studio.owner: "organizer", studio.robot: "reader"})
    own, drives = start_of(studio), start_of(studio, driveId=shared, supportsAllDrives=True)
    studio.console.drop(video, parent=shared, name="shared.mp4")
    studio.drop(video, name="mine.mp4")

    assert changed(studio, drives, driveId=shared, **EVERY_DRIVE) == ["shared.mp4"]
    assert changed(studio, own, **EVERY_DRIVE) == ["mine.mp4"]


def test_who_was_given_a_folder_of_a_shared_drive_finds_it_in_the_own_log(
    studio: Any, video: Path, refusal: Any
) -> None:
    shared = studio.console.shared_drive("Films", {studio.owner: "organizer"})
    folder = studio.console.folder("For the pipeline", parent=shared, shared_with=[studio.robot])["id"]
    start = start_of(studio)
    studio.console.drop(video, parent=folder, name="shared.mp4")

    assert changed(studio, start, **EVERY_DRIVE) == ["shared.mp4"]
    assert changed(studio, start) == []
    changes = studio.service().changes()
    told = refusal(changes.getStartPageToken(driveId=shared, supportsAllDrives=True))
    assert (told.status, told.message) == (404, f"Shared drive not found: {shared}")
    assert refusal(changes.list(pageToken=start, driveId=shared, **EVERY_DRIVE)).status == 404


@pytest.mark.parametrize(
    ("asked", "status", "reason"),
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
    ],
    ids=lambda value: repr(value)[:60],
)
def test_questions_about_changes_that_are_refused(
    studio: Any, refusal: Any, asked: dict[str, Any], status: int, reason: str
) -> None:
    told = refusal(studio.service().changes().list(**asked))
    assert (told.status, told.reason) == (status, reason)


def test_the_log_of_a_drive_is_asked_for_with_the_word_that_drives_are_known(studio: Any, refusal: Any) -> None:
    shared = studio.console.shared_drive("Films", {studio.owner: "organizer", studio.robot: "reader"})
    assert refusal(studio.service().changes().getStartPageToken(driveId=shared)).reason == "teamDrivesNotSupported"


def test_what_is_gone_is_left_out_for_those_who_do_not_ask_for_it(studio: Any, video: Path) -> None:
    gone = studio.drop(video)["id"]
    start = start_of(studio)
    studio.console.delete(gone)
    assert changed(studio, start) == [gone]
    assert changed(studio, start, includeRemoved=False) == []
