"""Run ffprobe in a sandbox against a remote object.

It reads from a loopback server that serves the object's ranges, knows no other address and no secret, may use only
demuxers that open no other file, and has limits on time, memory, open files and bytes.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from vcp.adapters.probe.not_media import certain_rejection, is_text, rejection_after_probe, structural_rejection
from vcp.adapters.probe.range_server import serving
from vcp.domain.errors import PermanentError, Rejection, RetryableError
from vcp.domain.model.media import MediaFacts
from vcp.domain.source.ffprobe import media_facts
from vcp.ports.storage import ByteRanges

#: Demuxers of ffmpeg that read one file: video and sound. Excluded are devices, and those that open other resources
#: (hls, dash, concat, sdp, rtsp, imf, image2).
#: (mov follows its external tracks only with `enable_drefs`, which is off.)
DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,vc1,mxf,gxf,asf,flv,dv,ogg,ivf,"
    "nut,rm,wtv,mjpeg,wav,w64,mp3,aac,ac3,eac3,flac,aiff,caf,amr,dts,truehd,ape"
)
#: No credentials, no proxy, no library path. GCONV_PATH keeps a statically linked ffprobe from loading the system's
#: character converters, which crashes it at the service names in MPEG-TS.
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "GCONV_PATH": "/nonexistent"}
#: Sets its own limits (soft and hard) and executes ffprobe. A separate process, since code between fork and exec is
#: not safe in a program with threads (Python, subprocess, `preexec_fn`).
_LAUNCHER = """
import os, resource, sys
cpu, memory, files = (int(text) for text in sys.argv[1:4])
limits = {"CPU": cpu, "AS": memory, "FSIZE": 0, "NOFILE": files, "CORE": 0}
for name, value in limits.items():
    kind = getattr(resource, "RLIMIT_" + name)
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))
os.execv(sys.argv[4], sys.argv[4:])
"""


class ProbeLimits(Struct, frozen=True):
    """Limits of one probe."""

    wall_seconds: float = 240
    cpu_seconds: int = 60
    #: Address space. The tables of a 14 hour video with six tracks take some 400 MB.
    memory_bytes: int = 2 * 1024**3
    open_files: int = 32
    #: Total read from Drive or S3.
    read_bytes: int = 512 * 1024**2


def find_ffprobe(environment: Mapping[str, str] | None = None) -> str:
    """Return the path of ffprobe: FFPROBE_PATH, else the one on PATH. Raises `PermanentError` if there is none."""
    environment = os.environ if environment is None else environment
    found = shutil.which(environment.get("FFPROBE_PATH") or "ffprobe", path=environment.get("PATH"))
    if found is None:
        raise PermanentError(
            "no_ffprobe",
            "A program that the pipeline needs is missing; an operator needs to look into it.",
            "no ffprobe: set FFPROBE_PATH",
        )
    return os.path.abspath(found)  # noqa: PTH100 - do not resolve links


class FfprobeProbe:
    """Implements `ports.media.Probe`. Thread-safe: every probe has its own server and process."""

    def __init__(self, ffprobe: str | None = None, limits: ProbeLimits | None = None) -> None:
        self._ffprobe = ffprobe or find_ffprobe()
        self._limits = limits or ProbeLimits()

    def facts(self, ranges: ByteRanges, name: str) -> MediaFacts:
        """See `ports.media.Probe.facts`.

        Args:
            name: for the operator's detail; its extension is ignored.

        Raises:
            Rejection: `not_media`, `incomplete_file`, `protected_file`, or as `vcp.domain.source.ffprobe.media_facts`.
            VcpError: what `ranges` raised, unchanged.
            RetryableError: `probe_timeout`.
        """
        with serving(ranges, self._limits.read_bytes) as server:
            head = server.head()
            rejection = certain_rejection(head, name) or structural_rejection(server, name)
            if rejection is not None:
                raise rejection
            try:
                done = self.run(server.url)
            except subprocess.TimeoutExpired as error:
                if server.failure is not None:
                    raise server.failure from error
                raise RetryableError(
                    "probe_timeout",
                    "Reading the description of the video took too long; it will be retried.",
                    f"{name}: {server.bytes_read} bytes in {self._limits.wall_seconds} s",
                ) from error
            if server.failure is not None:
                # ffprobe did not see the whole file, so its result does not count.
                raise server.failure
        return _parse(done, head, name, done.stderr.decode("utf-8", errors="replace").replace(server.url, name).strip())

    def run(self, url: str) -> subprocess.CompletedProcess[bytes]:
        """Run ffprobe on a URL in its sandbox. Raises `subprocess.TimeoutExpired` after killing it."""
        limits = self._limits
        bounds = [str(number) for number in (limits.cpu_seconds, limits.memory_bytes, limits.open_files)]
        options = ["-v", "error", "-hide_banner", "-threads", "1", "-protocol_whitelist", "http,tcp"]
        options += ["-format_whitelist", DEMUXERS, "-show_format", "-show_streams", "-of", "json"]
        return subprocess.run(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, *bounds, self._ffprobe, *options, url],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limits.wall_seconds,
            env=_ENVIRONMENT,
            cwd="/",
        )


def _parse(done: subprocess.CompletedProcess[bytes], head: bytes, name: str, complaint: str) -> MediaFacts:
    """Parse ffprobe's result. Raises as `FfprobeProbe.facts`."""
    detail = f"{name}: ffprobe ended with {done.returncode}: {complaint[-500:]}"
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL) or "Cannot allocate memory" in complaint:
        raise Rejection(
            "not_media",
            "The file is built so unusually that reading its description takes too much; "
            "export it again as MP4 or MOV.",
            detail,
        )
    if done.returncode < 0:
        raise PermanentError(
            "probe_crashed", "Reading the description of the video failed; an operator needs to look into it.", detail
        )
    if done.returncode != 0:
        raise rejection_after_probe(head, name, complaint[-500:])
    try:
        return media_facts(_document(done.stdout))
    except Rejection as rejection:
        if is_text(head):  # ffprobe takes some texts for an empty stream
            raise rejection_after_probe(head, name, str(rejection)) from rejection
        raise


def _document(stdout: bytes) -> dict[str, Any]:
    document = json.loads(stdout)
    if not isinstance(document, dict):
        raise PermanentError(
            "probe_unreadable",
            "Reading the description of the video failed; an operator needs to look into it.",
            repr(document),
        )
    return document
