"""Whether the encoding service takes a file at all, asked before a byte of it is moved."""

from __future__ import annotations

from vcp.domain.errors import Rejection
from vcp.domain.model.encoder_tables import InputRow, InputTables
from vcp.domain.model.media import MediaFacts
from vcp.domain.text import wording

#: Parts of ffprobe's names of pixel formats, as cameras and editors say them.
_COLOURS = {"444": "4:4:4", "gbr": "RGB"}


def check_input(facts: MediaFacts, tables: InputTables) -> InputRow:
    """The row of the table that takes this file.

    Raises `Rejection` (`container_not_supported`, `codec_not_supported`, `audio_codec_not_supported`) that names
    what is in the way and what would help.
    """
    rows = _rows_of(facts, tables)
    if not rows:
        raise Rejection(
            "container_not_supported",
            f"This kind of file ({wording.container(facts.container)}) cannot be compressed here. "
            "Save the video as MP4 and upload that.",
            f"{facts.container}, brand {facts.major_brand}",
        )
    if facts.video:
        rows = _with_picture(facts, rows, tables)
    fits = [row for row in rows if _takes_sound(row, facts)]
    if not fits:
        raise _audio_refusal(facts, rows)
    return fits[0]


def _rows_of(facts: MediaFacts, tables: InputTables) -> list[InputRow]:
    rows = [row for row in tables.containers if facts.container in row.formats]
    branded = [row for row in rows if facts.major_brand in row.brands]
    return branded or [row for row in rows if not row.brands]


def _with_picture(facts: MediaFacts, rows: list[InputRow], tables: InputTables) -> list[InputRow]:
    picture = facts.picture
    codec = _kind_of(picture.codec)
    refused = tables.refused_pixel_formats.get(picture.codec, ())
    found = next((part for part in refused if part in (picture.pixel_format or "")), None)
    if found is not None:
        raise Rejection(
            "codec_not_supported",
            f"This {codec} video stores its colours as {_COLOURS.get(found, found)}, which the encoding service does "
            "not read. Export it as 4:2:0 or 4:2:2 and upload that.",
            f"{picture.profile} {picture.pixel_format}",
        )
    takes = [row for row in rows if picture.codec in row.video]
    if takes:
        return takes
    names = " or ".join(row.name for row in rows)
    raise Rejection(
        "codec_not_supported",
        f"The encoding service does not read {codec} video from {wording.with_article(names)} file. "
        f"{_remedy(facts, tables)} and upload that.",
        f"{facts.container}: {picture.codec}",
    )


def _remedy(facts: MediaFacts, tables: InputTables) -> str:
    """What makes the file one that is taken, with the least loss: what this advises is not refused the next time."""
    takes = [row for row in tables.containers if row.name == "MP4" and facts.picture.codec in row.video]
    if not takes:
        return "Export it as H.264 in an MP4"
    if not any(_takes_sound(row, facts) for row in takes):
        return "Put it into an MP4 with AAC sound (the picture needs no new compression for that)"
    return "Put it into an MP4 (no new compression is needed for that)"


def _audio_refusal(facts: MediaFacts, rows: list[InputRow]) -> Rejection:
    track = next(t for t in facts.audio if not any(_listed(t.codec, row.audio) for row in rows[:1]))
    return Rejection(
        "audio_codec_not_supported",
        f"The encoding service does not read {_kind_of(track.codec)} sound (track {track.number}) from "
        f"{wording.with_article(rows[0].name)} file. Export the video as MP4 with AAC sound and upload that.",
        f"{facts.container}: {track.codec}",
    )


def _takes_sound(row: InputRow, facts: MediaFacts) -> bool:
    return all(_listed(track.codec, row.audio) for track in facts.audio)


def _kind_of(codec: str) -> str:
    name = wording.codec(codec)
    return "this kind of" if name == "unknown" else name


def _listed(codec: str, names: tuple[str, ...]) -> bool:
    return any(codec == name or (name.endswith("_") and codec.startswith(name)) for name in names)
