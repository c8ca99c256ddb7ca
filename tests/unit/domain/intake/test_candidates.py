"""Which files of a watched folder are submitted; n8n's filter is tested with the same examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vcp.domain.intake.candidates import VIDEO_EXTENSIONS, candidacy, extension_of, is_candidate
from vcp.domain.intake.drive_resource import DriveResource

EXAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "data/candidates.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{each['file'].get('name')}" for each in EXAMPLES])
def test_judges_the_examples(example: dict[str, Any]) -> None:
    file = msgspec.convert(example["file"], DriveResource)
    found = candidacy(file)
    assert (found.submitted, found.why) == (example["submitted"], example["why"])
    assert is_candidate(file) == example["submitted"]


@pytest.mark.parametrize("extension", sorted(VIDEO_EXTENSIONS))
def test_a_video_extension_makes_a_candidate(extension: str) -> None:
    assert is_candidate(DriveResource(id="x", name=f"film.{extension.upper()}", mime_type="application/octet-stream"))


def test_the_examples_show_every_reason() -> None:
    assert {each["why"] for each in EXAMPLES} == {
        "a video by its MIME type", "a video by its name", "a folder", "a Google document", "in the trash",
        "not a video, neither by its MIME type nor by its name",
    }  # fmt: skip


def test_an_extension_follows_the_last_dot() -> None:
    names = ("film.MOV", "a.b.mp4", "mov", ".mov", "film.", "")
    assert [extension_of(name) for name in names] == ["mov", "mp4", "", "mov", "", ""]
