"""Bit rates of audio tracks at the edges of the table."""

from __future__ import annotations

import pytest

from tests.unit.domain.samples import TABLES, sound
from vcp.domain.planning.audio_tracks import bitrate_tiers, plan_track


def test_a_mode_with_fewer_tiers_stays_at_its_lowest() -> None:
    rates = {**TABLES.audio.bitrates_bps, "CODING_MODE_1_0": (128_000,)}
    tables = TABLES.audio.but(bitrates_bps=rates)
    given = [plan_track(sound(channels=1), tables, tier).bitrate_bps for tier in bitrate_tiers(tables)]
    assert given == [128_000, 128_000, 128_000]


@pytest.mark.parametrize(
    ("own", "planned"),
    [(64_000, 128_000), (128_000, 128_000), (128_001, 160_000), (192_000, 192_000), (320_000, 192_000)],
)
def test_a_track_gets_the_lowest_sufficient_rate(own: int, planned: int) -> None:
    assert plan_track(sound(bitrate_bps=own), TABLES.audio, 0).bitrate_bps == planned
