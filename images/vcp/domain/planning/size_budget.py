"""Divide the size limit: audio, container and margin first, the rest goes to the video."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from vcp.domain.model.encoder_tables import EncoderTables
from vcp.domain.planning.plan import AudioPlan, SizeBudget


def seconds_of_output(duration_seconds: float, tables: EncoderTables) -> float:
    """Return the maximum duration of the output: rounding and padding may extend the longest track."""
    return duration_seconds + tables.container.tail_seconds


def divide(
    limit_bytes: int, seconds: float, frames_per_second: float, audio: Sequence[AudioPlan], tables: EncoderTables
) -> SizeBudget:
    """Divide `limit_bytes` over `seconds` of output; `video_bytes` is negative if nothing is left for the video."""
    margin = max(ceil(limit_bytes * tables.container.margin_fraction), tables.container.min_margin_bytes)
    all_audio = sum(audio_bytes(track, seconds, tables) for track in audio)
    container = container_bytes(seconds, frames_per_second, audio, tables)
    return SizeBudget(
        limit_bytes=limit_bytes,
        video_bytes=limit_bytes - all_audio - container - margin,
        audio_bytes=all_audio,
        container_bytes=container,
        margin_bytes=margin,
    )


def audio_bytes(track: AudioPlan, seconds: float, tables: EncoderTables) -> int:
    return ceil(track.bitrate_bps * seconds / 8 * (1 + tables.audio.overshoot_fraction))


def container_bytes(seconds: float, frames_per_second: float, audio: Sequence[AudioPlan], tables: EncoderTables) -> int:
    """Return the size of an MP4 without its samples; it grows with every video and audio frame."""
    rules = tables.container
    audio_frames = sum(ceil(seconds * track.sample_rate_hz / tables.audio.samples_per_frame) for track in audio)
    return (
        rules.fixed_bytes
        + rules.bytes_per_track * (1 + len(audio))
        + ceil(ceil(seconds * frames_per_second) * rules.bytes_per_video_frame)
        + ceil(audio_frames * rules.bytes_per_audio_frame)
    )


def video_bps(budget: SizeBudget, seconds: float) -> float:
    """Return the average bit rate that the video's share allows; zero or negative if it has none."""
    return budget.video_bytes * 8 / seconds


def planned_max_bytes(budget: SizeBudget) -> int:
    """Return the maximum size of the result: all shares, and half of the margin for the encoder's inaccuracy."""
    return budget.video_bytes + budget.audio_bytes + budget.container_bytes + budget.margin_bytes // 2


def max_duration_seconds(
    limit_bytes: int,
    bits_per_second: float,
    frames_per_second: float,
    audio: Sequence[AudioPlan],
    tables: EncoderTables,
) -> float:
    """Return the longest source for which the video still gets `bits_per_second`; 0 if none does.

    Every share grows linearly with the duration.
    """
    at_zero = divide(limit_bytes, 0, frames_per_second, audio, tables).video_bytes
    hour = 3600.0
    at_hour = divide(limit_bytes, hour, frames_per_second, audio, tables).video_bytes
    per_second = (at_zero - at_hour) / hour + bits_per_second / 8
    return max(0.0, at_zero / per_second - tables.container.tail_seconds)
