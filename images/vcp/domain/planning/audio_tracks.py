"""One output audio track out of every source track: channels, bit rate, sample rate, language."""

from __future__ import annotations

from vcp.domain.errors import Rejection
from vcp.domain.model.encoder_tables import AudioTables, CodingMode
from vcp.domain.model.languages import read_language
from vcp.domain.model.media import AudioTrack
from vcp.domain.planning.plan import AudioPlan, Reason
from vcp.domain.text import wording

CHANNELS: dict[CodingMode, int] = {"CODING_MODE_1_0": 1, "CODING_MODE_2_0": 2, "CODING_MODE_5_1": 6}
NAMES: dict[CodingMode, str] = {"CODING_MODE_1_0": "mono", "CODING_MODE_2_0": "stereo", "CODING_MODE_5_1": "5.1"}
#: Codecs whose rate says nothing about how much sound there is to keep.
_LOSSLESS = ("pcm_", "flac", "alac", "truehd", "mlp", "wavpack")


def bitrate_tiers(tables: AudioTables) -> range:
    """0 is generous; the last is the least that is offered."""
    return range(max(len(rates) for rates in tables.bitrates_bps.values()))


def plan_track(track: AudioTrack, tables: AudioTables, thrift: int) -> AudioPlan:
    """What becomes of a track. Raises `Rejection` (`audio_layout_not_supported`) where no mix can be right."""
    mode = coding_mode(track, tables)
    rates = tables.bitrates_bps[mode]
    keeps_rate = track.sample_rate_hz in tables.sample_rates_hz and track.sample_rate_hz is not None
    return AudioPlan(
        track_number=track.number,
        coding_mode=mode,
        channels=CHANNELS[mode],
        bitrate_bps=_bitrate(track, rates, min(thrift, len(rates) - 1)),
        sample_rate_hz=track.sample_rate_hz if keeps_rate and track.sample_rate_hz else tables.default_sample_rate_hz,
        language=read_language(track.language).code,
    )


def coding_mode(track: AudioTrack, tables: AudioTables) -> CodingMode:
    """Mono stays mono, stereo stereo; three to five channels become stereo, six to eight 5.1.

    Tracks with more channels hold separate stems; nobody but their maker knows which of them make the mix.
    """
    if not 1 <= track.channels <= tables.most_channels:
        how_many = f"{track.channels} channels" if track.channels else "no readable channels"
        raise Rejection(
            "audio_layout_not_supported",
            f"Audio track {track.number} has {how_many}; the result can hold mono, stereo or 5.1. Export the video "
            "with the mix that people should hear and upload that.",
            track.channel_layout or "",
        )
    if track.channels == 1:
        return "CODING_MODE_1_0"
    return "CODING_MODE_2_0" if track.channels < 6 else "CODING_MODE_5_1"


def reason(track: AudioTrack, made: AudioPlan) -> Reason:
    """The decision about one track as people read it."""
    name = NAMES[made.coding_mode]
    value = f"{name}, {wording.bit_rate(made.bitrate_bps)}, {made.sample_rate_hz} Hz, {made.language or 'no language'}"
    why = [f"the source has {track.channels} channel{'s' * (track.channels != 1)} of {wording.codec(track.codec)}"]
    if made.channels != track.channels:
        why.append(f"MP4 with AAC holds mono, stereo or 5.1, so they are mixed to {name}")
    if made.sample_rate_hz != track.sample_rate_hz:
        why.append(f"{track.sample_rate_hz or 'unknown'} Hz is resampled to what every player takes")
    return Reason(what=f"audio track {track.number}", value=value, why="; ".join(why))


def losses(track: AudioTrack, made: AudioPlan) -> list[str]:
    """What the track has and the result will not."""
    lost = []
    if made.channels < track.channels:
        layout = track.channel_layout or f"{track.channels} channels"
        lost.append(f"audio track {track.number}: {layout} is mixed down to {NAMES[made.coding_mode]}")
    if region := read_language(track.language).lost:
        kept = f"; {made.language} is kept" if made.language else ""
        lost.append(f"audio track {track.number}: the language tag {region} is more than MP4 can say{kept}")
    if track.title:
        lost.append(f"audio track {track.number}: its title “{track.title}”")
    return lost


def _bitrate(track: AudioTrack, rates: tuple[int, ...], thrift: int) -> int:
    """The table's rate, but no more than a lossy source itself has: bits cannot bring back what is gone."""
    wanted = rates[thrift]
    if track.bitrate_bps is None or track.codec.startswith(_LOSSLESS):
        return wanted
    enough = [rate for rate in rates if rate >= track.bitrate_bps]
    return min(wanted, *enough) if enough else wanted
