"""ffprobe's sandbox: it opens nothing but the given file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import ffmpeg
import pytest

from tests.canaries import WebCanary, opened_since
from tests.e2e import rejected_files
from tests.integration.conftest import MemoryRanges
from vcp.adapters.probe.ffprobe import FfprobeProbe, ProbeLimits
from vcp.adapters.probe.range_server import serving
from vcp.domain.errors import Rejection

FFPROBE = ffmpeg.FFPROBE_PATH


def playlists(canary: str) -> dict[str, bytes]:
    """Return files that refer to another resource, one for each way that media programs know."""
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


def test_ffprobe_follows_a_playlist_outside_the_sandbox(canary: WebCanary, tmp_path: Path) -> None:
    """Shows that the next tests can fail: without our options ffprobe fetches the entries of an HLS playlist."""
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
def test_opens_no_local_file_in_the_sandbox(probe: FfprobeProbe, tmp_path: Path, kind: str, options: list[str]) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(rejected_files.film(".mp4"))
    bait = tmp_path / "bait"
    bait.write_bytes(naming_a_local_file(secret)[kind])
    with opened_since(secret) as opened:
        command = [FFPROBE, "-v", "error", *options, str(bait)]
        subprocess.run(command, check=False, capture_output=True, timeout=60, cwd="/")
        assert opened(), "ffprobe must open the bait outside the sandbox"

        with pytest.raises(Rejection):
            probe.facts(MemoryRanges(bait.read_bytes()), "film.mp4")
        assert not opened()
        with serving(MemoryRanges(bait.read_bytes()), 10**6) as server:
            probe.run(server.url)
        assert not opened()


@pytest.mark.parametrize("kind", KINDS)
def test_rejects_a_playlist_without_opening_its_entries(probe: FfprobeProbe, canary: WebCanary, kind: str) -> None:
    with pytest.raises(Rejection, match="not_media"):
        probe.facts(MemoryRanges(playlists(canary.url)[kind]), "film.mp4")

    assert canary.visits == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_sandbox_opens_nothing_without_the_signature_check(
    probe: FfprobeProbe, canary: WebCanary, kind: str
) -> None:
    with serving(MemoryRanges(playlists(canary.url)[kind]), 10**6) as server:
        done = probe.run(server.url)

    assert done.returncode != 0
    assert server.bytes_read > 0
    assert canary.visits == []


def test_the_sandbox_has_limits_and_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "topsecret")
    reporter = tmp_path / "ffprobe"
    reporter.write_text(
        "#!/bin/sh\nenv >&2\nulimit -t >&2; ulimit -v >&2; ulimit -n >&2; ulimit -c >&2\n"
        f"echo x > {tmp_path}/written\necho wrote=$? >&2\nexit 1\n"
    )
    reporter.chmod(0o755)
    limits = ProbeLimits(cpu_seconds=7, memory_bytes=512 * 1024**2, open_files=21)

    output = FfprobeProbe(str(reporter), limits).run("http://127.0.0.1/nothing").stderr.decode()

    assert "topsecret" not in output
    assert "AWS" not in output
    assert "\n7\n524288\n21\n0\n" in output
    assert not (tmp_path / "written").exists() or (tmp_path / "written").read_bytes() == b""


def test_rejects_every_bad_file_for_its_reason(probe: FfprobeProbe, canary: WebCanary, tmp_path: Path) -> None:
    """tests/e2e/test_bad_bytes.py sends one of each kind through the whole pipeline."""
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
