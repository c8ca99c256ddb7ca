"""The demo's options: accepted values, and error messages for the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vcpctl.command_exit import CommandExit
from vcpctl.demo.options import DemoOptions, check_disk_space, check_videos, parse_size, read_sizes


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
def test_parses_bytes_and_units(text: str, size_bytes: int) -> None:
    assert parse_size("LIMIT_BYTES", text) == size_bytes


@pytest.mark.parametrize("text", ["abc", "-1", "5,000", "5 PB", "GB", " ", "1e", "0x10", "5GB!", "inf", "nan"])
def test_rejects_a_text_that_is_not_a_size(text: str) -> None:
    with pytest.raises(CommandExit, match="is not a size; give bytes, such as 500000000") as caught:
        parse_size("LIMIT_BYTES", text)
    assert f"LIMIT_BYTES: “{text}”" in str(caught.value)
    assert caught.value.code == 2


@pytest.mark.parametrize("limit", ["999999", "0", "6TiB", "1e99"])
def test_rejects_a_limit_out_of_range(limit: str, tmp_path: Path) -> None:
    video = tmp_path / "film.mov"
    video.write_bytes(b"film")
    with pytest.raises(CommandExit, match=r"is out of range; it must be between 1 MB \(1000000 bytes\) and 5\.5 TB"):
        read_sizes(DemoOptions(limit=limit), [video])


@pytest.mark.parametrize(
    "name", ["two words.mov", 'it\'s "q".mov', "$HOME `id` $(id).mov", "new\nline.mov", "ملف.mov", "-x.mov", "~.mov"]
)
def test_accepts_any_file_name(name: str, tmp_path: Path) -> None:
    video = tmp_path / name
    video.write_bytes(b"film")
    assert check_videos([video]) == [video]


def test_expands_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "film.mov").write_bytes(b"film")
    assert check_videos([Path("~/film.mov")]) == [tmp_path / "film.mov"]


def test_rejects_what_is_not_a_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, what in (
        (tmp_path, "is a folder"),
        (tmp_path / "none.mov", "There is no file"),
        (tmp_path / "pipe", "is not a regular file"),
    ):
        with pytest.raises(CommandExit, match=what) as caught:
            check_videos([path])
        assert str(path) in str(caught.value)
        assert caught.value.code == 2


def test_rejects_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    video = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mov"))
    video.write_bytes(b"film")
    with pytest.raises(CommandExit, match="is not valid UTF-8"):
        check_videos([video])


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_rejects_an_unreadable_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mov"
    secret.touch(mode=0)
    with pytest.raises(CommandExit, match="cannot be read by you"):
        check_videos([secret])


def test_rejects_videos_that_do_not_fit_on_the_disk(tmp_path: Path) -> None:
    huge = tmp_path / "huge.mov"
    with huge.open("wb") as file:
        file.truncate(2**43)  # a sparse file; its copies would not be
    with pytest.raises(CommandExit, match="Not enough disk space"):
        check_disk_space(tmp_path / "build" / "demo", [huge], 5_000_000_000)


def test_accepts_videos_that_fit_on_the_disk(tmp_path: Path) -> None:
    small = tmp_path / "small.mov"
    small.write_bytes(b"film")
    check_disk_space(tmp_path / "build" / "demo", [small], 5_000_000_000)
