"""Metadata of files, through Google's client library."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from localcloud.client import Console
from tests.fakes.clock import ManualClock
from tests.integration.conftest import START
from tests.integration.google.files import CONTENT, read, source_of
from vcp.adapters.google.drive import GoogleDrive, resource_key_of
from vcp.domain.errors import Rejection, VcpError
from vcp.ports.drive import DriveFile


def test_returns_the_metadata_of_a_file(drive: GoogleDrive, drop: Callable[..., str], console: Console) -> None:
    file_id = drop("Rohschnitt Übung.mov")

    facts = drive.facts(file_id)

    known = console.drive.file(file_id)
    assert facts == DriveFile(
        file_id=file_id,
        name="Rohschnitt Übung.mov",
        mime_type=known["mimeType"],
        size_bytes=len(CONTENT),
        md5=known["md5Checksum"],
        head_revision_id=known["headRevisionId"],
        trashed=False,
        can_download=True,
        web_url=known["webViewLink"],
        created_at=datetime.fromisoformat(known["createdTime"]),
        owner="anna@example.org",
    )
    assert facts.created_at is not None
    assert facts.created_at.tzinfo is not None


def test_a_folder_has_no_content(drive: GoogleDrive, console: Console, key: dict[str, Any]) -> None:
    folder = console.drive.folder("Rushes", owner="anna@example.org", shared_with=[key["client_email"]])

    facts = drive.facts(folder["id"])

    assert (facts.size_bytes, facts.md5, facts.head_revision_id) == (None, None, None)
    with pytest.raises(Rejection, match="drive_no_content"):
        drive.ranges(source_of(facts))


def test_reports_trashed_files_and_disabled_downloads(drive: GoogleDrive, drop: Callable[..., str]) -> None:
    assert drive.facts(drop(trashed=True)).trashed
    assert not drive.facts(drop(downloadDisabled=True)).can_download


def test_the_last_editor_counts_as_owner_in_a_shared_drive(
    drive: GoogleDrive, console: Console, key: dict[str, Any], tmp_path: Path
) -> None:
    team = console.drive.shared_drive("Team", {"bea@example.org": "organizer", key["client_email"]: "reader"})
    (tmp_path / "film").write_bytes(CONTENT)
    file = console.drive.drop(tmp_path / "film", name="film.mov", parent=team, owner="bea@example.org")

    facts = drive.facts(file["id"])

    assert facts.owner == "bea@example.org"
    assert read(drive, source_of(facts)) == CONTENT


def test_rejection_of_an_unshared_file_names_the_account(
    drive: GoogleDrive, drop: Callable[..., str], key: dict[str, Any]
) -> None:
    for file_id in (drop(shared=False), "1NobodyEverUploadedThisFileHere00"):
        with pytest.raises(Rejection) as caught:
            drive.facts(file_id)
        assert caught.value.code == "drive_not_found"
        assert key["client_email"] in caught.value.sentence


def test_keeps_the_resource_key_of_a_link(drive: GoogleDrive, drop: Callable[..., str], console: Console) -> None:
    file_id = drop(shared=False, resourceKey="0-AbCdEfGhIjKlMnOpQrStUv")
    console.drive.share(file_id, "anyone")

    with pytest.raises(Rejection, match="drive_not_found"):
        drive.facts(file_id)
    facts = drive.facts(file_id, "0-AbCdEfGhIjKlMnOpQrStUv")

    assert resource_key_of(facts.web_url) == "0-AbCdEfGhIjKlMnOpQrStUv"
    assert read(drive, source_of(facts), 5, 10) == CONTENT[5:15]


def test_errors_name_the_file(drive: GoogleDrive, clock: ManualClock) -> None:
    assert clock.now() == START
    with pytest.raises(VcpError) as caught:
        drive.facts("1NobodyEverUploadedThisFileHere00")
    assert "1NobodyEverUploadedThisFileHere00" in caught.value.detail
