"""Fast start of encoded files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.conftest import MemoryRanges
from vcp.adapters.probe.mp4_boxes import fast_start

Encode = Callable[..., bytes]


@pytest.mark.parametrize(
    ("name", "options", "fast"),
    [
        ("slow.mp4", [], False),
        ("fast.mp4", ["-movflags", "+faststart"], True),
        ("fragments.mp4", ["-movflags", "+frag_keyframe+empty_moov"], True),
        ("film.mkv", [], None),
    ],
)
def test_detects_fast_start(encode: Encode, name: str, options: list[str], fast: bool | None) -> None:
    ranges = MemoryRanges(encode(name, *options))

    assert fast_start(ranges) is fast
    assert sum(length for _, length in ranges.reads) <= 16 * 64
