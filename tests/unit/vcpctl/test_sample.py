"""The default video's recipe."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from vcpctl.demo.sample import SHOTS, Shot, make_sample


def test_no_two_shots_are_alike_and_none_follows_itself() -> None:
    """The proof of sync compares moments: they must differ."""
    assert len(set(SHOTS)) == len(SHOTS)
    assert all(one != other for one, other in itertools.pairwise(SHOTS))


def test_it_lasts_about_a_minute() -> None:
    assert len(SHOTS) * 5 == pytest.approx(60, abs=10)


@pytest.mark.parametrize("shot", SHOTS)
def test_the_part_that_a_shot_shows_lies_inside_the_picture(shot: Shot) -> None:
    assert shot.zoom >= 1
    assert 0 <= shot.left <= 1 - 1 / shot.zoom + 1e-9
    assert 0 <= shot.top <= 1 - 1 / shot.zoom + 1e-9


def test_a_shot_is_shown_as_it_says() -> None:
    filters = Shot("bikes", zoom=1.25, left=0.1, top=0.2, mirrored=True, reversed=True).filters().split(",")
    assert "crop=iw*0.8000:ih*0.8000:iw*0.100:ih*0.200" in filters
    assert filters.index("hflip") < filters.index("reverse")
    plain = Shot("bikes").filters()
    assert "hflip" not in plain
    assert "reverse" not in plain


def test_missing_footage_is_told_with_what_installs_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="scripts/footage installs it"):
        make_sample(tmp_path / "nothing", tmp_path / "sample", lambda percent: None)
    assert not (tmp_path / "sample").exists()


def test_footage_that_is_no_video_is_told_in_ffmpegs_words_and_leaves_no_sample(tmp_path: Path) -> None:
    for clip in {shot.clip for shot in SHOTS}:
        (tmp_path / f"{clip}.mp4").write_text("this is no video", "utf-8")
    with pytest.raises(RuntimeError, match="Invalid data found"):
        make_sample(tmp_path, tmp_path / "sample", lambda percent: None)
    assert list((tmp_path / "sample").glob("sample-*.mp4")) == []
