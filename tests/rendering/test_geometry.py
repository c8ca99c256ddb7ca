"""Sizes, rotation and frame rates as in the service's user guide."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from rendering import UnusableInput, parse
from rendering.filters import output_rate
from rendering.geometry import plan_geometry
from rendering.source import VideoTrack
from rendering.spec import VideoSpec
from tests.rendering.media import job_settings, output

FULL_HD = VideoTrack(
    index=0,
    codec="h264",
    width=1920,
    height=1080,
    sample_aspect=Fraction(1),
    frame_rate=Fraction(30),
    variable_rate=False,
    interlaced=False,
    rotation=0.0,
    pixel_format="yuv420p",
    transfer=None,
    primaries=None,
    matrix=None,
    full_range=False,
    start=0.0,
    duration=10.0,
)


def video(h264: dict[str, Any] | None = None, **description: Any) -> VideoSpec:
    settings = job_settings(**(h264 or {}))
    output(settings)["VideoDescription"].update(description)
    spec = parse(settings).groups[0].outputs[0].video
    assert spec is not None
    return spec


@pytest.mark.parametrize(
    ("source", "asked", "picture", "frame"),
    [
        ((1920, 1080), {}, (1920, 1080), (1920, 1080)),
        ((1921, 1081), {}, (1920, 1080), (1920, 1080)),
        ((1920, 1080), {"Height": 720}, (1280, 720), (1280, 720)),
        ((1920, 1080), {"Width": 1280}, (1280, 720), (1280, 720)),
        ((1080, 1920), {"Width": 720}, (720, 1280), (720, 1280)),
        ((1440, 1080), {"Width": 1280, "Height": 720}, (960, 720), (1280, 720)),
        ((1440, 1080), {"Width": 1280, "Height": 720, "ScalingBehavior": "FIT"}, (960, 720), (960, 720)),
        ((640, 480), {"Width": 1280, "Height": 720, "ScalingBehavior": "FIT_NO_UPSCALE"}, (640, 480), (640, 480)),
        ((1440, 1080), {"Width": 1280, "Height": 720, "ScalingBehavior": "FILL"}, (1280, 960), (1280, 720)),
        ((640, 480), {"Width": 1280, "Height": 720, "ScalingBehavior": "STRETCH_TO_OUTPUT"}, (1280, 720), (1280, 720)),
    ],
)
def test_sizes(
    source: tuple[int, int], asked: dict[str, Any], picture: tuple[int, int], frame: tuple[int, int]
) -> None:
    track = replace(FULL_HD, width=source[0], height=source[1])
    plan = plan_geometry(track, video(**asked), rotate=0)
    assert (plan.picture, plan.frame) == (picture, frame)


def test_size_applies_after_rotation() -> None:
    phone = replace(FULL_HD, rotation=90.0)
    plan = plan_geometry(phone, video(Width=720), rotate=None)
    assert (plan.rotation, plan.frame) == (90, (720, 1280))


@pytest.mark.parametrize(("metadata", "turn"), [(0.0, 0), (89.5, 90), (180.0, 180), (270.9, 270), (359.2, 0)])
def test_applies_rotation_metadata_within_a_degree(metadata: float, turn: int) -> None:
    assert plan_geometry(replace(FULL_HD, rotation=metadata), video(), rotate=None).rotation == turn


def test_rejects_a_slanted_rotation() -> None:
    with pytest.raises(UnusableInput, match="45"):
        plan_geometry(replace(FULL_HD, rotation=45.0), video(), rotate=None)


def test_anamorphic_pixels_become_square_when_requested() -> None:
    dvd = replace(FULL_HD, width=720, height=576, sample_aspect=Fraction(64, 45))
    square = {"ParControl": "SPECIFIED", "ParNumerator": 1, "ParDenominator": 1}
    plan = plan_geometry(dvd, video(square, Height=576), rotate=0)
    assert (plan.frame, plan.pixel_aspect) == ((1024, 576), Fraction(1))


def test_keeps_anamorphic_pixels_otherwise() -> None:
    dvd = replace(FULL_HD, width=720, height=576, sample_aspect=Fraction(64, 45))
    plan = plan_geometry(dvd, video(), rotate=0)
    assert (plan.frame, plan.picture, plan.pixel_aspect) == ((720, 576), (720, 576), Fraction(64, 45))


@pytest.mark.parametrize(
    ("average", "rate"), [("29.87", 30), ("24.1", 30), ("23.9", 24), ("12", 15), ("0.5", 1), ("59.5", 60), ("75", 60)]
)
def test_rounds_a_variable_rate_up_to_a_constant_one(average: str, rate: int) -> None:
    track = replace(FULL_HD, variable_rate=True, frame_rate=Fraction(average))
    assert output_rate(track, video()) == rate


def test_keeps_a_constant_rate_exactly() -> None:
    assert output_rate(replace(FULL_HD, frame_rate=Fraction(24000, 1001)), video()) == Fraction(24000, 1001)


def test_specified_rate_overrides_the_source() -> None:
    asked = {"FramerateControl": "SPECIFIED", "FramerateNumerator": 25, "FramerateDenominator": 1}
    assert output_rate(FULL_HD, video(asked)) == 25
