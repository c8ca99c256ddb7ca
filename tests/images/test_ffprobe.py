"""ffprobe inside the image, called by the product's probe, also inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rendering.tools import ffprobe_path
from tests.canaries import WebCanary, opened_since, web_canary
from tests.e2e import rejected_files
from tests.images import inside
from tests.images.conftest import run_inside
from tests.integration.conftest import MemoryRanges
from vcp.adapters.probe.ffprobe import DEMUXERS, FfprobeProbe
from vcp.domain.model.media import MediaFacts
from vcpctl.images.built import Built

#: The mount point of the files in containers.
FILMS = "/films"
ISO = "mov,mp4,m4a,3gp,3g2,mj2"
#: Name -> encoder options, and the expected container, video codec and audio codec.
KINDS: dict[str, tuple[tuple[str, ...], str, str, str]] = {
    "film.mp4": (rejected_files.H264, ISO, "h264", "aac"),
    "film.mov": (("-c:v", "prores_ks", "-profile:v", "2", "-c:a", "pcm_s24le"), ISO, "prores", "pcm_s24le"),
    "film.mkv": (("-c:v", "libx265", "-preset", "ultrafast", "-c:a", "flac"), "matroska,webm", "hevc", "flac"),
    "film.mxf": (("-c:v", "mpeg2video", "-c:a", "pcm_s16le", "-ar", "48000"), "mxf", "mpeg2video", "pcm_s16le"),
    "film.ts": ((*rejected_files.H264, "-metadata", "service_name=Grüße"), "mpegts", "h264", "aac"),
    "film.avi": (("-c:v", "mpeg4", "-c:a", "mp3"), "avi", "mpeg4", "mp3"),
    "film.webm": (("-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus"), "matroska,webm", "vp9", "opus"),
}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of each kind, readable for the functions' user."""
    folder = tmp_path_factory.mktemp("films")
    folder.chmod(0o755)
    for name, (options, *_) in KINDS.items():
        (folder / name).write_bytes(rejected_files.film(Path(name).suffix, *options, seconds=1))
    return folder


