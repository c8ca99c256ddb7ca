"""The scan on Google's own client library, wherever the watched folder lies: each version is announced once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from localcloud.client import Console
from tests.integration.conftest import SetClock
from tests.unit.services.pipelines import Pipeline
from tests.unit.services.trees import MemoryScan
from tests.unit.services.worlds import MemoryMetrics
from vcp.adapters.google import folder_tree
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.google.folder_tree import DriveTree
from vcp.ports.scan import FileResource
from vcp.services.folder_scanner import FolderScanner

OWNER = "anna@example.org"
AN_HOUR = timedelta(hours=1)


class Doorbell:
    """Hears which files are announced, and takes them all."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def submit(self, file: FileResource) -> str:
        self.heard.append(str(file["name"]))
        return "accepted"

    def since(self, tick: Callable[[], object]) -> list[str]:
        """What is announced in a tick."""
        before = len(self.heard)
        tick()
        return sorted(self.heard[before:])


@pytest.fixture(
    params=["my drive", "a member's shared drive", "a folder out of a shared drive", "a shared drive itself"]
)
def places(request: pytest.FixtureRequest, console: Console, key: dict[str, Any]) -> tuple[str, str]:
    """The watched folder, and a folder beside it that the pipeline sees nothing of, or that is not watched."""
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


def test_what_comes_in_is_announced_once_wherever_the_folder_lies(
    places: tuple[str, str],
    drive: GoogleDrive,
    console: Console,
    clock: SetClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folder_tree, "_PAGE_SIZE", 2)
    watched, outside = places
    door = Doorbell()
    folder_scanner = FolderScanner(
        DriveTree(drive), MemoryScan(Pipeline()), door, clock, MemoryMetrics(), watched, AN_HOUR * 24, AN_HOUR
    )

    def drop(name: str, parent: str) -> str:
        path = tmp_path / "upload"
        path.write_text(name)
        return str(console.drive.drop(path, name=name, parent=parent, mime_type="video/mp4")["id"])

    def tick() -> None:
        folder_scanner.tick(lambda: AN_HOUR)

    for number in range(3):
        drop(f"old {number}", watched)
    below = console.drive.folder("Season", parent=watched)["id"]
    film = drop("deep", console.drive.folder("Episode", parent=below)["id"])
    assert door.since(tick) == ["deep", "old 0", "old 1", "old 2"]
    assert door.since(tick) == []

    drop("new", below)
    (tmp_path / "again").write_text("another cut")
    console.drive.update(film, path=tmp_path / "again")
    assert door.since(tick) == ["deep", "new"]

    if outside:
        archive = console.drive.folder("Archive", parent=outside)["id"]
        drop("reel", archive)
        assert door.since(tick) == []
        console.drive.move(archive, watched)
        assert door.since(tick) == ["reel"]
    assert door.since(tick) == []
