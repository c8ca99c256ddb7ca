"""ffprobe in its box: it reads what is there, and nothing else, and says plainly what is no video."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ffmpeg
import imageio_ffmpeg
import pytest
import requests

from tests.canaries import WebCanary, opened_since, web_canary
from tests.e2e import rejected_files
from tests.integration.conftest import MemoryRanges
from vcp.adapters.aws.s3.objects import S3Objects
from vcp.adapters.encoder_tables import load_tables
from vcp.adapters.probe.ffprobe import FfprobeProbe, ProbeLimits, find_ffprobe
from vcp.adapters.probe.mp4_boxes import fast_start
from vcp.adapters.probe.range_server import HEAD_BYTES, serving
from vcp.domain.errors import PermanentError, Rejection, RetryableError, WaitUntilError
from vcp.domain.model.contract import Contract
from vcp.domain.planning.planner import plan

FFPROBE = ffmpeg.FFPROBE_PATH
Encode = Callable[..., bytes]


@pytest.fixture(scope="module")
def encode(tmp_path_factory: pytest.TempPathFactory) -> Encode:
    """Two seconds of a test picture with a tone, in the container that the name says."""
    folder = tmp_path_factory.mktemp("media")

    def encoded(name: str, *options: str) -> bytes:
        path = folder / name
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi"]
        command += ["-i", "testsrc2=s=320x180:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2"]
        command += ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", *options, str(path)]
        subprocess.run(command, check=True)
        return path.read_bytes()

    return encoded


@pytest.fixture
def probe() -> FfprobeProbe:
    return FfprobeProbe(FFPROBE)


@pytest.fixture
def canary() -> Iterator[WebCanary]:
    with web_canary() as watching:
        yield watching


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
def test_the_facts_of_common_containers(probe: FfprobeProbe, encode: Encode, name: str, container: str) -> None:
    data = encode(name)

    facts = probe.facts(MemoryRanges(data), name)

    assert facts.container == container
    assert facts.size_bytes == len(data)
    assert facts.duration_seconds == pytest.approx(2, abs=0.1)
    assert (facts.picture.codec, facts.picture.width, facts.picture.height) == ("h264", 320, 180)
    assert [track.codec for track in facts.audio] == ["aac"]


def test_an_index_at_the_end_is_found_without_reading_what_lies_before(probe: FfprobeProbe, encode: Encode) -> None:
    # Uncompressed pictures: large enough that most of the file need not be read.
    data = encode("large.mov", "-c:v", "rawvideo", "-pix_fmt", "uyvy422", "-t", "2", "-s", "960x540")
    ranges = MemoryRanges(data)

    facts = probe.facts(ranges, "large.mov")

    assert facts.picture.codec == "rawvideo"
    assert len(data) > 30_000_000
    assert sum(length for _, length in ranges.reads) < len(data) / 2
    assert max(start for start, _ in ranges.reads) > len(data) / 2


def test_an_object_in_a_bucket_is_probed_where_it_lies(
    probe: FfprobeProbe, encode: Encode, s3: Any, bucket: str
) -> None:
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
        (bytes(range(256)) * 40, "no video that can be read"),
    ],
)
def test_what_is_no_video_is_named(probe: FfprobeProbe, data: bytes, words: str) -> None:
    with pytest.raises(Rejection) as caught:
        probe.facts(MemoryRanges(data), "film.mp4")

    assert caught.value.code == "not_media"
    assert words in caught.value.sentence
    assert "127.0.0.1" not in str(caught.value).replace("IN IP4 127.0.0.1", "")


def test_a_recording_that_was_cut_off_is_named(probe: FfprobeProbe, encode: Encode) -> None:
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
def test_a_video_whose_end_is_missing_is_refused_although_its_beginning_reads_well(
    probe: FfprobeProbe, encode: Encode, name: str, options: list[str]
) -> None:
    data = encode(name, *options)
    assert probe.facts(MemoryRanges(data), name).picture.width == 320

    with pytest.raises(Rejection, match="incomplete") as caught:
        probe.facts(MemoryRanges(data[: len(data) * 3 // 4]), name)

    assert caught.value.code == "incomplete_file"


def test_an_encrypted_video_is_refused_although_its_description_reads_well(probe: FfprobeProbe) -> None:
    with pytest.raises(Rejection, match="protected_file"):
        probe.facts(MemoryRanges(rejected_files.encrypted_film()), "film.mp4")


def test_descriptions_that_cannot_be_true_are_refused(probe: FfprobeProbe) -> None:
    with pytest.raises(Rejection, match="no_duration: The file states an impossible duration of 876000 h"):
        probe.facts(MemoryRanges(rejected_files.film_of_a_century()), "film.mkv")
    with pytest.raises(Rejection, match="not_media: The frame size cannot be read"):
        probe.facts(MemoryRanges(rejected_files.film_of_a_picture_beyond_bounds()), "film.mov")


@pytest.mark.parametrize(("real", "claimed"), [("film.mkv", "film.mp4"), ("film.mov", "film.avi"), ("a.ts", "a.mkv")])
def test_a_wrong_extension_is_no_matter(probe: FfprobeProbe, encode: Encode, real: str, claimed: str) -> None:
    data = MemoryRanges(encode(real))

    assert probe.facts(data, claimed) == probe.facts(data, real)


def test_every_one_of_forty_sound_tracks_is_seen_and_planned(probe: FfprobeProbe) -> None:
    data = rejected_files.film(".mp4", "-map", "0:v", *("-map", "1:a") * 40, *rejected_files.H264, seconds=0.5)

    made = plan(probe.facts(MemoryRanges(data), "film.mp4"), 6_000_000_000, Contract(), load_tables())

    assert [track.track_number for track in made.audio] == list(range(1, 41))


def test_a_text_that_ffprobe_takes_for_an_empty_stream_is_a_text(probe: FfprobeProbe) -> None:
    with pytest.raises(Rejection, match="text"):
        probe.facts(MemoryRanges("Liebe Grüße aus München\n".encode("cp1252") * 100), "film.mp4")


def test_sound_alone_is_no_video(probe: FfprobeProbe, encode: Encode) -> None:
    with pytest.raises(Rejection, match="only audio"):
        probe.facts(MemoryRanges(encode("sound.m4a", "-vn")), "film.mp4")


def playlists(canary: str) -> dict[str, bytes]:
    """Files that name another resource, in each way that a media program knows."""
    return {
        "hls": rejected_files.hls(f"{canary}/a.ts"),
        "concat": rejected_files.ffconcat(f"{canary}/a.mp4"),
        "bare concat": rejected_files.bare_concat(f"{canary}/a.mp4"),
        "dash": rejected_files.dash(f"{canary}/a.mp4"),
        "sdp": rejected_files.sdp(),
        "imf": rejected_files.imf_playlist(f"{canary}/assetmap.xml"),
        "image sequence": b"frame%03d.png",
    }


KINDS = tuple(playlists(""))


def test_the_canary_sings_when_ffprobe_is_not_in_its_box(canary: WebCanary, tmp_path: Path) -> None:
    """Without our options this very ffprobe fetches what an HLS playlist names: the next tests can fail."""
    (tmp_path / "film.mp4").write_bytes(playlists(canary.url)["hls"])

    subprocess.run(
        [FFPROBE, "-v", "error", "-protocol_whitelist", "file,http,tcp", str(tmp_path / "film.mp4")],
        check=False,
        capture_output=True,
        timeout=60,
    )

    assert canary.visits == ["/a.ts"]


def naming_a_local_file(path: Path) -> dict[str, bytes]:
    return {
        "hls": rejected_files.hls(f"file://{path}"),
        "concat": rejected_files.ffconcat(str(path)),
        "elsewhere": rejected_files.film_kept_elsewhere(str(path)),
    }


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("hls", ["-allowed_extensions", "ALL"]),
        ("concat", ["-safe", "0"]),
        ("elsewhere", ["-enable_drefs", "1", "-use_absolute_path", "1"]),
    ],
)
def test_a_local_file_is_opened_outside_of_the_box_and_never_in_it(
    probe: FfprobeProbe, tmp_path: Path, kind: str, options: list[str]
) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(rejected_files.film(".mp4"))
    bait = tmp_path / "bait"
    bait.write_bytes(naming_a_local_file(secret)[kind])
    with opened_since(secret) as opened:
        command = [FFPROBE, "-v", "error", *options, str(bait)]
        subprocess.run(command, check=False, capture_output=True, timeout=60, cwd="/")
        assert opened(), "the bait is none, so the rest of this test would mean nothing"

        with pytest.raises(Rejection):
            probe.facts(MemoryRanges(bait.read_bytes()), "film.mp4")
        assert not opened()
        with serving(MemoryRanges(bait.read_bytes()), 10**6) as server:
            probe.run(server.url)
        assert not opened()


@pytest.mark.parametrize("kind", KINDS)
def test_a_playlist_named_mp4_opens_nothing(probe: FfprobeProbe, canary: WebCanary, kind: str) -> None:
    with pytest.raises(Rejection, match="not_media"):
        probe.facts(MemoryRanges(playlists(canary.url)[kind]), "film.mp4")

    assert canary.visits == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_box_holds_even_when_nobody_looked_at_the_first_bytes(
    probe: FfprobeProbe, canary: WebCanary, kind: str
) -> None:
    with serving(MemoryRanges(playlists(canary.url)[kind]), 10**6) as server:
        done = probe.run(server.url)

    assert done.returncode != 0
    assert server.bytes_read > 0
    assert canary.visits == []


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
def test_what_goes_wrong_behind_the_server_is_what_is_raised(
    probe: FfprobeProbe, encode: Encode, failure: Exception, fail_at: int
) -> None:
    data = encode("cut.mov", "-c:v", "rawvideo", "-pix_fmt", "uyvy422")
    ranges = MemoryRanges(data, fail_at=fail_at, failure=failure)

    with pytest.raises(type(failure)) as caught:
        probe.facts(ranges, "film.mov")

    assert caught.value is failure


def test_a_file_that_wants_too_much_reading_is_refused(encode: Encode) -> None:
    data = encode("budget.mov", "-c:v", "rawvideo", "-pix_fmt", "uyvy422")
    ranges = MemoryRanges(data)
    probe = FfprobeProbe(FFPROBE, ProbeLimits(read_bytes=HEAD_BYTES + 1000))

    with pytest.raises(Rejection, match="not_media") as caught:
        probe.facts(ranges, "film.mov")

    assert "so unusually" in caught.value.sentence
    assert str(HEAD_BYTES + 1000) in caught.value.detail


def test_a_probe_that_takes_too_long_is_ended_and_tried_again(tmp_path: Path) -> None:
    sleeper = tmp_path / "ffprobe"
    sleeper.write_text("#!/bin/sh\nexec sleep 600\n")
    sleeper.chmod(0o755)

    with pytest.raises(RetryableError, match="probe_timeout"):
        FfprobeProbe(str(sleeper), ProbeLimits(wall_seconds=0.3)).facts(MemoryRanges(b"\1" * 100), "film.mp4")


def test_the_box_has_limits_and_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "topsecret")
    teller = tmp_path / "ffprobe"
    teller.write_text(
        "#!/bin/sh\nenv >&2\nulimit -t >&2; ulimit -v >&2; ulimit -n >&2; ulimit -c >&2\n"
        f"echo x > {tmp_path}/written\necho wrote=$? >&2\nexit 1\n"
    )
    teller.chmod(0o755)
    limits = ProbeLimits(cpu_seconds=7, memory_bytes=512 * 1024**2, open_files=21)

    said = FfprobeProbe(str(teller), limits).run("http://127.0.0.1/nothing").stderr.decode()

    assert "topsecret" not in said
    assert "AWS" not in said
    assert "\n7\n524288\n21\n0\n" in said
    assert not (tmp_path / "written").exists() or (tmp_path / "written").read_bytes() == b""


def test_a_probe_that_crashes_needs_a_person(tmp_path: Path) -> None:
    crasher = tmp_path / "ffprobe"
    crasher.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crasher.chmod(0o755)

    with pytest.raises(PermanentError, match="probe_crashed"):
        FfprobeProbe(str(crasher)).facts(MemoryRanges(b"\1" * 100), "film.mp4")


def test_a_probe_that_computes_for_ever_is_refused(tmp_path: Path) -> None:
    spinner = tmp_path / "ffprobe"
    spinner.write_text("#!/bin/sh\nwhile :; do :; done\n")
    spinner.chmod(0o755)

    with pytest.raises(Rejection, match="takes too much"):
        FfprobeProbe(str(spinner), ProbeLimits(cpu_seconds=1)).facts(MemoryRanges(b"\1" * 100), "film.mp4")


def test_ffprobe_is_found_by_its_variable_then_on_the_path(tmp_path: Path) -> None:
    own = tmp_path / "ffprobe"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)

    assert find_ffprobe({"FFPROBE_PATH": FFPROBE, "PATH": str(tmp_path)}) == str(Path(FFPROBE).absolute())
    assert find_ffprobe({"PATH": str(tmp_path)}) == str(own)
    with pytest.raises(PermanentError, match="FFPROBE_PATH"):
        find_ffprobe({"PATH": str(tmp_path / "nowhere")})


def test_every_bad_file_is_refused_for_what_it_is(probe: FfprobeProbe, canary: WebCanary, tmp_path: Path) -> None:
    """One of each kind goes the whole way in tests/e2e/test_rejected_files.py."""
    secret = tmp_path / "canary.mp4"
    secret.write_bytes(rejected_files.film(".mp4"))
    files = [file for file in rejected_files.rejected_files(f"{canary.url}/a.ts", str(secret)) if file.content]
    with opened_since(secret) as opened:
        for file in files:
            with pytest.raises(Rejection) as caught:
                probe.facts(MemoryRanges(file.content), file.name)
            assert caught.value.code == file.code, file.name
            assert file.words in caught.value.sentence, file.name
        assert not opened()
    assert len(files) > 30
    assert canary.visits == []


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"Range": "bytes=2-4"}, 206),
        ("GET", {"Range": "bytes=8-"}, 206),
        ("HEAD", {"Range": "bytes=0-"}, 206),
        ("GET", {"Range": "bytes=10-"}, 416),
        ("GET", {}, 400),
        ("GET", {"Range": "bytes=0-1,3-4"}, 400),
        ("GET", {"Range": "bytes=-3"}, 400),
        ("POST", {"Range": "bytes=0-"}, 501),
    ],
)
def test_the_range_server_answers_ranges_and_nothing_else(method: str, headers: dict[str, str], status: int) -> None:
    with serving(MemoryRanges(b"0123456789"), 100) as server:
        answer = requests.request(method, server.url, headers=headers, timeout=10)
        elsewhere = requests.request(method, server.url + "x", headers=headers, timeout=10)

    assert answer.status_code == status
    assert elsewhere.status_code == (501 if method == "POST" else 404)
    if status == 206 and method == "GET":
        assert answer.content == (b"234" if "2-4" in headers["Range"] else b"89")
        assert answer.headers["Content-Range"].endswith("/10")


@pytest.mark.parametrize(
    ("name", "options", "fast"),
    [
        ("slow.mp4", [], False),
        ("fast.mp4", ["-movflags", "+faststart"], True),
        ("fragments.mp4", ["-movflags", "+frag_keyframe+empty_moov"], True),
        ("film.mkv", [], None),
    ],
)
def test_fast_start_is_read_from_the_boxes(encode: Encode, name: str, options: list[str], fast: bool | None) -> None:
    ranges = MemoryRanges(encode(name, *options))

    assert fast_start(ranges) is fast
    assert sum(length for _, length in ranges.reads) <= 16 * 64


@pytest.mark.parametrize(
    ("data", "fast"),
    [
        (b"", None),
        (b"\0\0\0\x08ftyp", None),
        (b"\0\0\0\x08ftyp" + b"\0\0\0\0mdat" + b"x" * 20, False),
        # A 64-bit size: moov follows a free box.
        (b"\0\0\0\x08ftyp" + b"\0\0\0\1free" + (24).to_bytes(8, "big") + b"x" * 8 + b"\0\0\0\x08moov", True),
        (b"\0\0\0\x08ftyp" + b"\0\0\0\2junk" + b"\0\0\0\x08moov", None),
        (b"\0\0\0\x08ftyp" + b"\0\0\0\x08free" * 100 + b"\0\0\0\x08moov", None),
    ],
)
def test_fast_start_of_odd_files(data: bytes, fast: bool | None) -> None:
    assert fast_start(MemoryRanges(data)) is fast
