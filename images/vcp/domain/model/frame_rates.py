"""Frame rates as exact fractions."""

from __future__ import annotations

from fractions import Fraction

#: Rounded timestamps make the average and nominal rates of a constant-rate file differ by up to this.
_RATE_TOLERANCE = Fraction(5, 1000)
#: A short clip may miss a frame or so at its ends.
_EDGE_FRAMES = Fraction(3, 2)

#: Rates that players and editors expect. MediaConvert rounds a variable rate up to one of the whole ones (user guide,
#: "Frame rate"); the /1001 ones keep NTSC material at its own speed.
STANDARD_RATES = tuple(
    sorted(Fraction(text) for text in ("1", "5", "10", "15", "24000/1001", "24", "25", "30000/1001", "30", "50",
                                       "60000/1001", "60"))
)  # fmt: skip
#: A standard rate this close below the average is a match.
_MATCH_TOLERANCE = Fraction(1, 5000)


def ratio(text: object) -> Fraction | None:
    """Parse ffprobe's "num/den"; None for zero, negative and undefined ratios."""
    numerator, _, denominator = str(text or "").partition("/")
    denominator = denominator or "1"
    if not numerator.isdigit() or not denominator.isdigit() or int(numerator) == 0 or int(denominator) == 0:
        return None
    return Fraction(int(numerator), int(denominator))


def has_variable_frame_rate(
    average: Fraction | None, nominal: Fraction | None, frames: int | None, interlaced: bool
) -> bool:
    """Return whether the average differs from the nominal rate by more than rounding.

    The nominal rate of interlaced video is often the field rate, twice the frame rate.
    """
    if average is None or nominal is None:
        return False
    candidates = (nominal, nominal / 2) if interlaced else (nominal,)
    tolerance = max(_RATE_TOLERANCE, _EDGE_FRAMES / frames if frames else Fraction(0))
    return all(abs(average - candidate) > candidate * tolerance for candidate in candidates)


def standard_rate(average: Fraction) -> Fraction:
    """Return the lowest standard rate at or above the average of a variable rate; at most 60."""
    return next((rate for rate in STANDARD_RATES if rate >= average * (1 - _MATCH_TOLERANCE)), STANDARD_RATES[-1])


def divide_to_maximum(rate: Fraction, maximum: Fraction) -> Fraction:
    """Divide `rate` by the lowest whole number that brings it to `maximum`: frames are then dropped evenly."""
    divisor = -(-rate // maximum)
    return rate / max(1, divisor)
