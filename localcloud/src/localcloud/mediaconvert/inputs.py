"""Containers and codecs that the service accepts (data/inputs.json); ffmpeg accepts far more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from localcloud.mediaconvert.exceptions import JobError, cannot_open

#: ffprobe's format name -> container of the table, where the name is unambiguous.
_FORMATS = {
    "avi": "AVI",
    "asf": "ASF",
    "flv": "Flash",
    "mpegts": "MPEG-TS",
    "mpeg": "MPEG-PS",
    "mxf": "MXF",
    "gif": "GIF",
    "ogg": "OGG",
    "mp3": "MP3",
    "wav": "WAV",
    "flac": "FLAC",
}
_HEAD_BYTES = 256


@cache
def _table() -> dict[str, Any]:
    text = files("localcloud.mediaconvert").joinpath("data", "inputs.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def container_of(path: Path, probe: Mapping[str, Any]) -> str | None:
    """Return the container's name in the service's table, None if the service does not accept it."""
    container = probe.get("format", {})
    names = str(container.get("format_name", "")).split(",")
    if "mov" in names:
        brand = str(container.get("tags", {}).get("major_brand", "")).strip()
        if brand.startswith("3g"):
            return "3GP"
        return "QuickTime" if brand in ("", "qt") else "MPEG-4"
    if "matroska" in names:
        with path.open("rb") as file:  # ffprobe does not report the EBML DocType
            return "WebM" if b"webm" in file.read(_HEAD_BYTES) else "Matroska"
    return _FORMATS.get(names[0])


def check_input(uri: str, path: Path, probe: Mapping[str, Any]) -> None:
    """Reject what the service rejects.

    Raises:
        JobError: 1010 for a container without a parser, 1030 for a codec that the container may not hold,
            1021 for neither picture nor sound.
    """
    name = container_of(path, probe)
    if name is None:
        raise JobError(1010, cannot_open(uri, "No parser found for container"))
    accepted = _table()["containers"][name]
    media = [stream for stream in probe.get("streams", []) if stream.get("codec_type") in ("video", "audio")]
    if not media:
        raise JobError(1021, f"No video or audio stream found in the input [{uri}]")
    for stream in media:
        if stream.get("disposition", {}).get("attached_pic"):
            continue
        codec = str(stream.get("codec_name", "unknown"))
        family = "pcm" if codec.startswith("pcm_") else codec
        if family not in accepted[stream["codec_type"]]:
            raise JobError(1030, f"Unsupported {stream['codec_type']} codec [{codec}] in {name} input [{uri}]")
        if stream.get("pix_fmt") in _table()["pixel_formats"]["rejected"].get(codec, ()):
            raise JobError(1030, f"Unsupported pixel format [{stream['pix_fmt']}] of codec [{codec}] in input [{uri}]")
