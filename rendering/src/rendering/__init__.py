"""MediaConvert job settings rendered as ffmpeg commands.

`parse` checks settings alone, `render` turns settings and inputs into passes, `run` runs them::

    rendered = render(settings, [ResolvedInput.of(Path("in.mov"))], Path("out/video"))
    run(rendered, on_progress=lambda percent, frames: None, should_stop=lambda: False)

A setting that is not rendered raises `UnsupportedSetting` with its JSON path.
"""

from rendering.errors import (
    EncodeFailed,
    EncodeStopped,
    InputMismatch,
    MissingAudioTrack,
    NoVideoTrack,
    ProbeFailed,
    RenderingError,
    ToolMissing,
    UnsupportedSetting,
    UnusableInput,
)
from rendering.job import RenderedJob, RenderedOutput, render
from rendering.parse import parse
from rendering.runner import PassResult, RunResult, run, run_pass, video_bytes
from rendering.source import ResolvedInput, ResolvedInputs, Source, describe, probe
from rendering.tables import crf_for, level_for
from rendering.tools import ffmpeg_path, ffprobe_path

__all__ = [
    "EncodeFailed",
    "EncodeStopped",
    "InputMismatch",
    "MissingAudioTrack",
    "NoVideoTrack",
    "PassResult",
    "ProbeFailed",
    "RenderedJob",
    "RenderedOutput",
    "RenderingError",
    "ResolvedInput",
    "ResolvedInputs",
    "RunResult",
    "Source",
    "ToolMissing",
    "UnsupportedSetting",
    "UnusableInput",
    "crf_for",
    "describe",
    "ffmpeg_path",
    "ffprobe_path",
    "level_for",
    "parse",
    "probe",
    "render",
    "run",
    "run_pass",
    "video_bytes",
]
