"""The division of the size limit; figures measured on real files bound the estimates from below."""

from __future__ import annotations

import pytest

from tests.unit.domain.samples import TABLES, sound
from vcp.domain.planning import size_budget
from vcp.domain.planning.audio_tracks import plan_track

#: Frame rate, audio tracks of 44.1 kHz -> bytes without samples of a minute's MP4 (ffmpeg 9.0, libx264 with
#: three B-frames, `-movflags +faststart`, 320x180).
MEASURED = {(60, 1): 98_709, (30, 2): 71_995, (60, 6): 204_926, (24, 0): 17_813}
#: A file above 4 GB needs 4 more bytes for each chunk offset; there is at most one chunk per frame.
WIDER_OFFSET_BYTES = 4


@pytest.mark.parametrize(("rate", "tracks"), MEASURED)
def test_the_container_estimate_is_above_the_measured_size_but_not_far(rate: int, tracks: int) -> None:
    audio = [plan_track(sound(number, sample_rate_hz=44_100), TABLES.audio, tier=0) for number in range(1, tracks + 1)]
    frames = 60 * rate + tracks * (60 * 44_100 // 1024)
    measured = MEASURED[rate, tracks]
    estimate = size_budget.container_bytes(60, rate, audio, TABLES) - TABLES.container.fixed_bytes
    assert measured + WIDER_OFFSET_BYTES * frames * (tracks > 0) <= estimate
    hours = 10 * 60
    per_minute = size_budget.container_bytes(60 * hours, rate, audio, TABLES) / hours
    assert per_minute < 2.2 * measured


def test_the_shares_add_up_to_the_limit() -> None:
    audio = [plan_track(sound(), TABLES.audio, tier=0)]
    budget = size_budget.divide(5_000_000_000, 3601, 25, audio, TABLES)
    shares = budget.video_bytes + budget.audio_bytes + budget.container_bytes + budget.margin_bytes
    assert shares == budget.limit_bytes == 5_000_000_000
    assert budget.audio_bytes == pytest.approx(192_000 / 8 * 3601 * 1.03, abs=1)
    assert size_budget.planned_max_bytes(budget) == 5_000_000_000 - budget.margin_bytes + budget.margin_bytes // 2


def test_the_maximum_duration_just_fits() -> None:
    audio = [plan_track(sound(number), TABLES.audio, tier=2) for number in (1, 2)]
    longest = size_budget.max_duration_seconds(5_000_000_000, 1_200_000, 30, audio, TABLES)
    for seconds, fits in ((longest * 0.9999, True), (longest * 1.0001, False)):
        lasts = size_budget.seconds_of_output(seconds, TABLES)
        budget = size_budget.divide(5_000_000_000, lasts, 30, audio, TABLES)
        assert (size_budget.video_bps(budget, lasts) >= 1_200_000) is fits


def test_no_duration_fits_if_the_audio_alone_is_too_large() -> None:
    audio = [plan_track(sound(number, channels=6), TABLES.audio, tier=0) for number in range(1, 40)]
    assert size_budget.max_duration_seconds(1_000_000, 1_200_000, 30, audio, TABLES) == 0


def test_half_of_an_odd_margin_is_whole_bytes() -> None:
    budget = size_budget.divide(5_000_000_000, 3601, 25, (), TABLES).but(margin_bytes=32_769)
    planned = size_budget.planned_max_bytes(budget)
    assert planned == budget.video_bytes + budget.container_bytes + 16_384
    assert isinstance(planned, int)
