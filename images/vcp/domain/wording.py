"""Numbers as people say them: sizes in powers of ten, as Drive, upload portals and storage vendors count."""

from __future__ import annotations

from collections.abc import Sequence

_SMALL_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_CODECS = {
    "h264": "H.264", "hevc": "HEVC (H.265)", "mpeg4": "MPEG-4 part 2", "mpeg2video": "MPEG-2", "mpeg1video": "MPEG-1",
    "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "prores": "Apple ProRes", "dnxhd": "DNxHD", "mjpeg": "Motion JPEG",
    "theora": "Theora", "vvc": "VVC (H.266)", "ffv1": "FFV1", "wmv3": "Windows Media Video", "vc1": "VC-1",
    "aac": "AAC", "ac3": "Dolby Digital", "eac3": "Dolby Digital Plus", "mp3": "MP3", "mp2": "MPEG audio",
    "opus": "Opus", "vorbis": "Vorbis", "flac": "FLAC", "alac": "Apple Lossless", "dts": "DTS", "truehd": "TrueHD",
    "eia_608": "closed captions (CEA-608/708)", "subrip": "SubRip", "ass": "ASS", "mov_text": "text",
    "dvd_subtitle": "DVD pictures", "hdmv_pgs_subtitle": "Blu-ray pictures", "webvtt": "WebVTT",
}  # fmt: skip


def size(size_bytes: float) -> str:
    """`5 GB`, `74.9 MB`, `12 kB`; what rounds to a thousand of a unit is one of the next."""
    for unit, name, digits in ((1e12, "TB", 2), (1e9, "GB", 2), (1e6, "MB", 1), (1e3, "kB", 1)):
        smaller_unit = unit / 1e3
        if abs(round(size_bytes / smaller_unit, 1 if smaller_unit < 1e9 else 2)) >= 1e3:
            return f"{_trimmed(size_bytes / unit, digits)} {name}"
    return f"{size_bytes:.0f} bytes"


def bit_rate(bits_per_second: float) -> str:
    """`6.2 Mbit/s`, `0.7 Mbit/s`, `96 kbit/s`; audio rates and very low ones in kbit/s."""
    if abs(bits_per_second) >= 500_000:
        return f"{_trimmed(bits_per_second / 1e6, 1)} Mbit/s"
    return f"{_trimmed(bits_per_second / 1e3, 0)} kbit/s"


def duration(seconds: float) -> str:
    """`14 h`, `1 h 32 min`, `2 min 5 s`, `3.5 s`: two units at most."""
    if seconds < 10:
        return f"{_trimmed(seconds, 1)} s"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"


def count(number: int) -> str:
    """`two`, `eleven` as 11."""
    return _SMALL_NUMBERS[number] if 0 <= number < len(_SMALL_NUMBERS) else str(number)


def codec(name: str) -> str:
    """ffprobe's codec name as people know it."""
    return "PCM" if name.startswith("pcm_") else _CODECS.get(name, name)


def listing(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)


def _trimmed(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
