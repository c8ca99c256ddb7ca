"""Small real videos, made by ffmpeg with noise, so that they do not compress to nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path

from rendering.tools import ffmpeg_path


def make_video(
    path: Path,
    *,
    seconds: float = 6,
    size: str = "1280x720",
    rate: str = "25",
    languages: tuple[str, ...] = ("eng", "deu"),
    bitrate: str = "6M",
) -> Path:
    """Write a file with one video track and a stereo tone for each language; the suffix decides the container."""
    inputs = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds},noise=alls=12:allf=t"]
    maps = ["-map", "0:v"]
    tags: list[str] = []
    for number, language in enumerate(languages):
        tone = f"aevalsrc='0.2*sin(2*PI*({300 + 150 * number}+40*t)*t)|0.2*sin(2*PI*500*t)':s=48000:d={seconds}"
        inputs += ["-f", "lavfi", "-i", tone]
        maps += ["-map", f"{number + 1}:a"]
        tags += [f"-metadata:s:a:{number}", f"language={language}"]
    encode = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", bitrate, "-maxrate", bitrate, "-bufsize", bitrate]
    encode += ["-x264-params", "nal-hrd=cbr", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "192k"]
    command = [str(ffmpeg_path()), "-v", "error", "-y", *inputs, *maps, *encode, *tags, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return path
