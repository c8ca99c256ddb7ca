"""Record ffprobe's output on small generated files: `python tests/data/probe/record.py` writes the JSON files.

Each entry is one ffmpeg command line, without the options that all share. The files go into a temporary folder.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from rendering.tools import ffmpeg_path, ffprobe_path

HERE = Path(__file__).parent
BARS = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2")
TONE = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "96k")
SUBTITLES = "1\n00:00:00,000 --> 00:00:01,500\nGood evening.\n"

#: File name -> ffmpeg arguments; later ones may read earlier ones.
FILES: dict[str, tuple[str, ...]] = {
    "two_languages.mp4": (
        *BARS, *TONE, *TONE, "-map", "0:v", "-map", "1:a", "-map", "2:a", *X264, *AAC, "-ac", "2",
        "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fre", "-movflags", "+faststart",
    ),
    "portrait_phone.mp4": ("-display_rotation", "-90", "-i", "two_languages.mp4", "-map", "0", "-c", "copy"),
    "variable_rate.mp4": (
        *BARS, *TONE, *X264, "-vf", "select='lt(mod(n,7),3)+gt(n,40)'", "-fps_mode", "vfr", *AAC,
    ),
    "interlaced_pal.mpg": (
        "-f", "lavfi", "-i", "testsrc2=size=720x576:rate=50:duration=1", *TONE, "-vf", "interlace,setsar=64/45",
        "-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-b:v", "3M", "-c:a", "mp2",
    ),
    "hdr10.mp4": (
        *BARS, *TONE, "-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-x265-params",
        "log-level=none", "-vf", "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc",
        "-tag:v", "hvc1", *AAC,
    ),
    "surround_timecode.mov": (
        *BARS, "-f", "lavfi", "-i", "anoisesrc=sample_rate=48000:duration=2:amplitude=0.05", *TONE,
        "-map", "0:v", "-map", "1:a", "-map", "2:a", *X264, "-c:a", "pcm_s16le",
        "-filter:a:0", "aformat=channel_layouts=5.1", "-filter:a:1", "aformat=channel_layouts=mono",
        "-timecode", "01:00:00:00",
    ),
    "prores_octo.mov": (
        *BARS, "-f", "lavfi", "-i", "anoisesrc=sample_rate=96000:duration=2:amplitude=0.05", "-c:v", "prores_ks",
        "-profile:v", "2", "-pix_fmt", "yuv422p10le", "-c:a", "pcm_s24le", "-af", "aformat=channel_layouts=7.1",
    ),
    "silent.mp4": (*BARS, *X264),
    "full_range.mp4": (
        *BARS, *X264[:4], "-pix_fmt", "yuvj420p",
        "-vf", "setparams=range=pc:color_primaries=bt709:color_trc=bt709:colorspace=bt709",
    ),
    "late_sound.mp4": (*BARS, "-itsoffset", "0.7", *TONE, *X264, *AAC),
    "long_sound.mp4": (
        *BARS, "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=4", *X264, *AAC,
    ),
    "cover_art.mp4": (
        "-i", "two_languages.mp4", "-f", "lavfi", "-i", "color=red:size=64x64:duration=0.04:rate=25",
        "-map", "0", "-map", "1", "-c", "copy", "-c:v:1", "mjpeg", "-disposition:v:1", "attached_pic",
    ),
    "captions_hevc.mkv": (
        *BARS, *TONE, "-i", "words.srt", "-map", "0:v", "-map", "1:a", "-map", "2:s", "-c:v", "libx265", "-preset",
        "ultrafast", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p", *AAC, "-c:s", "srt",
        "-metadata:s:a", "language=pt-BR", "-metadata:s:a", "title=Direção", "-metadata:s:s", "language=eng",
    ),
    "vp9_opus.webm": (*BARS, *TONE, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "libopus"),
    "four_four_four.mp4": (*BARS, *X264[:4], "-pix_fmt", "yuv444p"),
    "high_rate.mp4": ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=120:duration=1", *X264),
    "only_sound.m4a": (*TONE, *AAC),
    "only_sound_with_cover.m4a": (
        *TONE, "-f", "lavfi", "-i", "color=red:size=64x64:duration=0.04:rate=25", "-map", "0", "-map", "1", *AAC,
        "-c:v", "mjpeg", "-disposition:v", "attached_pic",
    ),
    "picture.png": (*BARS, "-frames:v", "1"),
    "words.srt": (),
}  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "words.srt").write_text(SUBTITLES, "utf-8")
        for name, arguments in FILES.items():
            if arguments:
                subprocess.run(
                    [ffmpeg_path(), "-hide_banner", "-v", "error", "-nostdin", "-y", *arguments, name],
                    cwd=folder, check=True,
                )  # fmt: skip
            probed = subprocess.run(
                [ffprobe_path(), "-v", "error", "-show_format", "-show_streams", "-of", "json", name],
                cwd=folder, check=True, capture_output=True, text=True,
            )  # fmt: skip
            (HERE / f"{name}.json").write_text(json.dumps(json.loads(probed.stdout), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
