"""Reading what a media file contains."""

from __future__ import annotations

from typing import Protocol

from vcp.domain.model.media import MediaFacts
from vcp.ports.storage import ByteRanges


class Probe(Protocol):
    def facts(self, ranges: ByteRanges, name: str) -> MediaFacts:
        """ffprobe over the loopback range reader.

        Raises `Rejection` (`not_media`: what the bytes are instead, in plain words).
        """
        ...
