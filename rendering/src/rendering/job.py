"""Turn job settings and inputs into the ffmpeg passes of every output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rendering.audio import RenderedAudio, render_audio
from rendering.errors import InputMismatch, NoVideoTrack, RenderingError
from rendering.filters import output_rate, padding_ms, video_chain
from rendering.geometry import plan_geometry
from rendering.metrics import MetricsReport, metrics_pass
from rendering.parse import parse
from rendering.passes import EncodePass, RateCap
from rendering.source import ResolvedInputs, Source, describe
from rendering.spec import InputSpec, JobSpec, Mp4Spec, OutputSpec, VideoSpec
from rendering.tables import table
from rendering.tools import ffmpeg_path
from rendering.x264 import buffer_options, encoder_options


@dataclass(frozen=True)
class RenderedOutput:
    """One output file. `path` is the local file; `suffix` is what the service appends to the base name."""

    path: Path
    group: int
    name_modifier: str
    extension: str
    container: str
    quality_level: float | None
    silent_tracks: tuple[int, ...]
    audio_inserted_ms: tuple[int, ...]
    metrics: MetricsReport | None

    @property
    def suffix(self) -> str:
        return f"{self.name_modifier}.{self.extension}"


@dataclass(frozen=True)
class RenderedJob:
    """The passes to run, in order, and their outputs."""

    spec: JobSpec
    passes: tuple[EncodePass, ...]
    outputs: tuple[RenderedOutput, ...]
    duration: float
    #: Black frames that PadVideo adds to each output, in milliseconds.
    padding_ms: int


def render(settings: Mapping[str, Any], inputs: ResolvedInputs, output_base: Path) -> RenderedJob:
    """Render MediaConvert job settings as ffmpeg commands.

    Args:
        settings: CreateJob's `Settings`, complete (presets merged in), member names as in the SDK.
        inputs: the job's inputs as local files, in order.
        output_base: directory and base name; outputs add their name modifier and extension.

    Raises:
        UnsupportedSetting: a setting is not rendered; names its JSON path.
        InputMismatch: the input lacks what the settings require.
    """
    spec = parse(settings)
    if len(inputs) != len(spec.inputs):
        raise InputMismatch(f"{len(spec.inputs)} inputs in the settings, {len(inputs)} resolved")
    source = describe(inputs[0])
    passes: list[EncodePass] = []
    outputs: list[RenderedOutput] = []
    for number, group in enumerate(spec.groups):
        for output in group.outputs:
            path = output_base.parent / f"{output_base.name}{output.name_modifier}.{output.extension}"
            if any(path == other.path for other in outputs):
                raise RenderingError(f"two outputs would both be written to {path.name}")
            rendered, commands = _render_output(spec.inputs[0], output, number, source, path)
            outputs.append(rendered)
            passes += commands
    return RenderedJob(spec, tuple(passes), tuple(outputs), source.duration, padding_ms(source, spec.inputs[0]))


def _render_output(
    spec: InputSpec, output: OutputSpec, group: int, source: Source, path: Path
) -> tuple[RenderedOutput, list[EncodePass]]:
    tracks = [render_audio(index, audio, spec, source, output.container) for index, audio in enumerate(output.audio)]
    if not tracks and output.video is None:
        raise InputMismatch(f"{output.path} has neither video nor audio")
    chain = _picture(spec, output.video, source) if output.video else None
    passes = _passes(output, source, chain, tracks, path)
    report = None
    if output.video and output.video.codec.metrics and chain and source.video:
        report, metrics = metrics_pass(
            output.video.codec.metrics, source.path, source.video.index, chain, path, source.duration
        )
        passes.append(metrics)
    rendered = RenderedOutput(
        path=path,
        group=group,
        name_modifier=output.name_modifier,
        extension=output.extension,
        container="MP4",
        quality_level=output.video.codec.rate.quality_level if output.video else None,
        silent_tracks=tuple(number for number, track in enumerate(tracks) if track.silent),
        audio_inserted_ms=tuple(track.inserted_ms for track in tracks),
        metrics=report,
    )
    return rendered, passes


def _picture(spec: InputSpec, video: VideoSpec, source: Source) -> list[str]:
    if source.video is None:
        raise NoVideoTrack("the output has a video description and the input has no video track")
    plan = plan_geometry(source.video, video, spec.rotate)
    return video_chain(source, source.video, spec, video, plan)


def _passes(
    output: OutputSpec, source: Source, chain: list[str] | None, tracks: Sequence[RenderedAudio], path: Path
) -> list[EncodePass]:
    """Return the encode; with a cap on the average rate, also passes that run only while it is exceeded."""
    before = [ffmpeg_path(), "-hide_banner", "-nostdin", "-y", "-loglevel", "info", "-nostats"]
    before += ["-progress", "pipe:1", "-stats_period", "0.25", "-protocol_whitelist", "file"]
    before += ["-display_rotation:v", "0"] if source.video else []
    before += ["-i", f"file:{source.path}", *_graph(source, chain, tracks)]
    after = [*_audio_options(tracks), *_container_options(output.container), f"file:{path}"]
    if output.video is None or source.video is None:
        return [EncodePass(f"{path.name}: audio", tuple(before + after), source.duration, path)]
    codec = output.video.codec
    common = encoder_options(codec, output_rate(source.video, output.video)) + buffer_options(codec)
    log = path.with_name(f".{path.name}.passes")

    def encode(name: str, control: list[str], cap: RateCap | None = None) -> EncodePass:
        return EncodePass(f"{path.name}: {name}", (*before, *common, *control, *after), source.duration, path, cap)

    rate = codec.rate
    logged = ["-passlogfile", str(log)]
    if rate.crf is None and rate.passes == 2:
        target = ["-b:v", str(rate.bitrate)]
        return [
            encode("first pass", [*target, "-pass", "1", *logged]),
            encode("second pass", [*target, "-pass", "2", *logged]),
        ]
    if rate.crf is None:
        return [encode("one pass", ["-b:v", str(rate.bitrate)])]
    quality = ["-crf", f"{rate.crf:g}"]
    if not rate.max_average_bitrate:
        return [encode("constant quality", quality)]
    # The first pass is a full encode at the requested quality: content below the cap is finished after it and never
    # inflated to reach the cap. Its statistics let a second pass distribute the capped rate.
    first = encode("constant quality", [*quality, "-pass", "1", "-fastfirstpass", "0", *logged])
    capped = [
        encode(
            f"capped at {aim:.1%} of the average",
            ["-b:v", str(round(rate.max_average_bitrate * aim)), "-pass", "2", *logged],
            RateCap(rate.max_average_bitrate),
        )
        for aim in table("x264")["cap_aims"]
    ]
    return [first, *capped]


def _graph(source: Source, chain: list[str] | None, tracks: Sequence[RenderedAudio]) -> list[str]:
    graphs = [f"[0:{source.video.index}]{','.join(chain)}[v]"] if chain and source.video else []
    graphs += [track.graph for track in tracks]
    mapped = ["-map", "[v]"] if chain else []
    for track in tracks:
        mapped += ["-map", f"[{track.label}]"]
    # The service drops titles, chapters and rotation.
    return ["-filter_complex", ";".join(graphs), *mapped, "-map_metadata", "-1", "-map_chapters", "-1"]


def _audio_options(tracks: Sequence[RenderedAudio]) -> list[str]:
    options: list[str] = []
    for index, track in enumerate(tracks):
        options += [*track.options, f"-metadata:s:a:{index}", f"language={track.language or 'und'}"]
    return options


def _container_options(container: Mp4Spec) -> list[str]:
    flags = "+faststart" if container.fast_start else ""
    flags += "+negative_cts_offsets" if container.negative_composition_offsets else ""
    options = ["-movflags", flags] if flags else []
    options += ["-brand", container.major_brand] if container.major_brand else []
    return [*options, "-f", "mp4"]