def inspect(image: Built, folder: Path, names: list[str]) -> dict[str, dict[str, Any]]:
    """Inspect files of a folder inside the image."""
    code = Path(inside.__file__).read_text("utf-8")
    mount = ("--volume", f"{folder}:{FILMS}:ro")
    paths = [f"{FILMS}/{name}" for name in names]
    done = run_inside(image, "/usr/bin/python3", "-c", code, *paths, options=mount)
    assert done.returncode == 0, done.stderr.decode()
    return dict(zip(names, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.fixture(scope="module")
def seen(images: dict[str, Built], films: Path) -> dict[str, dict[str, Any]]:
    return inspect(images["media"], films, list(KINDS))


@pytest.mark.parametrize("name", KINDS)
def test_reads_what_studios_deliver(seen: dict[str, dict[str, Any]], films: Path, name: str) -> None:
    _, container, picture, sound = KINDS[name]

    facts = msgspec.convert(seen[name]["facts"], MediaFacts)

    assert facts.container == container
    assert facts.size_bytes == (films / name).stat().st_size
    assert facts.duration_seconds == pytest.approx(1, abs=0.1)
    assert (facts.picture.codec, facts.picture.width, facts.picture.height) == (picture, 320, 180)
    assert facts.picture.frame_rate == "25/1"
    assert [track.codec for track in facts.audio] == [sound]


@pytest.mark.parametrize("name", KINDS)
def test_reports_the_same_as_the_ffprobe_of_all_other_tests(
    seen: dict[str, dict[str, Any]], films: Path, name: str
) -> None:
    here = FfprobeProbe(ffprobe_path()).facts(MemoryRanges((films / name).read_bytes()), name)

    assert seen[name]["facts"] == msgspec.json.decode(msgspec.json.encode(here))


@pytest.fixture
def canary() -> Iterator[WebCanary]:
    with web_canary() as watching:
        yield watching


@pytest.fixture
def playlists(canary: WebCanary, tmp_path: Path) -> Path:
    """Files named .mp4 that refer to others: a URL on this machine, and a readable file next to them."""
    folder = tmp_path / "playlists"
    folder.mkdir(mode=0o755)
    secret, url = f"{FILMS}/secret", f"{canary.url}/a.ts"
    contents = {
        "secret": rejected_files.film(".mp4"),
        "hls.mp4": rejected_files.hls(url),
        "hls of a file.mp4": rejected_files.hls(f"file://{secret}"),
        "ffconcat.mp4": rejected_files.ffconcat(url),
        "ffconcat of a file.mp4": rejected_files.ffconcat(secret),
        "bare concat.mp4": rejected_files.bare_concat(secret),
        "mpd.mp4": rejected_files.dash(url),
        "mpd of a file.mp4": rejected_files.dash(secret),
        "sdp.mp4": rejected_files.sdp(),
        "imf.mp4": rejected_files.imf_playlist(url),
        "elsewhere.mp4": rejected_files.film_kept_elsewhere(secret),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o644)
    return folder


def test_rejects_a_playlist_named_mp4_without_opening_anything(
    images: dict[str, Built], playlists: Path, canary: WebCanary
) -> None:
    names = sorted(path.name for path in playlists.glob("*.mp4"))
    with opened_since(playlists / "secret") as opened:
        results = inspect(images["media"], playlists, names)

        assert {name: result.get("code") for name, result in results.items()} == {
            name: "incomplete_file" if name == "elsewhere.mp4" else "not_media" for name in names
        }
        # In the sandbox it read the bytes that it was served, and failed.
        assert {name for name, result in results.items() if not result["sandbox"]["read"]} == set()
        assert {name for name, result in results.items() if result["sandbox"]["code"] == 0} <= {"elsewhere.mp4"}
        assert not opened()
    assert canary.visits == []


def test_opens_nothing_that_a_playlist_names_without_the_sandbox(
    images: dict[str, Built], playlists: Path, canary: WebCanary
) -> None:
    """The container itself does not prevent it: both canaries can be reached from inside."""
    mount = ("--volume", f"{playlists}:{FILMS}:ro")
    with opened_since(playlists / "secret") as opened:
        for path in sorted(playlists.glob("*.mp4")):
            run_inside(images["media"], "/usr/bin/ffprobe", "-v", "error", f"{FILMS}/{path.name}", options=mount)
            assert (path.name, canary.visits, opened()) == (path.name, [], False)

        ffprobe = ("/usr/bin/ffprobe", "-v", "error")
        run_inside(images["media"], *ffprobe, f"{canary.url}/reached", options=mount)
        run_inside(images["media"], *ffprobe, f"{FILMS}/secret", options=mount)
        assert canary.visits == ["/reached"]
        assert opened()


def listed(image: Built, what: str) -> set[str]:
    """Return the names in one of ffprobe's lists."""
    lines = run_inside(image, "/usr/bin/ffprobe", "-v", "quiet", f"-{what}").stdout.decode().splitlines()
    rows = [line.split() for line in lines[lines.index(next(line for line in lines if line.strip() == "--")) + 1 :]]
    return {name for row in rows for name in row[1].split(",")}


def test_has_the_allowed_demuxers_and_none_that_opens_other_files(
    images: dict[str, Built],
) -> None:
    demuxers = listed(images["media"], "demuxers")

    assert set(DEMUXERS.split(",")) <= demuxers
    assert not demuxers & {"hls", "dash", "concat", "imf", "sdp", "rtsp", "rtp", "image2", "webm_dash_manifest"}


def test_supports_only_files_and_plain_http(images: dict[str, Built]) -> None:
    protocols = run_inside(images["media"], "/usr/bin/ffprobe", "-v", "quiet", "-protocols").stdout.decode()

    reading = protocols.partition("Input:")[2].partition("Output:")[0].split()
    assert set(reading) == {"file", "http", "tcp"}


@pytest.mark.parametrize(
    ("graph", "tag"),
    [
        ("amovie={film},asetnsamples=960,astats=metadata=1:reset=1", "lavfi.astats.Overall.RMS_level"),
        ("movie={film},signalstats", "lavfi.signalstats.YAVG"),
        ("movie={film},blackdetect=d=0.1", None),
        ("amovie={film},silencedetect", None),
        ("amovie={film},ebur128=metadata=1", "lavfi.r128.M"),
    ],
)
def test_measures_loudness_and_luma_over_time(
    images: dict[str, Built], films: Path, graph: str, tag: str | None
) -> None:
    mount = ("--volume", f"{films}:{FILMS}:ro")
    command = ("-v", "error", "-f", "lavfi", graph.format(film=f"{FILMS}/film.mp4"), "-show_frames", "-of", "json")

    done = run_inside(images["media"], "/usr/bin/ffprobe", *command, options=mount)

    assert done.returncode == 0, done.stderr.decode()
    frames = json.loads(done.stdout)["frames"]
    assert len(frames) >= 9
    assert tag is None or sum(tag in frame.get("tags", {}) for frame in frames) > len(frames) / 2


def test_is_under_the_lgpl(images: dict[str, Built]) -> None:
    code = "import pathlib; print(*(p.name for p in pathlib.Path('/usr/share/doc/ffprobe').iterdir()))"
    there = run_inside(images["media"], "/usr/bin/python3", "-c", code).stdout.decode().split()
    assert {"COPYING.LGPLv2.1", "LICENSE.md", "copyright", "version", "buildconf.txt"} <= set(there)

    build = run_inside(images["media"], "/usr/bin/ffprobe", "-hide_banner", "-buildconf").stdout.decode()
    assert "--enable-ffprobe" in build
    assert not [word for word in ("--enable-gpl", "--enable-version3", "--enable-nonfree") if word in build]


def test_core_has_no_ffprobe(images: dict[str, Built]) -> None:
    code = "import shutil; print(shutil.which('ffprobe'), shutil.which('ffmpeg'))"
    assert run_inside(images["core"], "/usr/bin/python3", "-c", code).stdout.split() == [b"None", b"None"]


def test_the_bill_of_materials_states_the_license(place: Path) -> None:
    bill = json.loads((place / "media.cdx.json").read_text("utf-8"))
    (ffprobe,) = [part for part in bill["components"] if part["name"] in ("ffmpeg", "ffprobe")]
    assert "LGPL-2.1-or-later" in json.dumps(ffprobe["licenses"])
