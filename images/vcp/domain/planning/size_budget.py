"""How the size limit is divided: sound, tables and margin first, the rest is the picture's."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from vcp.domain.model.encoder_tables import EncoderTables
from vcp.domain.planning.plan import AudioPlan, SizeBudget


def seconds_of_output(duration_seconds: float, tables: EncoderTables) -> float:
    """How long the output may get at most: the longest track and the tail that rounding and padding add."""
    return duration_seconds + tables.container.tail_seconds


def divide(
    limit_bytes: int, seconds: float, frames_per_second: float, audio: Sequence[AudioPlan], tables: EncoderTables
) -> SizeBudget:
    """Divide `limit_bytes` over `seconds` of output; `video_bytes` may come out negative when nothing is left."""
    margin = max(ceil(limit_bytes * tables.container.margin_fraction), tables.container.least_margin_bytes)
    sound = sum(audio_bytes(track, seconds, tables) for track in audio)
    around = container_bytes(seconds, frames_per_second, audio, tables)
    return SizeBudget(
        limit_bytes=limit_bytes,
        video_bytes=limit_bytes - sound - around - margin,
        audio_bytes=sound,
        container_bytes=around,
        margin_bytes=margin,
    )


def audio_bytes(track: AudioPlan, seconds: float, tables: EncoderTables) -> int:
    return ceil(track.bitrate_bps * seconds / 8 * (1 + tables.audio.overshoot_fraction))


def container_bytes(seconds: float, frames_per_second: float, audio: Sequence[AudioPlan], tables: EncoderTables) -> int:
    """Size of an MP4's tables: they grow with every video frame and with every audio frame of every track."""
    rules = tables.container
    audio_frames = sum(ceil(seconds * track.sample_rate_hz / tables.audio.samples_per_frame) for track in audio)
    return (
        rules.fixed_bytes
        + rules.bytes_per_track * (1 + len(audio))
        + ceil(ceil(seconds * frames_per_second) * rules.bytes_per_video_frame)
        + ceil(audio_frames * rules.bytes_per_audio_frame)
    )


def video_bps(budget: SizeBudget, seconds: float) -> float:
    """The average rate that the picture's share allows; zero or less when there is none."""
    return budget.video_bytes * 8 / seconds


def planned_max_bytes(budget: SizeBudget) -> int:
    """What the result may weigh at most: all shares and half of the margin, for the encoder's own imprecision."""
    return budget.video_bytes + budget.audio_bytes + budget.container_bytes + budget.margin_bytes // 2


def longest_that_fits(
    limit_bytes: int,
    bits_per_second: float,
    frames_per_second: float,
    audio: Sequence[AudioPlan],
    tables: EncoderTables,
) -> float:
    """Seconds of source at which the picture still gets `bits_per_second`; 0 if none. Every share grows linearly."""
    at_zero = divide(limit_bytes, 0, frames_per_second, audio, tables).video_bytes
    hour = 3600.0
    at_hour = divide(limit_bytes, hour, frames_per_second, audio, tables).video_bytes
    per_second = (at_zero - at_hour) / hour + bits_per_second / 8
    return max(0.0, at_zero / per_second - tables.container.tail_seconds)
