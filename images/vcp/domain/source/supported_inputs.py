"""Check whether MediaConvert reads a file, before a byte of it is transferred."""

from __future__ import annotations

from vcp.domain.errors import Rejection
from vcp.domain.model.encoder_tables import InputRow, InputTables
from vcp.domain.model.media import MediaFacts
from vcp.domain.text import wording

#: Parts of ffprobe's pixel format names -> common names.
_PIXEL_FORMATS = {"444": "4:4:4", "gbr": "RGB"}


def check_input(facts: MediaFacts, tables: InputTables) -> InputRow:
    """Return the row of the table that matches this file.

    Raises `Rejection` (`container_not_supported`, `codec_not_supported`, `audio_codec_not_supported`) with the cause
    and a remedy.
    """
    rows = _rows_of(facts, tables)
    if not rows:
        raise Rejection(
            "container_not_supported",
            f"This file format ({wording.container(facts.container)}) is not supported. Export the video as MP4 and "
            "upload that.",
            f"{facts.container}, brand {facts.major_brand}",
        )
    if facts.video:
        rows = _rows_for_video(facts, rows, tables)
    supported = [row for row in rows if _supports_audio(row, facts)]
    if not supported:
        raise _audio_rejection(facts, rows)
    return supported[0]


def _rows_of(facts: MediaFacts, tables: InputTables) -> list[InputRow]:
    rows = [row for row in tables.containers if facts.container in row.formats]
    branded = [row for row in rows if facts.major_brand in row.brands]
    return branded or [row for row in rows if not row.brands]


def _rows_for_video(facts: MediaFacts, rows: list[InputRow], tables: InputTables) -> list[InputRow]:
    picture = facts.picture
    codec = _codec_name(picture.codec)
    unsupported = tables.unsupported_pixel_formats.get(picture.codec, ())
    found = next((part for part in unsupported if part in (picture.pixel_format or "")), None)
    if found is not None:
        raise Rejection(
            "codec_not_supported",
            f"The encoder does not support {codec} video in {_PIXEL_FORMATS.get(found, found)}. Export it in 4:2:0 or "
            "4:2:2 and upload that.",
            f"{picture.profile} {picture.pixel_format}",
        )
    supported = [row for row in rows if picture.codec in row.video]
    if supported:
        return supported
    names = " or ".join(row.name for row in rows)
    raise Rejection(
        "codec_not_supported",
        f"The encoder does not support {codec} video in {wording.with_article(names)} file. {_remedy(facts, tables)} "
        "and upload that.",
        f"{facts.container}: {picture.codec}",
    )


def _remedy(facts: MediaFacts, tables: InputTables) -> str:
    """Return the least lossy way to a supported file; the advised file must pass `check_input`."""
    supported = [row for row in tables.containers if row.name == "MP4" and facts.picture.codec in row.video]
    if not supported:
        return "Export it as an MP4 with H.264 video"
    if not any(_supports_audio(row, facts) for row in supported):
        return "Convert it to an MP4 with AAC audio (the video need not be re-encoded)"
    return "Convert it to an MP4 (no re-encoding is needed)"


def _audio_rejection(facts: MediaFacts, rows: list[InputRow]) -> Rejection:
    track = next(t for t in facts.audio if not any(_listed(t.codec, row.audio) for row in rows[:1]))
    return Rejection(
        "audio_codec_not_supported",
        f"The encoder does not support {_codec_name(track.codec)} audio (track {track.number}) in "
        f"{wording.with_article(rows[0].name)} file. Export the video as MP4 with AAC audio and upload that.",
        f"{facts.container}: {track.codec}",
    )


def _supports_audio(row: InputRow, facts: MediaFacts) -> bool:
    return all(_listed(track.codec, row.audio) for track in facts.audio)


def _codec_name(codec: str) -> str:
    name = wording.codec(codec)
    return "this type of" if name == "unknown" else name


def _listed(codec: str, names: tuple[str, ...]) -> bool:
    return any(codec == name or (name.endswith("_") and codec.startswith(name)) for name in names)
