"""Who sees what."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_sharing_a_folder_opens_what_is_below_it(studio: Any, video: Path, refusal: Any) -> None:
    file_id = studio.console.drop(video, owner=studio.owner)["id"]
    root = studio.console.person(studio.owner)["rootFolderId"]
    files, people = studio.service().files(), studio.person().permissions()
    assert refusal(files.get(fileId=file_id)).status == 404

    body = {"type": "user", "role": "reader", "emailAddress": studio.robot}
    given = people.create(fileId=root, body=body, sendNotificationEmail=False).execute()

    assert given == {"kind": "drive#permission", "id": given["id"], "type": "user", "role": "reader"}
    assert files.get(fileId=file_id, fields="parents").execute() == {"parents": [root]}
    assert refusal(people.delete(fileId=file_id, permissionId=given["id"])).status == 404  # inherited, not its own
    people.delete(fileId=root, permissionId=given["id"]).execute()
    assert refusal(files.get(fileId=file_id)).status == 404


def test_the_folder_of_a_file_shared_alone_stays_hidden(studio: Any, video: Path) -> None:
    file_id = studio.console.drop(video, owner=studio.owner, name="alone.mp4", shared_with=[studio.robot])["id"]
    files = studio.service().files()

    assert "parents" not in files.get(fileId=file_id, fields="*").execute()
    assert [file["id"] for file in files.list(q="sharedWithMe and name = 'alone.mp4'").execute()["files"]] == [file_id]


def test_a_link_opens_but_does_not_list(studio: Any, video: Path) -> None:
    file_id = studio.console.drop(video, owner=studio.owner, name="linked.mp4")["id"]
    studio.console.share(file_id, "anyone")
    files = studio.service().files()

    assert files.get(fileId=file_id).execute()["id"] == file_id
    assert files.list(q="name = 'linked.mp4'").execute()["files"] == []


def test_a_link_with_a_resource_key_needs_the_key(studio: Any, video: Path, refusal: Any) -> None:
    file_id = studio.console.drop(video, owner=studio.owner, facts={"resourceKey": "0-abc"})["id"]
    studio.console.share(file_id, "anyone")
    with_key = studio.service().files().get(fileId=file_id, fields="resourceKey")
    with_key.headers["X-Goog-Drive-Resource-Keys"] = f"{file_id}/0-abc"

    assert refusal(studio.service().files().get(fileId=file_id)).status == 404
    assert with_key.execute() == {"resourceKey": "0-abc"}


def test_permissions_are_listed_for_those_who_may_share(studio: Any, video: Path, refusal: Any) -> None:
    file_id = studio.drop(video)["id"]
    fields = "permissions(emailAddress,role)"

    listed = studio.person().permissions().list(fileId=file_id, fields=fields).execute()["permissions"]

    assert sorted(each["role"] for each in listed) == ["owner", "reader"]
    assert refusal(studio.service().permissions().list(fileId=file_id)).reason == "insufficientFilePermissions"


def test_permissions_that_are_refused(studio: Any, video: Path, refusal: Any) -> None:
    file_id, people = studio.drop(video)["id"], studio.person().permissions()
    refused = {
        case: refusal(people.create(fileId=file_id, body=body))
        for case, body in {
            "nobody": {"type": "user", "role": "reader"},
            "role": {"type": "user", "role": "king", "emailAddress": "a@b.example"},
            "group": {"type": "group", "role": "reader", "emailAddress": "g@b.example"},
            "owner": {"type": "user", "role": "owner", "emailAddress": "a@b.example"},
            "bare": {},
        }.items()
    }

    assert {case: each.status for case, each in refused.items()} == {
        "nobody": 400,
        "role": 400,
        "group": 501,
        "owner": 501,
        "bare": 400,
    }


def test_about_needs_fields(studio: Any, refusal: Any) -> None:
    about = studio.service().about()

    assert refusal(about.get()).reason == "required"
    assert about.get(fields="user/emailAddress,storageQuota/limit").execute() == {
        "user": {"emailAddress": studio.robot},
        "storageQuota": {"limit": "0"},
    }
