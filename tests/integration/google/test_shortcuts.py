"""Shortcuts are resolved; one without a usable target is rejected with a hint."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.client import Console, ConsoleError
from tests.fakes.clock import ManualClock
from tests.integration.google.servers import Answer, server
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.retry import Backoff
from vcp.domain.errors import Rejection
from vcp.domain.intake.drive_resource import SHORTCUT_MIME_TYPE

OWNER = "anna@example.org"
CreateShortcut = Callable[[str], str]


@pytest.fixture
def shortcut_to(console: Console, key: dict[str, Any]) -> CreateShortcut:
    """Return a function that creates a shortcut, shared with the pipeline, and returns its id."""

    def create(target: str) -> str:
        people = [key["client_email"]]
        shortcut = console.drive.create(
            "To the film", SHORTCUT_MIME_TYPE, target=target, owner=OWNER, shared_with=people
        )
        return str(shortcut["id"])

    return create


def test_resolves_a_shortcut(drive: GoogleDrive, drop: Callable[..., str], shortcut_to: CreateShortcut) -> None:
    target = drop("film.mov")

    facts = drive.facts(shortcut_to(target))

    assert (facts.file_id, facts.name, facts.can_download) == (target, "film.mov", True)


def test_uses_the_resource_key_of_a_shortcut(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, shortcut_to: CreateShortcut
) -> None:
    target = drop(shared=False, resourceKey="0-AbCdEfGhIjKlMnOpQrStUv")
    console.drive.share(target, "anyone")

    assert drive.facts(shortcut_to(target)).web_url.endswith("resourcekey=0-AbCdEfGhIjKlMnOpQrStUv")


def test_reports_problems_of_the_target(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, key: dict[str, Any], shortcut_to: CreateShortcut
) -> None:
    folder = console.drive.folder("Rushes", owner=OWNER, shared_with=[key["client_email"]])["id"]

    assert drive.facts(shortcut_to(folder)).mime_type == "application/vnd.google-apps.folder"
    assert drive.facts(shortcut_to(drop(trashed=True))).trashed
    assert not drive.facts(shortcut_to(drop(downloadDisabled=True))).can_download


def test_rejects_a_shortcut_to_an_unshared_file(
    drive: GoogleDrive, drop: Callable[..., str], shortcut_to: CreateShortcut, key: dict[str, Any]
) -> None:
    target = drop(shared=False)

    with pytest.raises(Rejection) as caught:
        drive.facts(shortcut_to(target))

    assert caught.value.code == "drive_dead_shortcut"
    assert '"To the film" is a shortcut' in caught.value.sentence
    assert "not shared" in caught.value.sentence
    assert key["client_email"] in caught.value.sentence
    assert target in caught.value.detail


def test_rejects_a_shortcut_to_a_deleted_file(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, shortcut_to: CreateShortcut
) -> None:
    target = drop()
    shortcut = shortcut_to(target)
    console.drive.delete(target)

    with pytest.raises(Rejection, match=r"drive_dead_shortcut.*deleted"):
        drive.facts(shortcut)


def test_rejects_a_trashed_shortcut(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, shortcut_to: CreateShortcut
) -> None:
    shortcut = shortcut_to(drop())
    console.drive.update(shortcut, trashed=True)

    with pytest.raises(Rejection, match="drive_trashed"):
        drive.facts(shortcut)


def test_drive_creates_no_shortcut_to_a_shortcut(drop: Callable[..., str], shortcut_to: CreateShortcut) -> None:
    shortcut = shortcut_to(drop())

    with pytest.raises(ConsoleError, match="not an allowed shortcut target"):
        shortcut_to(shortcut)


@pytest.mark.parametrize(
    ("details", "says"),
    [
        ({"targetId": "1AnotherShortcut00000000000000000"}, "another shortcut"),
        ({"targetId": "../../about"}, "no file"),
        ({}, "no file"),
        (None, "no file"),
    ],
)
def test_rejects_invalid_shortcuts_without_a_loop(
    key: dict[str, Any], clock: ManualClock, quick: Backoff, details: dict[str, str] | None, says: str
) -> None:
    """Every file is a shortcut with these details."""
    link = {"id": "1AShortcut000000", "name": "link", "mimeType": SHORTCUT_MIME_TYPE, "shortcutDetails": details}
    with server(lambda _: Answer(body=json.dumps(link).encode())) as (endpoint, calls):
        with pytest.raises(Rejection, match="drive_dead_shortcut") as caught:
            GoogleDrive(lambda *, fresh=False: json.dumps(key), endpoint, clock, quick).facts("1AShortcut000000")
        assert len(calls) <= 2
    assert says in caught.value.sentence
