"""Format numbers and names for people: sizes in powers of ten, as Drive, upload portals and storage vendors do."""

from __future__ import annotations

from collections.abc import Sequence

#: Unit, its size in bytes, and the decimals to show.
_SIZE_UNITS = (("bytes", 1e0, 0), ("kB", 1e3, 1), ("MB", 1e6, 1), ("GB", 1e9, 2), ("TB", 1e12, 2))
_SMALL_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_CODECS = {
    "h264": "H.264", "hevc": "HEVC (H.265)", "mpeg4": "MPEG-4 part 2", "mpeg2video": "MPEG-2", "mpeg1video": "MPEG-1",
    "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "prores": "Apple ProRes", "dnxhd": "DNxHD", "mjpeg": "Motion JPEG",
    "theora": "Theora", "vvc": "VVC (H.266)", "ffv1": "FFV1", "wmv3": "Windows Media Video", "vc1": "VC-1",
    "wmv1": "Windows Media Video 7", "wmv2": "Windows Media Video 8", "msmpeg4v2": "Microsoft MPEG-4 (DivX 3)",
    "msmpeg4v3": "Microsoft MPEG-4 (DivX 3)", "flv1": "Sorenson Spark", "vp6": "VP6", "vp6f": "VP6",
    "cinepak": "Cinepak",
    "svq3": "Sorenson Video 3", "cfhd": "GoPro CineForm", "hap": "Hap",
    "qtrle": "QuickTime Animation", "rv40": "RealVideo",
    "rawvideo": "uncompressed", "v210": "uncompressed 10-bit", "r210": "uncompressed 10-bit", "dvvideo": "DV",
    "jpeg2000": "JPEG 2000", "png": "PNG", "gif": "GIF", "huffyuv": "HuffYUV", "utvideo": "Ut Video", "h263": "H.263",
    "prores_raw": "Apple ProRes RAW", "magicyuv": "MagicYUV",
    "aac": "AAC", "ac3": "Dolby Digital", "eac3": "Dolby Digital Plus", "mp3": "MP3", "mp2": "MPEG audio",
    "opus": "Opus", "vorbis": "Vorbis", "flac": "FLAC", "alac": "Apple Lossless", "dts": "DTS", "truehd": "TrueHD",
    "wmav1": "Windows Media Audio", "wmav2": "Windows Media Audio", "wmapro": "Windows Media Audio Professional",
    "amr_nb": "AMR", "amr_wb": "AMR wideband", "cook": "RealAudio",
    "eia_608": "CEA-608/708", "subrip": "SubRip", "ass": "ASS", "mov_text": "MPEG-4 timed text",
    "dvd_subtitle": "DVD subtitles", "hdmv_pgs_subtitle": "Blu-ray subtitles", "webvtt": "WebVTT",
}  # fmt: skip
_CONTAINERS = {
    "mov": "MP4 or MOV", "matroska": "Matroska (MKV) or WebM", "avi": "AVI", "mpegts": "MPEG transport stream",
    "mpeg": "MPEG program stream", "mxf": "MXF", "gxf": "GXF", "asf": "Windows Media (WMV)", "flv": "Flash video (FLV)",
    "ogg": "Ogg", "rm": "RealMedia", "wtv": "Windows recorded TV", "dv": "raw DV", "ivf": "IVF", "nut": "NUT",
    "h264": "raw H.264", "hevc": "raw HEVC", "mjpeg": "raw JPEG",
    "mpegvideo": "raw MPEG video", "m4v": "raw MPEG-4 video", "vc1": "raw VC-1",
}  # fmt: skip


def decimal(value: float, digits: int) -> str:
    """`29.97`, `30`: at most `digits` decimals, without trailing zeros."""
    return f"{round(value, digits):.15g}"  # a float has fifteen significant digits


def size(size_bytes: float) -> str:
    """`5 GB`, `74.9 MB`, `12 kB`; a number that rounds to 1000 moves up to the next unit."""
    for name, unit, digits in _SIZE_UNITS:
        number = round(size_bytes / unit, digits)
        words = f"{decimal(number, digits)} {name}"
        if abs(number) < 1000:
            break
    return words


def bit_rate(bits_per_second: float) -> str:
    """`6.2 Mbit/s`, `0.7 Mbit/s`, `96 kbit/s`."""
    if abs(bits_per_second) >= 500_000:
        return f"{decimal(bits_per_second / 1e6, 1)} Mbit/s"
    return f"{round(bits_per_second / 1e3)} kbit/s"


def duration(seconds: float) -> str:
    """`14 h`, `1 h 32 min`, `2 min 5 s`, `3.5 s`, `0.04 s`: at most two units."""
    if seconds < 0.1:
        return f"{decimal(seconds, 2)} s"
    if seconds < 10:
        return f"{decimal(seconds, 1)} s"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"


def count(number: int) -> str:
    """`two`; from eleven on in digits."""
    return _SMALL_NUMBERS[number] if 0 <= number < len(_SMALL_NUMBERS) else str(number)


def plural(number: int, noun: str) -> str:
    """`1 check`, `2 checks`."""
    return f"{number} {noun}{'s' * (number != 1)}"


def codec(name: str) -> str:
    """Return the common name of a codec that ffprobe names."""
    if name.startswith("pcm_"):
        return "PCM"
    if not name.isascii() or not name.replace("_", "").isalnum():
        return "unknown"  # an unnamed codec tag may hold any characters
    return _CODECS.get(name, name)


def container(name: str) -> str:
    """Return the common name of a container that ffprobe names."""
    first = name.partition(",")[0]
    return _CONTAINERS.get(first, first)


def with_article(name: str) -> str:
    """`an MP4`, `a QuickTime`: acronyms are spelled out when read."""
    acronym = len(name) > 1 and (name[1].isupper() or name[1].isdigit())
    return f"{'an' if name[:1] in ('AEFHILMNORSX' if acronym else 'AEIOUaeiou') else 'a'} {name}"


def listing(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)
