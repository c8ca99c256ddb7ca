"""The errors of this package, as one tree."""

# ruff: noqa: N818 (named after what happened)

from __future__ import annotations

import json
from typing import Any


class RenderingError(Exception):
    """Root of this package's errors."""


class ToolMissing(RenderingError):
    """ffmpeg or ffprobe is not where its package should have installed it."""


class UnsupportedSetting(RenderingError):
    """A setting that is not rendered. No setting is ever ignored: the whole job is rejected.

    `path` is the JSON path in the job settings, `value` the value there, `why` a sentence for people.
    """

    def __init__(self, path: str, value: Any, why: str = "this setting is not rendered") -> None:
        self.path = path
        self.value = value
        self.why = why
        super().__init__(f"{path} = {json.dumps(value, default=str)}: {why}")


class InputMismatch(RenderingError):
    """The settings are valid, but this input cannot be rendered with them."""


class NoVideoTrack(InputMismatch):
    """The output has a video description and the input has no video."""


class MissingAudioTrack(InputMismatch):
    """An audio selector names a track number that the input does not have."""

    def __init__(self, selector: str, track: int, available: int) -> None:
        self.selector = selector
        self.track = track
        self.available = available
        super().__init__(f"selector [{selector}] asks for audio track {track}, the input has {available}")


class UnusableInput(InputMismatch):
    """A property of the input that the settings cannot be applied to (rotation, channel layout, chroma)."""


class ProbeFailed(RenderingError):
    """ffprobe could not read the file; `detail` is its message."""

    def __init__(self, path: str, detail: str) -> None:
        self.path = path
        self.detail = detail
        super().__init__(f"cannot read {path}: {detail}")


class EncodeFailed(RenderingError):
    """ffmpeg ended with an error; `stderr_tail` holds its last lines."""

    def __init__(self, pass_name: str, return_code: int, stderr_tail: str) -> None:
        self.pass_name = pass_name
        self.return_code = return_code
        self.stderr_tail = stderr_tail
        super().__init__(f"pass {pass_name} ended with {return_code}: {stderr_tail}")


class EncodeStopped(RenderingError):
    """The caller asked to stop; the process group has ended and its output must not be used."""
