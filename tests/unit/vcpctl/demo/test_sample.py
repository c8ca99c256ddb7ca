"""The recipe of the sample video."""

from __future__ import annotations

from pathlib import Path

import pytest

from vcpctl.demo.sample import SHOTS, Shot, make_sample


def test_all_shots_differ() -> None:
    """A measurement of sync compares moments, so they must differ."""
    assert len(set(SHOTS)) == len(SHOTS)


def test_it_lasts_about_a_minute() -> None:
    assert len(SHOTS) * 5 == pytest.approx(60, abs=10)


@pytest.mark.parametrize("shot", SHOTS)
def test_the_crop_of_a_shot_lies_inside_the_picture(shot: Shot) -> None:
    assert shot.zoom >= 1
    assert 0 <= shot.left <= 1 - 1 / shot.zoom + 1e-9
    assert 0 <= shot.top <= 1 - 1 / shot.zoom + 1e-9


def test_a_shot_has_its_filters() -> None:
    filters = Shot("bikes", zoom=1.25, left=0.1, top=0.2, mirrored=True, reversed=True).filters().split(",")
    assert "crop=iw*0.8000:ih*0.8000:iw*0.100:ih*0.200" in filters
    assert filters.index("hflip") < filters.index("reverse")
    plain = Shot("bikes").filters()
    assert "hflip" not in plain
    assert "reverse" not in plain


def test_reports_missing_footage(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="scripts/footage installs it"):
        make_sample(tmp_path / "nothing", tmp_path / "sample", lambda percent: None)
    assert not (tmp_path / "sample").exists()


def test_reports_broken_footage_and_leaves_no_sample(tmp_path: Path) -> None:
    for clip in {shot.clip for shot in SHOTS}:
        (tmp_path / f"{clip}.mp4").write_text("this is not a video", "utf-8")
    with pytest.raises(RuntimeError, match="Invalid data found"):
        make_sample(tmp_path, tmp_path / "sample", lambda percent: None)
    assert list((tmp_path / "sample").glob("sample-*.mp4")) == []
