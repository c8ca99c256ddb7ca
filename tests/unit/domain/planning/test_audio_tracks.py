"""What becomes of a track, at the edges of the table of rates."""

from __future__ import annotations

import pytest

from tests.unit.domain.worlds import TABLES, sound
from vcp.domain.planning.audio_tracks import bitrate_tiers, plan_track


def test_a_kind_with_fewer_rates_than_others_gives_its_least() -> None:
    rates = {**TABLES.audio.bitrates_bps, "CODING_MODE_1_0": (128_000,)}
    tables = TABLES.audio.but(bitrates_bps=rates)
    given = [plan_track(sound(channels=1), tables, thrift).bitrate_bps for thrift in bitrate_tiers(tables)]
    assert given == [128_000, 128_000, 128_000]


@pytest.mark.parametrize(
    ("own", "planned"),
    [(64_000, 128_000), (128_000, 128_000), (128_001, 160_000), (192_000, 192_000), (320_000, 192_000)],
)
def test_a_track_gets_the_least_rate_that_holds_what_it_has(own: int, planned: int) -> None:
    assert plan_track(sound(bitrate_bps=own), TABLES.audio, 0).bitrate_bps == planned
