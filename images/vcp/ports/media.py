"""Reading what a media file contains."""

from __future__ import annotations

from typing import Protocol

from vcp.domain.model.media import MediaFacts
from vcp.ports.storage import ByteRanges


class Probe(Protocol):
    def facts(self, ranges: ByteRanges, name: str) -> MediaFacts:
        """Read the tracks of a file. Raises `Rejection` (`not_media`) with what the file is instead."""
        ...
