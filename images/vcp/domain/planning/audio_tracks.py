"""Plan one output audio track for every source track: channels, bit rate, sample rate, language."""

from __future__ import annotations

from vcp.domain.model.encoder_tables import AudioTables, CodingMode
from vcp.domain.model.languages import read_language
from vcp.domain.model.media import AudioTrack
from vcp.domain.planning.plan import AudioPlan
from vcp.domain.planning.rejection import PlanRejection

CHANNELS: dict[CodingMode, int] = {"CODING_MODE_1_0": 1, "CODING_MODE_2_0": 2, "CODING_MODE_5_1": 6}
#: The bit rate of a lossless codec does not limit that of its encode.
_LOSSLESS = ("pcm_", "flac", "alac", "truehd", "mlp", "wavpack")


def bitrate_tiers(tables: AudioTables) -> range:
    """Return the tiers from the highest bit rates (0) to the lowest."""
    return range(max(len(rates) for rates in tables.bitrates_bps.values()))


def plan_track(track: AudioTrack, tables: AudioTables, tier: int) -> AudioPlan:
    """Return the plan for one track. Raises `PlanRejection` (`audio_layout_not_supported`)."""
    mode = coding_mode(track, tables)
    rates = tables.bitrates_bps[mode]
    keeps_rate = track.sample_rate_hz in tables.sample_rates_hz and track.sample_rate_hz is not None
    return AudioPlan(
        track_number=track.number,
        coding_mode=mode,
        channels=CHANNELS[mode],
        bitrate_bps=_bitrate(track, rates, min(tier, len(rates) - 1)),
        sample_rate_hz=track.sample_rate_hz if keeps_rate and track.sample_rate_hz else tables.default_sample_rate_hz,
        language=read_language(track.language).code,
    )


def coding_mode(track: AudioTrack, tables: AudioTables) -> CodingMode:
    """Keep mono and stereo, mix three to five channels down to stereo, and six to eight to 5.1.

    Tracks with more channels hold separate stems: only their author knows the mix.
    """
    if not 1 <= track.channels <= tables.max_channels:
        raise PlanRejection(
            "audio_layout_not_supported", track=track.number, channels=track.channels, layout=track.channel_layout
        )
    if track.channels == 1:
        return "CODING_MODE_1_0"
    return "CODING_MODE_2_0" if track.channels < 6 else "CODING_MODE_5_1"


def _bitrate(track: AudioTrack, rates: tuple[int, ...], tier: int) -> int:
    """Return the tier's rate, but no more than a lossy source needs: a higher rate cannot restore what is lost."""
    rate = rates[tier]
    if track.bitrate_bps is None or track.codec.startswith(_LOSSLESS):
        return rate
    return min([rate, *(each for each in rates if each >= track.bitrate_bps)])
