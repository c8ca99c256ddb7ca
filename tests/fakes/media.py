"""Media facts, and a probe that knows files by their content."""

from __future__ import annotations

from vcp.domain.errors import Rejection
from vcp.domain.model.media import AudioTrack, MediaFacts, VideoTrack
from vcp.ports.storage import ByteRanges


def facts(
    *, codec: str = "h264", width: int = 1920, height: int = 1080, seconds: float = 600.0, audio: int = 2
) -> MediaFacts:
    """Return facts of a progressive 25 fps file with `audio` stereo tracks, each in its own language."""
    languages = ("eng", "deu", "fra", "spa")
    return MediaFacts(
        container="mov,mp4,m4a,3gp,3g2,mj2",
        size_bytes=None,
        duration_seconds=seconds,
        video=(
            VideoTrack(
                index=0,
                codec=codec,
                profile="High",
                pixel_format="yuv420p",
                bit_depth=8,
                width=width,
                height=height,
                frame_rate="25/1",
                field_order="progressive",
                duration_seconds=seconds,
                start_seconds=0.0,
                frame_count=round(seconds * 25),
            ),
        ),
        audio=tuple(
            AudioTrack(
                index=number,
                number=number,
                codec="aac",
                channels=2,
                channel_layout="stereo",
                sample_rate_hz=48000,
                language=languages[number - 1],
                duration_seconds=seconds,
                start_seconds=0.0,
            )
            for number in range(1, audio + 1)
        ),
    )


class FakeProbe:
    """Returns `by_content` for a file's bytes, else `default`."""

    def __init__(self, default: MediaFacts) -> None:
        self.default = default
        self.by_content: dict[bytes, MediaFacts | Rejection] = {}

    def facts(self, ranges: ByteRanges, name: str) -> MediaFacts:
        known = self.by_content.get(b"".join(ranges.read(0, ranges.size_bytes)), self.default)
        if isinstance(known, Rejection):
            raise known
        return known
