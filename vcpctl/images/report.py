"""What the built images are: `images.json` for those who run, test and ship them, and a table of what takes the space.

Read from the images as they were written for a registry (OCI layout, image-spec v1.1), so that digests and sizes are
those that a registry shows, whatever engine built them.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from vcpctl.ending import Ending

#: A registry shows and sells decimal megabytes.
MB = 1_000_000
#: Compressed, by issue: what a cold start has to fetch at most.
LIMITS_MB = {"media": 90, "core": 70}
#: First match says under which heading a file is counted.
_HEADINGS = (
    (re.compile(r"opt/python/([A-Za-z0-9_]+?)(\.libs)?(?:[-.].*)?(?:/|$)"), r"Python package \1"),
    (re.compile(r"var/task/"), "the functions"),
    (re.compile(r"usr/bin/ffprobe|usr/share/doc/ffprobe"), "ffprobe"),
    (re.compile(r"usr/(lib|bin)/python3"), "Python"),
    (re.compile(r"usr/share/zoneinfo"), "time zones"),
    (re.compile(r""), "the distribution's libraries and files"),
)


@dataclass(frozen=True)
class BuiltImage:
    """An image in a directory of its own, as an OCI layout."""

    layout: Path

    @cached_property
    def digest(self) -> str:
        """Of the manifest: what a function is deployed by."""
        manifests = json.loads((self.layout / "index.json").read_text())["manifests"]
        if len(manifests) != 1:
            raise Ending(f"{self.layout} holds {len(manifests)} images instead of one. Build again:  make images")
        return str(manifests[0]["digest"])

    @cached_property
    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self._blob(self.digest).read_text())
        return manifest

    @property
    def identity(self) -> str:
        """Of the configuration: how engines name an image that they have."""
        return str(self.manifest["config"]["digest"])

    @property
    def layers(self) -> list[Path]:
        """The layers' files, the lowest first; compressed or not, as the engine keeps them."""
        return [self._blob(layer["digest"]) for layer in self.manifest["layers"]]

    @cached_property
    def compressed_bytes(self) -> int:
        """What a registry keeps: layers that an engine wrote uncompressed are counted as gzip would make them."""
        return sum(path.stat().st_size if _is_gzip(path) else _gzip_size(path) for path in self.layers)

    def files(self) -> Iterator[tuple[str, int, int]]:
        """Path, bytes, and bytes compressed alone (roughly its share of the layer) of every file of every layer."""
        for path in self.layers:
            with tarfile.open(path) as layer:
                for member in layer:
                    content = layer.extractfile(member) if member.isfile() else None
                    if content is not None:
                        yield member.name.removeprefix("./"), member.size, _deflated(content)

    def _blob(self, digest: str) -> Path:
        algorithm, _, name = digest.partition(":")
        return self.layout / "blobs" / algorithm / name


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as opened:
        return opened.read(2) == b"\x1f\x8b"


def _gzip_size(path: Path) -> int:
    with path.open("rb") as opened:
        return _deflated(opened)


def _deflated(content: IO[bytes]) -> int:
    compressor, size = zlib.compressobj(), 0
    while chunk := content.read(1 << 20):
        size += len(compressor.compress(chunk))
    return size + len(compressor.flush())


def heading(path: str) -> str:
    """What a file in an image belongs to, in words."""
    for pattern, words in _HEADINGS:
        if (match := pattern.match(path)) is not None:
            return match.expand(words)
    return path


def table(name: str, image: BuiltImage, rows: int = 12) -> tuple[str, int]:
    """What takes the space, the largest first, in Markdown; and the bytes of all files."""
    raw: Counter[str] = Counter()
    packed: Counter[str] = Counter()
    for path, size, deflated in image.files():
        raw[heading(path)] += size
        packed[heading(path)] += deflated
    largest = [what for what, _ in packed.most_common(rows)]
    lines = [(what, packed[what], raw[what]) for what in largest]
    rest = [what for what in packed if what not in largest]
    if rest:
        lines.append((f"{len(rest)} more", sum(packed[what] for what in rest), sum(raw[what] for what in rest)))
    total = sum(raw.values())
    lines.append((f"**all, at most {LIMITS_MB[name]} MB compressed**", image.compressed_bytes, total))
    cells = [f"| {what} | {packed_bytes / MB:.1f} | {size / MB:.1f} |" for what, packed_bytes, size in lines]
    return "\n".join([f"| vcp/{name} | MB compressed | MB |", "|---|---|---|", *cells]), total


def describe(directory: Path, engine: str, version: str, revision: str) -> str:
    """Write `images.json` into the directory; the tables as text.

    Raises `Ending` when an image is larger than it may be.
    """
    tables, described = [], {}
    for name in LIMITS_MB:
        image = BuiltImage(directory / name)
        text, total = table(name, image)
        tables.append(text)
        described[name] = {
            "reference": f"localhost/vcp/{name}:{version}",
            "digest": image.digest,
            "id": image.identity,
            "version": version,
            "revision": revision,
            "engine": engine,
            "compressedBytes": image.compressed_bytes,
            "uncompressedBytes": total,
        }
    (directory / "images.json").write_text(json.dumps(described, indent=2) + "\n")
    return "\n\n".join(tables)


def too_large(directory: Path) -> list[str]:
    """A sentence for each image that is larger than it may be."""
    described = json.loads((directory / "images.json").read_text())
    return [
        f"vcp/{name} has {described[name]['compressedBytes'] / MB:.1f} MB compressed; {limit} MB is the most."
        for name, limit in LIMITS_MB.items()
        if described[name]["compressedBytes"] >= limit * MB
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Say what the built images are")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--revision", required=True)
    options = parser.parse_args()
    print(describe(options.directory, options.engine, options.version, options.revision))
    if sentences := too_large(options.directory):
        sys.exit("\n".join(sentences))


if __name__ == "__main__":
    main()
