"""Short test videos, ffprobe in its sandbox, and a web server that must not be called."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import ffmpeg
import imageio_ffmpeg
import pytest

from tests.canaries import WebCanary, web_canary
from vcp.adapters.probe.ffprobe import FfprobeProbe

Encode = Callable[..., bytes]


@pytest.fixture(scope="module")
def encode(tmp_path_factory: pytest.TempPathFactory) -> Encode:
    """Return a function that encodes two seconds of a test picture with a tone; the name selects the container."""
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
    return FfprobeProbe(ffmpeg.FFPROBE_PATH)


@pytest.fixture
def canary() -> Iterator[WebCanary]:
    with web_canary() as watching:
        yield watching
