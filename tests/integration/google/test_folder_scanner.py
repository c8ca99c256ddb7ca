"""The folder scanner on Google's client library: each version is submitted once, wherever the folder is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from localcloud.client import Console
from tests.fakes.clock import ManualClock
from tests.fakes.metrics import FakeMetrics
from tests.fakes.pipeline import Pipeline
from tests.fakes.scanned_folder import FakeScanStore
from vcp.adapters.google import folder_tree
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.google.folder_tree import DriveTree
from vcp.domain.intake.drive_resource import DriveResource
from vcp.services.folder_scanner import FolderScanner

OWNER = "anna@example.org"
AN_HOUR = timedelta(hours=1)


class Recorder:
    """An intake client that accepts every file."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def submit(self, file: DriveResource) -> str:
        self.names.append(file.name)
        return "accepted"

    def during(self, scan: Callable[[], object]) -> list[str]:
        """Return what a scan submits."""
        before = len(self.names)
        scan()
        return sorted(self.names[before:])


@pytest.fixture(
    params=["my drive", "a member's shared drive", "a folder out of a shared drive", "a shared drive itself"]
)
def folders(request: pytest.FixtureRequest, console: Console, key: dict[str, Any]) -> tuple[str, str]:
    """Return the watched folder, and one outside it that the pipeline cannot see or does not watch."""
    robot, drive = key["client_email"], console.drive
    if request.param == "my drive":
        owner = f"{uuid4().hex}@example.org"
        outside = drive.person(owner)["rootFolderId"]
        return drive.folder("Incoming", owner=owner, shared_with=[robot])["id"], outside
    members = {OWNER: "organizer"} | ({} if request.param == "a folder out of a shared drive" else {robot: "reader"})
    shared = drive.shared_drive("Films", members)
    if request.param == "a shared drive itself":
        return shared, ""
    people = [robot] if robot not in members else []
    return drive.folder("Incoming", parent=shared, shared_with=people)["id"], shared


def test_submits_each_new_file_once_wherever_the_folder_is(
    folders: tuple[str, str],
    drive: GoogleDrive,
    console: Console,
    clock: ManualClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folder_tree, "_PAGE_SIZE", 2)
    watched, outside = folders
    intake = Recorder()
    scanner = FolderScanner(
        DriveTree(drive), FakeScanStore(Pipeline()), intake, clock, FakeMetrics(), watched, AN_HOUR * 24, AN_HOUR
    )

    def drop(name: str, parent: str) -> str:
        path = tmp_path / "upload"
        path.write_text(name)
        return str(console.drive.drop(path, name=name, parent=parent, mime_type="video/mp4")["id"])

    def scan() -> None:
        scanner.run(lambda: AN_HOUR)

    for number in range(3):
        drop(f"old {number}", watched)
    below = console.drive.folder("Season", parent=watched)["id"]
    film = drop("deep", console.drive.folder("Episode", parent=below)["id"])
    assert intake.during(scan) == ["deep", "old 0", "old 1", "old 2"]
    assert intake.during(scan) == []

    drop("new", below)
    (tmp_path / "again").write_text("another cut")
    console.drive.update(film, path=tmp_path / "again")
    assert intake.during(scan) == ["deep", "new"]

    if outside:
        archive = console.drive.folder("Archive", parent=outside)["id"]
        drop("reel", archive)
        assert intake.during(scan) == []
        console.drive.move(archive, watched)
        assert intake.during(scan) == ["reel"]
    assert intake.during(scan) == []
