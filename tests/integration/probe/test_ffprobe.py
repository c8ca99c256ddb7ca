"""Probing real files: their tracks, and reasons for rejection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ffmpeg
import pytest

from tests.e2e import rejected_files
from tests.integration.conftest import MemoryRanges
from vcp.adapters.aws.s3.objects import S3Objects
from vcp.adapters.encoder_tables import load_tables
from vcp.adapters.probe.ffprobe import FfprobeProbe, ProbeLimits, find_ffprobe
from vcp.adapters.probe.range_server import HEAD_BYTES
from vcp.domain.errors import PermanentError, Rejection, RetryableError, WaitUntilError
from vcp.domain.model.contract import Contract
from vcp.domain.planning.planner import plan

FFPROBE = ffmpeg.FFPROBE_PATH


Encode = Callable[..., bytes]


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("film.mp4", "mov,mp4,m4a,3gp,3g2,mj2"),
        ("film.mov", "mov,mp4,m4a,3gp,3g2,mj2"),
        ("film.mkv", "matroska,webm"),
        ("film.ts", "mpegts"),
        ("film.avi", "avi"),
        ("film.flv", "flv"),
    ],
)
def test_reads_common_containers(probe: FfprobeProbe, encode: Encode, name: str, container: str) -> None:
    data = encode(name)

    facts = probe.facts(MemoryRanges(data), name)

    assert facts.container == container
    assert facts.size_bytes == len(data)
    assert facts.duration_seconds == pytest.approx(2, abs=0.1)
    assert (facts.picture.codec, facts.picture.width, facts.picture.height) == ("h264", 320, 180)
    assert [track.codec for track in facts.audio] == ["aac"]


def test_reads_an_index_at_the_end_without_the_media_data(probe: FfprobeProbe, encode: Encode) -> None:
    # Uncompressed, so large that most of the file need not be read.
    data = encode("large.mov", "-c:v", "rawvideo", "-pix_fmt", "uyvy422", "-t", "2", "-s", "960x540")
    ranges = MemoryRanges(data)

    facts = probe.facts(ranges, "large.mov")

    assert facts.picture.codec == "rawvideo"
    assert len(data) > 30_000_000
    assert sum(length for _, length in ranges.reads) < len(data) / 2
    assert max(start for start, _ in ranges.reads) > len(data) / 2


def test_probes_an_object_in_a_bucket(probe: FfprobeProbe, encode: Encode, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="staging/video.mp4", Body=encode("stored.mp4"))
    ranges = S3Objects(s3, bucket).ranges("staging/video.mp4")

    assert probe.facts(ranges, "video.mp4").duration_seconds == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\n <!DOCTYPE html><html><title>Google Drive - Virus scan warning</title>", "web page"),
        (b"\xef\xbb\xbf<html>", "web page"),
        (b"PK\x03\x04" + b"\0" * 100, "ZIP archive"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "picture"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\n", "playlist"),
        (b"ffconcat version 1.0\n", "playlist"),
        (b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">', "playlist"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "description of a stream"),
        (b"Dear Anna,\nthe film is late.\n" * 20, "text"),
        ("Liebe Grüße\n".encode() * 500, "text"),
        (b"\0" * 10_000, "zeros"),
        (bytes(range(256)) * 40, "not a readable video"),
    ],
)
def test_says_what_a_file_is_instead_of_a_video(probe: FfprobeProbe, data: bytes, words: str) -> None:
    with pytest.raises(Rejection) as caught:
        probe.facts(MemoryRanges(data), "film.mp4")

    assert caught.value.code == "not_media"
    assert words in caught.value.sentence
    assert "127.0.0.1" not in str(caught.value).replace("IN IP4 127.0.0.1", "")


def test_rejects_a_truncated_recording(probe: FfprobeProbe, encode: Encode) -> None:
    data = encode("whole.mp4")

    with pytest.raises(Rejection, match="incomplete"):
        probe.facts(MemoryRanges(data[: len(data) // 2]), "film.mp4")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("index-first.mp4", ["-movflags", "+faststart"]),
        ("film.mkv", []),
        ("film.webm", ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libvorbis"]),
        ("film.avi", ["-c:v", "mpeg4", "-c:a", "mp3"]),
        ("film.mxf", ["-c:v", "mpeg2video", "-c:a", "pcm_s16le", "-ar", "48000"]),
    ],
)
def test_rejects_a_video_whose_end_is_missing(
    probe: FfprobeProbe, encode: Encode, name: str, options: list[str]
) -> None:
    data = encode(name, *options)
    assert probe.facts(MemoryRanges(data), name).picture.width == 320

    with pytest.raises(Rejection, match="incomplete") as caught:
        probe.facts(MemoryRanges(data[: len(data) * 3 // 4]), name)

    assert caught.value.code == "incomplete_file"


def test_rejects_an_encrypted_video(probe: FfprobeProbe) -> None:
    with pytest.raises(Rejection, match="protected_file"):
        probe.facts(MemoryRanges(rejected_files.encrypted_film()), "film.mp4")


def test_rejects_impossible_descriptions(probe: FfprobeProbe) -> None:
    with pytest.raises(Rejection, match="no_duration: The file states an impossible duration of 876000 h"):
        probe.facts(MemoryRanges(rejected_files.film_of_a_century()), "film.mkv")
    with pytest.raises(Rejection, match="not_media: The frame size cannot be read"):
        probe.facts(MemoryRanges(rejected_files.film_of_a_picture_beyond_bounds()), "film.mov")


@pytest.mark.parametrize(("real", "claimed"), [("film.mkv", "film.mp4"), ("film.mov", "film.avi"), ("a.ts", "a.mkv")])
def test_ignores_the_extension(probe: FfprobeProbe, encode: Encode, real: str, claimed: str) -> None:
    data = MemoryRanges(encode(real))

    assert probe.facts(data, claimed) == probe.facts(data, real)


def test_plans_forty_sound_tracks(probe: FfprobeProbe) -> None:
    data = rejected_files.film(".mp4", "-map", "0:v", *("-map", "1:a") * 40, *rejected_files.H264, seconds=0.5)

    planned = plan(probe.facts(MemoryRanges(data), "film.mp4"), 6_000_000_000, Contract(), load_tables())

    assert [track.track_number for track in planned.audio] == list(range(1, 41))


def test_rejects_a_text_that_ffprobe_takes_for_a_stream(probe: FfprobeProbe) -> None:
    with pytest.raises(Rejection, match="text"):
        probe.facts(MemoryRanges("Liebe Grüße aus München\n".encode("cp1252") * 100), "film.mp4")


def test_rejects_sound_without_pictures(probe: FfprobeProbe, encode: Encode) -> None:
    with pytest.raises(Rejection, match="only audio"):
        probe.facts(MemoryRanges(encode("sound.m4a", "-vn")), "film.mp4")


@pytest.mark.parametrize(
    "failure",
    [
        RetryableError("drive_connection_lost", "It broke off."),
        WaitUntilError("drive_quota_exhausted", "Tomorrow.", datetime(2026, 11, 23, tzinfo=UTC)),
        Rejection("drive_file_changed", "It was replaced."),
        PermanentError("object_changed", "Gone."),
        ZeroDivisionError("a fault of the program"),
    ],
    ids=lambda failure: type(failure).__name__,
)
@pytest.mark.parametrize("fail_at", [0, HEAD_BYTES + 1], ids=["at the first byte", "on the way"])
def test_raises_the_error_of_the_ranges_unchanged(
    probe: FfprobeProbe, encode: Encode, failure: Exception, fail_at: int
) -> None:
    data = encode("cut.mov", "-c:v", "rawvideo", "-pix_fmt", "uyvy422")
    ranges = MemoryRanges(data, fail_at=fail_at, failure=failure)

    with pytest.raises(type(failure)) as caught:
        probe.facts(ranges, "film.mov")

    assert caught.value is failure


def test_rejects_a_file_that_exceeds_the_read_limit(encode: Encode) -> None:
    data = encode("budget.mov", "-c:v", "rawvideo", "-pix_fmt", "uyvy422")
    ranges = MemoryRanges(data)
    probe = FfprobeProbe(FFPROBE, ProbeLimits(read_bytes=HEAD_BYTES + 1000))

    with pytest.raises(Rejection, match="not_media") as caught:
        probe.facts(ranges, "film.mov")

    assert "so unusually" in caught.value.sentence
    assert str(HEAD_BYTES + 1000) in caught.value.detail


def script(folder: Path, body: str) -> Path:
    """Return a shell script in place of ffprobe."""
    path = folder / "ffprobe"
    path.write_text(f"#!/bin/sh\n{body}")
    path.chmod(0o755)
    return path


def test_a_timeout_is_retryable(tmp_path: Path) -> None:
    sleeper = script(tmp_path, "exec sleep 600\n")

    with pytest.raises(RetryableError, match="probe_timeout"):
        FfprobeProbe(str(sleeper), ProbeLimits(wall_seconds=0.3)).facts(MemoryRanges(b"\1" * 100), "film.mp4")


def test_a_crash_is_a_permanent_error(tmp_path: Path) -> None:
    crasher = script(tmp_path, "kill -SEGV $$\n")

    with pytest.raises(PermanentError, match="probe_crashed"):
        FfprobeProbe(str(crasher)).facts(MemoryRanges(b"\1" * 100), "film.mp4")


def test_rejects_a_file_that_exceeds_the_cpu_limit(tmp_path: Path) -> None:
    spinner = script(tmp_path, "while :; do :; done\n")

    with pytest.raises(Rejection, match="takes too much"):
        FfprobeProbe(str(spinner), ProbeLimits(cpu_seconds=1)).facts(MemoryRanges(b"\1" * 100), "film.mp4")


def test_finds_ffprobe_by_variable_then_on_the_path(tmp_path: Path) -> None:
    own = script(tmp_path, "")

    assert find_ffprobe({"FFPROBE_PATH": FFPROBE, "PATH": str(tmp_path)}) == str(Path(FFPROBE).absolute())
    assert find_ffprobe({"PATH": str(tmp_path)}) == str(own)
    with pytest.raises(PermanentError, match="FFPROBE_PATH"):
        find_ffprobe({"PATH": str(tmp_path / "nowhere")})
