"""The candidate frame sizes of an output: even, never larger than the source, never below the contract's minimum."""

from __future__ import annotations

from typing import NamedTuple

from vcp.domain.model.contract import Contract
from vcp.domain.model.encoder_tables import VideoTables
from vcp.domain.model.media import VideoTrack
from vcp.domain.planning.rejection import PlanRejection

#: MediaConvert's minimum Width and Height (API reference, VideoDescription).
MIN_SIDE = 32


class Size(NamedTuple):
    """A frame size in square pixels, after rotation."""

    width: int
    height: int

    @property
    def short_side(self) -> int:
        return min(self)

    @property
    def pixels(self) -> int:
        return self.width * self.height


def min_short_side(picture: VideoTrack, contract: Contract) -> int:
    """Return the minimum short side: the contract's, or the source's own if that is smaller.

    Even, as 4:2:0 requires: the contract's is rounded up, the source's down.
    """
    return min(contract.min_height + contract.min_height % 2, even_down(picture.short_side))


def sizes(picture: VideoTrack, contract: Contract, tables: VideoTables) -> tuple[Size, ...]:
    """Return the candidate sizes from the largest down to the minimum; at least one.

    Raises `PlanRejection`: `picture_too_small` for the service, or `picture_too_wide` if the long side would exceed
    H.264's maximum at the minimum short side.
    """
    width, height = picture.display_size
    source = Size(even_down(width), even_down(height))
    if source.short_side < MIN_SIDE:
        raise PlanRejection("picture_too_small", width=width, height=height, min_side=MIN_SIDE)
    smallest = min_short_side(picture, contract)
    largest = min(tables.max_short_side, _short_side_for(source, tables.max_long_side))
    if largest < smallest:
        raise PlanRejection(
            "picture_too_wide", width=width, height=height, short_side=smallest, max_long_side=tables.max_long_side
        )
    between = {rung.short_side for rung in tables.ladder if smallest < rung.short_side < largest}
    return tuple(_scaled(source, short) for short in sorted({largest, smallest} | between, reverse=True))


def even_down(number: int) -> int:
    return number - number % 2


def _short_side_for(source: Size, max_long_side: int) -> int:
    """Return the short side at which the long side is at most `max_long_side`."""
    return even_down(min(source.short_side, max_long_side * source.short_side // max(source)))


def _scaled(source: Size, short_side: int) -> Size:
    if short_side == source.short_side:
        return source
    long_side = min(round(max(source) * short_side / source.short_side / 2) * 2, max(source))
    return Size(long_side, short_side) if source.width >= source.height else Size(short_side, long_side)
