"""Runs inside the image `media`: what the product's own probe makes of files with the ffprobe that is there.

    python3 -c THIS FILE...

Prints a JSON object for each file, in order: `facts`, or `code` and `sentence` of the refusal; and under `box` what
ffprobe itself ended with, in its box, when nobody looked at the file's first bytes beforehand.
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


def look(path: Path) -> dict[str, Any]:
    probe, ranges = FfprobeProbe(), Bytes(path.read_bytes())
    with serving(ranges, len(ranges.data) * 20) as server:
        box = probe.run(server.url)
    seen: dict[str, Any] = {"box": {"code": box.returncode, "read": server.bytes_read}}
    try:
        return seen | {"facts": msgspec.to_builtins(probe.facts(ranges, path.name))}
    except Rejection as rejection:
        return seen | {"code": rejection.code, "sentence": rejection.sentence}


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(json.dumps(look(Path(argument))), flush=True)
