"""What a person may type at the demo, and what is said of the rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vcpctl.demo.options import DemoOptions, check_room, check_videos, parse_size, read_sizes
from vcpctl.ending import Ending


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("5000000000", 5_000_000_000),
        ("5_000_000_000", 5_000_000_000),
        ("5 000 000", 5_000_000),
        ("1e9", 1_000_000_000),
        ("5GB", 5_000_000_000),
        ("4.7 gb", 4_700_000_000),
        ("500 MB", 500_000_000),
        ("2GiB", 2 * 1024**3),
        (" 12 bytes ", 12),
        ("0", 0),
    ],
)
def test_a_size_is_bytes_or_as_people_say_it(text: str, size_bytes: int) -> None:
    assert parse_size("LIMIT_BYTES", text) == size_bytes


@pytest.mark.parametrize("text", ["abc", "-1", "5,000", "5 PB", "GB", " ", "1e", "0x10", "5GB!", "inf", "nan"])
def test_what_is_no_size_is_said_with_what_is(text: str) -> None:
    with pytest.raises(Ending, match="is no size; give bytes, such as 500000000") as ending:
        parse_size("LIMIT_BYTES", text)
    assert f"LIMIT_BYTES: “{text}”" in str(ending.value)
    assert ending.value.code == 2


@pytest.mark.parametrize("limit", ["999999", "0", "6TiB", "1e99"])
def test_a_limit_that_no_contract_may_promise(limit: str, tmp_path: Path) -> None:
    video = tmp_path / "film.mov"
    video.write_bytes(b"film")
    with pytest.raises(Ending, match=r"cannot be promised; it may be 1 MB, 1000000 bytes to 5\.5 TB"):
        read_sizes(DemoOptions(limit=limit), [video])


@pytest.mark.parametrize(
    "name", ["two words.mov", 'it\'s "q".mov', "$HOME `id` $(id).mov", "new\nline.mov", "ملف.mov", "-x.mov", "~.mov"]
)
def test_a_name_is_a_name(name: str, tmp_path: Path) -> None:
    video = tmp_path / name
    video.write_bytes(b"film")
    assert check_videos([video]) == [video]


def test_home_is_understood_as_the_shell_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "film.mov").write_bytes(b"film")
    assert check_videos([Path("~/film.mov")]) == [tmp_path / "film.mov"]


def test_what_is_no_video_file_is_said_as_what_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, what in (
        (tmp_path, "is a folder"),
        (tmp_path / "none.mov", "There is no file"),
        (tmp_path / "pipe", "is no ordinary file"),
    ):
        with pytest.raises(Ending, match=what) as ending:
            check_videos([path])
        assert str(path) in str(ending.value)
        assert ending.value.code == 2


def test_a_name_that_drive_cannot_take_is_said(tmp_path: Path) -> None:
    video = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mov"))
    video.write_bytes(b"film")
    with pytest.raises(Ending, match="is not in UTF-8"):
        check_videos([video])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mov"
    secret.touch(mode=0)
    with pytest.raises(Ending, match="may not be read by you"):
        check_videos([secret])


def test_a_disk_that_is_too_small_is_said_before_it_is_full(tmp_path: Path) -> None:
    huge = tmp_path / "huge.mov"
    with huge.open("wb") as file:
        file.truncate(2**43)  # no bytes on the disk, but they would be in a copy
    with pytest.raises(Ending, match="too little room"):
        check_room(tmp_path / "build" / "demo", [huge], 5_000_000_000)


def test_a_disk_that_suffices_is_no_word(tmp_path: Path) -> None:
    small = tmp_path / "small.mov"
    small.write_bytes(b"film")
    check_room(tmp_path / "build" / "demo", [small], 5_000_000_000)
