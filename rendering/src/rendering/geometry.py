"""Output frame and picture sizes (MediaConvert user guide, video scaling)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rendering.errors import UnusableInput
from rendering.source import VideoTrack
from rendering.spec import VideoSpec

#: Rotation metadata within this many degrees of a multiple of 90 is applied (user guide, rotation).
ROTATION_TOLERANCE_DEGREES = 1.0


@dataclass(frozen=True)
class Geometry:
    """The source is scaled to `picture` and encoded as `frame`: padded where larger, cropped where smaller.

    Sizes in pixels, all even; `pixel_aspect` is the output's sample aspect ratio.
    """

    rotation: int
    picture: tuple[int, int]
    frame: tuple[int, int]
    pixel_aspect: Fraction


def rotation_of(track: VideoTrack, requested: int | None) -> int:
    """Return the clockwise rotation in degrees: the requested one, or for None that of the metadata.

    Raises:
        UnusableInput: the metadata's angle is not a multiple of 90 degrees.
    """
    if requested is not None:
        return requested
    nearest = round(track.rotation / 90) * 90
    if abs(track.rotation - nearest) > ROTATION_TOLERANCE_DEGREES:
        raise UnusableInput(f"rotation by {track.rotation:g} degrees cannot be applied: not a multiple of 90")
    return nearest % 360


def plan_geometry(track: VideoTrack, video: VideoSpec, rotate: int | None) -> Geometry:
    """Return the sizes of the scaled picture and the encoded frame."""
    rotation = rotation_of(track, rotate)
    width, height, sar = track.width, track.height, track.sample_aspect
    if rotation in (90, 270):
        width, height, sar = height, width, 1 / sar
    pixel_aspect = video.codec.pixel_aspect or sar
    aspect = Fraction(width, height) * sar / pixel_aspect  # of the picture, in output pixels
    frame = _frame(video, width, height, aspect)
    if video.scaling == "STRETCH_TO_OUTPUT" or _fits(aspect, frame):
        return Geometry(rotation, frame, frame, pixel_aspect)
    inside = _within(frame, aspect)
    if video.scaling == "FILL":
        return Geometry(rotation, _around(frame, aspect), frame, pixel_aspect)
    if video.scaling == "DEFAULT":
        return Geometry(rotation, inside, frame, pixel_aspect)
    return Geometry(rotation, inside, inside, pixel_aspect)


def _frame(video: VideoSpec, width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    if video.width and video.height:
        size = (video.width, video.height)
    elif video.width:
        size = (video.width, _even(video.width / aspect))
    elif video.height:
        size = (_even(video.height * aspect), video.height)
    else:
        size = (_even_below(width), _even_below(height))
    if video.scaling == "FIT_NO_UPSCALE":
        return min(size[0], _even_below(width)), min(size[1], _even_below(height))
    return size


def _fits(aspect: Fraction, frame: tuple[int, int]) -> bool:
    """Return whether the picture fills the frame, apart from rounding to even sizes."""
    width, height = _within(frame, aspect)
    return frame[0] - width <= 2 and frame[1] - height <= 2


def _within(frame: tuple[int, int], aspect: Fraction) -> tuple[int, int]:
    if aspect >= Fraction(*frame):
        return frame[0], _even(frame[0] / aspect)
    return _even(frame[1] * aspect), frame[1]


def _around(frame: tuple[int, int], aspect: Fraction) -> tuple[int, int]:
    if aspect >= Fraction(*frame):
        return _even(frame[1] * aspect), frame[1]
    return frame[0], _even(frame[0] / aspect)


def _even(value: Fraction) -> int:
    return max(2, round(value / 2) * 2)


def _even_below(value: int) -> int:
    return max(2, value - value % 2)
