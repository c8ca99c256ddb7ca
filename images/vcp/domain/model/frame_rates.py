"""Frame rates as exact fractions."""

from __future__ import annotations

from fractions import Fraction

#: Average and nominal rate of a constant-rate file differ by no more than containers round timestamps.
_RATE_TOLERANCE = Fraction(5, 1000)
#: ...or by a frame or so at the ends of a short clip.
_EDGE_FRAMES = Fraction(3, 2)

#: Rates that players and editors expect; MediaConvert rounds a variable rate up to whole ones among them (user
#: guide, "Frame rate"); the /1001 ones keep NTSC material at its own speed.
STANDARD_RATES = tuple(
    sorted(Fraction(text) for text in ("1", "5", "10", "15", "24000/1001", "24", "25", "30000/1001", "30", "50",
                                       "60000/1001", "60"))
)  # fmt: skip
#: How far below the measured average a standard rate may lie and still be meant.
_SNAP = Fraction(1, 5000)


def ratio(text: object) -> Fraction | None:
    """ffprobe's "num/den" as a fraction; None for zero, negative and undefined ones."""
    above, _, below = str(text or "").partition("/")
    if not above.isdigit() or not (below or "1").isdigit() or int(below or 1) == 0 or int(above) == 0:
        return None
    return Fraction(int(above), int(below or 1))


def has_variable_frame_rate(
    average: Fraction | None, nominal: Fraction | None, frames: int | None, interlaced: bool
) -> bool:
    """Whether the average differs from the nominal rate by more than rounding.

    Interlaced material is often given a nominal rate of fields, twice that of frames.
    """
    if average is None or nominal is None:
        return False
    candidates = (nominal, nominal / 2) if interlaced else (nominal,)
    slack = max(_RATE_TOLERANCE, _EDGE_FRAMES / frames if frames else Fraction(0))
    return all(abs(average - candidate) > candidate * slack for candidate in candidates)


def standard_rate(average: Fraction) -> Fraction:
    """The least standard rate that shows every frame of a variable rate with this average; 60 at most."""
    return next((rate for rate in STANDARD_RATES if rate >= average * (1 - _SNAP)), STANDARD_RATES[-1])


def halved_until(rate: Fraction, most: Fraction) -> Fraction:
    """`rate` divided by the least whole number that brings it to `most`: dropping every nth frame stays even."""
    divisor = -(-rate // most)
    return rate / max(1, divisor)
