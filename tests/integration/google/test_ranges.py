"""Ranged reads of a file's content, never of two versions."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcloud.client import Console
from tests.integration.google.files import CONTENT, read, source_of
from vcp.adapters.google.drive import GoogleDrive
from vcp.domain.errors import Rejection


@pytest.mark.parametrize(
    ("start", "length"), [(0, 1), (1024**2 - 1, 3), (len(CONTENT) - 4, 4), (0, len(CONTENT)), (7, 2 * len(CONTENT))]
)
def test_reads_exactly_the_requested_range(
    drive: GoogleDrive, drop: Callable[..., str], start: int, length: int
) -> None:
    source = source_of(drive.facts(drop()))

    assert read(drive, source, start, length) == CONTENT[start : start + length]


def test_reads_parts_in_parallel(drive: GoogleDrive, drop: Callable[..., str]) -> None:
    ranges = drive.ranges(source_of(drive.facts(drop())))
    step = 200_000
    starts = range(0, len(CONTENT), step)

    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda start: b"".join(ranges.read(start, step)), starts))

    assert b"".join(parts) == CONTENT


def test_downloads_only_the_requested_bytes(drive: GoogleDrive, drop: Callable[..., str], console: Console) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    console.drive.clear_requests()

    assert len(read(drive, source, 100, 50)) == 50

    media = [request for request in console.drive.requests(file_id=file_id) if request["media"]]
    assert [request["bytesServed"] for request in media] == [50]


def test_rejects_a_replaced_version(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, tmp_path: Path
) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    (tmp_path / "newer").write_bytes(b"another film")
    console.drive.update(file_id, path=tmp_path / "newer")

    with pytest.raises(Rejection, match="drive_file_changed"):
        read(drive, source)


def test_rejects_a_file_replaced_while_it_is_read(
    drive: GoogleDrive, drop: Callable[..., str], console: Console, tmp_path: Path
) -> None:
    file_id = drop()
    ranges = drive.ranges(source_of(drive.facts(file_id)))
    assert b"".join(ranges.read(0, 10)) == CONTENT[:10]
    (tmp_path / "newer").write_bytes(CONTENT + b"more")
    console.drive.update(file_id, path=tmp_path / "newer")

    with pytest.raises(Rejection, match="drive_file_changed"):
        b"".join(ranges.read(10, 10))
    (tmp_path / "shorter").write_bytes(CONTENT[:100])
    console.drive.update(file_id, path=tmp_path / "shorter")
    with pytest.raises(Rejection, match="drive_file_changed"):
        b"".join(ranges.read(1000, 10))


def test_a_file_that_grows_under_the_first_read_is_another_version(
    drive: GoogleDrive, drop: Callable[..., str], console: Console
) -> None:
    file_id = drop()
    source = source_of(drive.facts(file_id))
    console.drive.fault("grow", bytes=5, fileId=file_id)

    with pytest.raises(Rejection, match="drive_file_changed"):
        read(drive, source)
