"""Audio: which source tracks become which output track, in sync with the video."""

from __future__ import annotations

from dataclasses import dataclass

from rendering.errors import MissingAudioTrack, UnusableInput
from rendering.source import AudioTrack, Source
from rendering.spec import AudioSelectorSpec, AudioSpec, InputSpec, Mp4Spec

#: Channel counts of AAC outputs and their layouts (AAC support table of the user guide).
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
#: Channels of a layout in order.
CHANNELS = {1: ("FC",), 2: ("FL", "FR"), 6: ("FL", "FR", "FC", "LFE", "BL", "BR")}


@dataclass(frozen=True)
class RenderedAudio:
    """One output track: its filter graph (which ends in the label), encoder options and language."""

    graph: str
    label: str
    options: tuple[str, ...]
    language: str | None
    silent: bool
    #: Silence inserted before a track that starts late, in milliseconds.
    inserted_ms: int


def render_audio(index: int, audio: AudioSpec, spec: InputSpec, source: Source, container: Mp4Spec) -> RenderedAudio:
    """Return filters and options of output track `index` (from 0).

    Raises:
        MissingAudioTrack: a selector names a track number that the input lacks.
        UnusableInput: the channel count has no AAC layout.
    """
    selector = _selector(audio, spec)
    tracks = _tracks(selector, source) if selector else ()
    label, offset = f"a{index}", selector.offset_ms if selector else 0
    channels = audio.channels or _source_channels(tracks)
    if channels not in LAYOUTS:
        raise UnusableInput(f"{channels} channels have no AAC coding mode: choose one of 1.0, 2.0 and 5.1")
    form = f"aformat=sample_fmts=fltp:sample_rates={audio.sample_rate}:channel_layouts={LAYOUTS[channels]}"
    end = _video_end(source)
    if tracks:
        steps = [*_synchronized(offset), form]
        if container.match_video_duration and end:
            steps += [f"apad=whole_dur={end:.6f}", f"atrim=end={end:.6f}"]
        graph = _merged(tracks, channels, label) + ",".join(steps) + f"[{label}]"
    else:
        length = end or source.duration
        graph = f"anullsrc=r={audio.sample_rate}:cl={LAYOUTS[channels]}:d={length:.6f},{form}[{label}]"
    return RenderedAudio(
        graph,
        label,
        _encoder(index, audio),
        _language(audio, tracks),
        silent=not tracks,
        inserted_ms=round(max(0.0, tracks[0].start + offset / 1000) * 1000) if tracks else 0,
    )


def _selector(audio: AudioSpec, spec: InputSpec) -> AudioSelectorSpec | None:
    """Return the named selector, else the default one, else None, for silence (API reference, AudioSourceName)."""
    named = spec.audio.get(audio.selector)
    if named is not None:
        return named
    return next((one for one in spec.audio.values() if one.is_default), None)


def _tracks(selector: AudioSelectorSpec, source: Source) -> tuple[AudioTrack, ...]:
    if not selector.tracks and selector.language is None:
        return source.audio[:1]
    if selector.language is not None:
        matching = [track for track in source.audio if track.language == selector.language]
        return tuple(matching[:1])
    for number in selector.tracks:
        if number > len(source.audio):
            raise MissingAudioTrack(selector.name, number, len(source.audio))
    return tuple(source.audio[number - 1] for number in selector.tracks)


def _source_channels(tracks: tuple[AudioTrack, ...]) -> int:
    return sum(track.channels for track in tracks) or 2


def _merged(tracks: tuple[AudioTrack, ...], channels: int, label: str) -> str:
    """Merge several tracks of one selector into one track: their channels in order, one to one.

    Raises:
        UnusableInput: the channel counts differ; RemixSettings, which say how to mix, are not rendered.
    """
    if len(tracks) == 1:
        return f"[0:{tracks[0].index}]"
    total = sum(track.channels for track in tracks)
    if total != channels:
        raise UnusableInput(f"{len(tracks)} tracks have {total} channels, the output has {channels}: not one to one")
    aligned = "".join(f"[0:{track.index}]aresample=async=1:first_pts=0[{label}m{track.number}];" for track in tracks)
    sources = [f"{number}.{channel}" for number, track in enumerate(tracks) for channel in range(track.channels)]
    places = "|".join(f"{source}-{name}" for source, name in zip(sources, CHANNELS[channels], strict=True))
    pads = "".join(f"[{label}m{track.number}]" for track in tracks)
    return f"{aligned}{pads}join=inputs={len(tracks)}:channel_layout={LAYOUTS[channels]}:map={places},"


def _synchronized(offset_ms: int) -> list[str]:
    """Start at time zero: a late start and gaps of at least 100 ms are filled with silence."""
    shift = [f"asetpts=PTS+({offset_ms / 1000:.3f}/TB)"] if offset_ms else []
    return [*shift, "aresample=async=1:first_pts=0"]


def _video_end(source: Source) -> float | None:
    return source.video.start + source.video.duration if source.video else None


def _encoder(index: int, audio: AudioSpec) -> tuple[str, ...]:
    rate = ("-q:a", str(audio.quality)) if audio.quality is not None else ("-b:a", str(audio.bitrate))
    return (f"-c:a:{index}", "aac", f"{rate[0]}:{index}", rate[1])


def _language(audio: AudioSpec, tracks: tuple[AudioTrack, ...]) -> str | None:
    followed = next((track.language for track in tracks if track.language), None) if audio.follow_language else None
    return followed or audio.language
