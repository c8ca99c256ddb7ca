"""Which picture sizes an output may have: even, never larger than the source, never below what is promised."""

from __future__ import annotations

from typing import NamedTuple

from vcp.domain.errors import Rejection
from vcp.domain.model.contract import Contract
from vcp.domain.model.encoder_tables import VideoTables
from vcp.domain.model.media import VideoTrack

#: MediaConvert's least Width and Height (API reference, VideoDescription).
SMALLEST_SIDE = 32


class Size(NamedTuple):
    """Pixels as seen: after rotation, in square pixels."""

    width: int
    height: int

    @property
    def short_side(self) -> int:
        return min(self)

    @property
    def pixels(self) -> int:
        return self.width * self.height


def min_short_side(picture: VideoTrack, contract: Contract) -> int:
    """The short side that is promised: the contract's, or the source's own where that is smaller.

    Even, because 4:2:0 pictures have no odd sides: the contract's is rounded up, the source's down.
    """
    return min(contract.min_height + contract.min_height % 2, even_down(picture.short_side))


def sizes(picture: VideoTrack, contract: Contract, tables: VideoTables) -> tuple[Size, ...]:
    """Every size worth considering, from the largest down to the least promised one; at least one.

    Raises `Rejection`: `picture_too_small` for the service, or `picture_too_wide` when the promised short side
    would need a longer side than H.264 has.
    """
    source = Size(even_down(picture.display_width), even_down(picture.display_height))
    if source.short_side < SMALLEST_SIDE:
        raise Rejection(
            "picture_too_small",
            f"The picture is only {picture.display_width}x{picture.display_height} pixels; the encoding service "
            f"needs {SMALLEST_SIDE} at least.",
        )
    least = min_short_side(picture, contract)
    largest = min(tables.widest_short_side, _short_side_for(source, tables.longest_side))
    if largest < least:
        raise Rejection(
            "picture_too_wide",
            f"The picture ({picture.display_width}x{picture.display_height}) is so wide that at {least} pixels on its "
            f"short side it would exceed the {tables.longest_side} pixels that H.264 players can show.",
        )
    between = {rung.short_side for rung in tables.ladder if least < rung.short_side < largest}
    return tuple(_scaled(source, short) for short in sorted({largest, least} | between, reverse=True))


def even_down(number: int) -> int:
    return number - number % 2


def _short_side_for(source: Size, longest: int) -> int:
    """The short side at which the long one is no longer than `longest`."""
    return even_down(min(source.short_side, longest * source.short_side // max(source)))


def _scaled(source: Size, short_side: int) -> Size:
    if short_side == source.short_side:
        return source
    long_side = min(round(max(source) * short_side / source.short_side / 2) * 2, max(source))
    return Size(long_side, short_side) if source.width >= source.height else Size(short_side, long_side)
