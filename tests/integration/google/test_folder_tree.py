"""The watched folder through Google's client library: children, changes, cursors."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from localcloud.client import Console
from localcloud.process import RunningCloud
from tests.fakes.clock import ManualClock
from tests.integration.conftest import Answering
from tests.integration.google.servers import Answer, server
from vcp.adapters.google import folder_tree
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.google.folder_tree import DriveTree
from vcp.adapters.retry import Backoff
from vcp.domain.errors import CursorExpiredError, PermanentError, Rejection, RetryableError, WaitUntilError
from vcp.domain.intake.candidates import is_candidate
from vcp.domain.intake.request import parse_request
from vcp.domain.intake.scan_state import Cursor

OWNER = "anna@example.org"


@dataclass(frozen=True)
class Folder:
    """A folder that is shared with the pipeline."""

    console: Console
    id: str
    path: Path

    def drop(self, name: str, parent: str = "", **facts: Any) -> str:
        self.path.write_text(name)
        return str(self.console.drive.drop(self.path, name=name, parent=parent or self.id, facts=facts)["id"])

    def folder(self, name: str, parent: str = "") -> str:
        return str(self.console.drive.folder(name, parent=parent or self.id)["id"])


@pytest.fixture
def tree(drive: GoogleDrive, monkeypatch: pytest.MonkeyPatch) -> DriveTree:
    """Return the adapter with two files per page."""
    monkeypatch.setattr(folder_tree, "_PAGE_SIZE", 2)
    return DriveTree(drive)


@pytest.fixture
def folder(console: Console, key: dict[str, Any], tmp_path: Path) -> Folder:
    owner = f"{uuid4().hex}@example.org"
    folder_id = console.drive.folder("Incoming", owner=owner, shared_with=[key["client_email"]])["id"]
    return Folder(console, folder_id, tmp_path / "upload")


@pytest.fixture
def member_of(console: Console, key: dict[str, Any]) -> str:
    """Create a shared drive with the pipeline as a member. Return its id, which is also that of its top folder."""
    return console.drive.shared_drive("Films", {OWNER: "organizer", key["client_email"]: "reader"})


def names(files: Any) -> list[str]:
    return sorted(file.name for file in files)


def all_children(tree: DriveTree, folder_id: str, drive_id: str | None = None) -> list[str]:
    found: list[Any] = []
    page = None
    while True:
        children = tree.children(folder_id, drive_id, page)
        found += children.files
        if (page := children.next_page) is None:
            return names(found)


def all_changes(tree: DriveTree, cursor: Cursor) -> tuple[list[str], Cursor]:
    found: list[Any] = []
    while True:
        page = tree.changes(cursor)
        found, cursor = [*found, *page.files], page.cursor
        if not page.more:
            return names(found), cursor


def test_returns_the_watched_folder(tree: DriveTree, folder: Folder) -> None:
    seen = tree.folder(folder.id)
    assert (seen.folder_id, seen.name, seen.drive_id) == (folder.id, "Incoming", None)


def test_says_why_a_folder_cannot_be_watched(
    tree: DriveTree, folder: Folder, key: dict[str, Any], console: Console
) -> None:
    hidden = console.drive.folder("Hidden", owner=OWNER)["id"]
    with pytest.raises(PermanentError, match=f"share it with {key['client_email']} as a viewer"):
        tree.folder(hidden)
    with pytest.raises(PermanentError, match=r'"film\.mov" is not a folder and cannot be watched'):
        tree.folder(folder.drop("film.mov"))
    console.drive.update(folder.id, trashed=True)
    with pytest.raises(PermanentError, match='"Incoming" is in the trash'):
        tree.folder(folder.id)


def test_lists_direct_children_page_by_page_without_trash(tree: DriveTree, folder: Folder) -> None:
    for number in range(5):
        folder.drop(f"{number}.mov")
    folder.drop("gone.mov", trashed=True)
    folder.drop("deeper.mov", folder.folder("below"))
    assert all_children(tree, folder.id) == [*(f"{number}.mov" for number in range(5)), "below"]


def test_intake_accepts_a_listed_file(tree: DriveTree, folder: Folder) -> None:
    file_id = folder.drop("film.mov")
    (found,) = tree.children(folder.id, None, None).files
    request = parse_request(found.to_wire())
    assert (request.file_id, request.claimed_name, request.claimed_size_bytes) == (file_id, "film.mov", 8)
    assert request.uploader
    assert is_candidate(found)
    assert found == tree.file(file_id)


def test_rejects_a_folder_that_is_not_visible(tree: DriveTree, console: Console) -> None:
    with pytest.raises(Rejection):
        tree.children(console.drive.folder("Hidden", owner=OWNER)["id"], None, None)


def test_lists_changes_page_by_page_from_a_cursor(tree: DriveTree, folder: Folder) -> None:
    start = tree.cursor(None)
    films = [folder.drop(f"{number}.mov") for number in range(5)]
    found, end = all_changes(tree, start)
    assert found == [f"{number}.mov" for number in range(5)]
    assert all_changes(tree, end) == ([], end)
    folder.console.drive.delete(films[0])
    folder.console.drive.update(films[1], name="renamed.mov")
    assert all_changes(tree, end)[0] == ["renamed.mov"], "deleted files are omitted"


def test_finds_the_parents_of_a_changed_file_up_to_the_shared_folder(tree: DriveTree, folder: Folder) -> None:
    below = folder.folder("below")
    start = tree.cursor(None)
    folder.drop("film.mov", below)
    (film,) = tree.changes(start).files
    assert film.parents == (below,)
    assert tree.parent(below) == folder.id
    assert tree.parent(folder.id) is None


def test_a_deleted_file_is_none(tree: DriveTree, folder: Folder) -> None:
    film = folder.drop("film.mov")
    folder.console.drive.delete(film)
    assert tree.file(film) is None
    assert tree.parent(film) is None


def test_reads_the_change_log_of_a_shared_drive_as_a_member(tree: DriveTree, folder: Folder, member_of: str) -> None:
    below = folder.folder("below", member_of)
    seen = tree.folder(below)
    cursor = tree.cursor(seen.drive_id)
    folder.drop("film.mov", below)
    folder.drop("elsewhere.mov")
    assert (seen.drive_id, cursor.drive_id) == (member_of, member_of)
    assert all_changes(tree, cursor)[0] == ["film.mov"]
    assert all_children(tree, below, cursor.drive_id) == ["film.mov"]
    film = tree.children(below, cursor.drive_id, None).files[0].id
    assert tree.file(str(film)) is not None


def test_folder_shared_without_drive_membership_uses_account_log(
    tree: DriveTree, folder: Folder, console: Console, key: dict[str, Any]
) -> None:
    shared = console.drive.shared_drive("Films", {OWNER: "organizer"})
    shared_folder = console.drive.folder("For the pipeline", parent=shared, shared_with=[key["client_email"]])["id"]
    cursor = tree.cursor(tree.folder(shared_folder).drive_id)
    folder.drop("film.mov", shared_folder)
    assert cursor.drive_id is None
    assert all_changes(tree, cursor)[0] == ["film.mov"]
    assert all_children(tree, shared_folder) == ["film.mov"]


def test_an_unknown_position_is_an_expired_cursor(tree: DriveTree, folder: Folder, member_of: str) -> None:
    for cursor in (Cursor(token="of last year"), Cursor(token="1", drive_id="0AnotherDrivePVA")):
        with pytest.raises(CursorExpiredError):
            tree.changes(cursor)
    with pytest.raises(CursorExpiredError):
        tree.children(folder.id, None, "~!!~page of last year")


def test_retries_a_busy_drive_and_gives_up(tree: DriveTree, folder: Folder, console: Console, quick: Backoff) -> None:
    folder.drop("film.mov")
    console.drive.fault("error", status=403, reason="userRateLimitExceeded", count=2, only="list")
    assert all_children(tree, folder.id) == ["film.mov"]
    for reason, status in (("rateLimitExceeded", 403), ("backendError", 503)):
        console.drive.fault("error", status=status, reason=reason, count=quick.attempts, only="list")
        with pytest.raises(RetryableError):
            tree.changes(Cursor(token="1"))


def test_a_daily_quota_does_not_expire_the_cursor(tree: DriveTree, console: Console, member_of: str) -> None:
    cursor = tree.cursor(member_of)
    console.drive.fault("error", status=403, reason="dailyLimitExceeded", count=2)
    with pytest.raises(WaitUntilError):
        tree.changes(cursor)
    with pytest.raises(WaitUntilError):
        tree.cursor(member_of)


Make = Callable[[str], DriveTree]


@pytest.fixture
def answered_by(key: dict[str, Any], cloud: RunningCloud, clock: ManualClock, quick: Backoff) -> Make:
    def create(url: str) -> DriveTree:
        return DriveTree(GoogleDrive(lambda *, fresh=False: json.dumps(key), url, clock, quick))

    return create


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html>Sign in to the hotel's network</html>",
        b"[]",
        b'{"kind": "drive#fileList"}',
        b'{"files": [], "incompleteSearch": true}',
    ],
)
def test_a_strange_or_incomplete_answer_is_retryable(answered_by: Make, body: bytes) -> None:
    """The scan would forget the files of a folder that seems to be empty."""

    def reply(_: Answering) -> Answer:
        return Answer(200, body, {"Content-Type": "application/json"})

    with server(reply) as (url, calls):
        tree = answered_by(url)
        with pytest.raises(RetryableError):
            tree.children("1AnyFolder000000", None, None)
        with pytest.raises(RetryableError):
            tree.changes(Cursor(token="1"))
        with pytest.raises(RetryableError):
            tree.cursor(None)
    assert calls


def test_every_request_supports_shared_drives(
    tree: DriveTree, folder: Folder, console: Console, key: dict[str, Any]
) -> None:
    tree.folder(folder.id)
    tree.parent(folder.id)
    tree.children(folder.id, None, None)
    tree.changes(tree.cursor(None))
    ours = [call for call in console.drive.requests() if call["principal"] == key["client_email"]]
    assert len(ours) == 5
    assert [call["path"] for call in ours if "supportsAllDrives=true" not in call["query"]] == []


def test_lists_folders_among_children(tree: DriveTree, folder: Folder) -> None:
    folder.folder("below")
    (found,) = tree.children(folder.id, None, None).files
    assert found.is_folder
