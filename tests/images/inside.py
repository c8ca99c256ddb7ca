"""Runs inside the image `media`: inspect files with the product's probe and the image's ffprobe.

    python3 -c THIS FILE...

Prints a JSON object for each file: `facts`, or `code` and `sentence` of the rejection; and under `sandbox` the result
of ffprobe alone, without the check of the file's first bytes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from vcp.adapters.probe.ffprobe import FfprobeProbe
from vcp.adapters.probe.range_server import serving
from vcp.domain.errors import Rejection


class Bytes:
    """A file's content, as `vcp.ports.ByteRanges`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size_bytes = len(data)

    def read(self, start: int, length: int) -> Iterator[bytes]:
        yield self.data[start : start + length]


def inspect(path: Path) -> dict[str, Any]:
    probe, ranges = FfprobeProbe(), Bytes(path.read_bytes())
    with serving(ranges, len(ranges.data) * 20) as server:
        done = probe.run(server.url)
    seen: dict[str, Any] = {"sandbox": {"code": done.returncode, "read": server.bytes_read}}
    try:
        return seen | {"facts": msgspec.to_builtins(probe.facts(ranges, path.name))}
    except Rejection as rejection:
        return seen | {"code": rejection.code, "sentence": rejection.sentence}


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(json.dumps(inspect(Path(argument))), flush=True)
