"""Report on the built images: `images.json`, and a table of their largest parts.

Reads the OCI layouts (image-spec v1.1), so digests and sizes are those in a registry, whatever engine built the images.
"""

from __future__ import annotations

import argparse
import errno
import json
import re
import sys
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from vcpctl.command_exit import CommandExit

#: Registries use decimal megabytes.
MB = 1_000_000
#: Limits of the compressed size, which a cold start has to fetch.
LIMITS_MB = {"media": 90, "core": 70}
#: The first match is the heading under which a file is counted.
_HEADINGS = (
    (re.compile(r"opt/python/([A-Za-z0-9_]+?)(\.libs)?(?:[-.].*)?(?:/|$)"), r"Python package \1"),
    (re.compile(r"var/task/"), "the functions"),
    (re.compile(r"usr/bin/ffprobe|usr/share/doc/ffprobe"), "ffprobe"),
    (re.compile(r"usr/(lib|bin)/python3"), "Python"),
    (re.compile(r"usr/share/zoneinfo"), "time zones"),
    (re.compile(r""), "Debian's libraries and files"),
)


@dataclass(frozen=True)
class BuiltImage:
    """An image in OCI layout."""

    layout: Path

    @cached_property
    def digest(self) -> str:
        """The digest of the manifest, by which a function is deployed."""
        manifests = json.loads((self.layout / "index.json").read_text("utf-8"))["manifests"]
        if len(manifests) != 1:
            raise CommandExit(f"{self.layout} holds {len(manifests)} images instead of one. Build again:  make images")
        return str(manifests[0]["digest"])

    @cached_property
    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self._blob(self.digest).read_text("utf-8"))
        return manifest

    @property
    def identity(self) -> str:
        """The digest of the configuration, by which engines name an image."""
        return str(self.manifest["config"]["digest"])

    @property
    def layers(self) -> list[Path]:
        """The layers' files, lowest first; compressed or not, depending on the engine."""
        return [self._blob(layer["digest"]) for layer in self.manifest["layers"]]

    @cached_property
    def compressed_bytes(self) -> int:
        """The compressed size; uncompressed layers count as if compressed with gzip."""
        return sum(path.stat().st_size if _is_gzip(path) else _gzip_size(path) for path in self.layers)

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
    """Return the heading of a file in an image."""
    for pattern, name in _HEADINGS:
        if (match := pattern.match(path)) is not None:
            return match.expand(name)
    return path


#: Heading -> compressed and uncompressed bytes.
Space = dict[str, tuple[int, int]]


def space_of_layer(layer: Path) -> Space:
    """Return the space of a layer by heading. Files are compressed one by one, which approximates their share."""
    space: Space = {}
    with tarfile.open(layer) as members:
        for member in members:
            content = members.extractfile(member) if member.isfile() else None
            if content is not None:
                what = heading(member.name.removeprefix("./"))
                packed, raw = space.get(what, (0, 0))
                space[what] = packed + _deflated(content), raw + member.size
    return space


def space_of(images: Iterable[BuiltImage], known: Mapping[str, Space]) -> dict[str, Space]:
    """Return the space of the images' layers by digest, reusing known layers."""
    layers = {layer.name: layer for image in images for layer in image.layers}
    return {name: known.get(name) or space_of_layer(layer) for name, layer in layers.items()}


def table(title: str, parts: Iterable[Space], compressed_bytes: int, limit_mb: int, rows: int = 12) -> str:
    """Return the parts of an image as Markdown, largest first."""
    total: dict[str, list[int]] = {}
    for part in parts:
        for what, (packed, raw) in part.items():
            sums = total.setdefault(what, [0, 0])
            sums[0] += packed
            sums[1] += raw
    ordered = sorted(total.items(), key=lambda item: -item[1][0])
    lines = [(what, packed, raw) for what, (packed, raw) in ordered[:rows]]
    if rest := ordered[rows:]:
        lines.append((f"{len(rest)} more", sum(sums[0] for _, sums in rest), sum(sums[1] for _, sums in rest)))
    everything = sum(raw for _, raw in total.values())
    lines.append((f"**total, limit {limit_mb} MB compressed**", compressed_bytes, everything))
    cells = [f"| {what} | {packed / MB:.1f} | {raw / MB:.1f} |" for what, packed, raw in lines]
    return "\n".join([f"| {title} | MB compressed | MB |", "|---|---|---|", *cells])


def describe(directory: Path, engine: str, version: str, revision: str) -> str:
    """Write `images.json`, and a cache of the layers' contents, into the directory; return the tables."""
    images = {name: BuiltImage(directory / name) for name in LIMITS_MB}
    cache = directory / "layers.json"
    spaces = space_of(images.values(), json.loads(cache.read_text("utf-8")) if cache.exists() else {})
    cache.write_text(json.dumps(spaces), "utf-8")
    tables, described = [], {}
    for name, image in images.items():
        parts = [spaces[layer.name] for layer in image.layers]
        tables.append(table(f"vcp/{name}", parts, image.compressed_bytes, LIMITS_MB[name]))
        described[name] = {
            "reference": f"localhost/vcp/{name}:{version}",
            "digest": image.digest,
            "id": image.identity,
            "version": version,
            "revision": revision,
            "engine": engine,
            "compressedBytes": image.compressed_bytes,
            "uncompressedBytes": sum(raw for part in parts for _, raw in part.values()),
        }
    (directory / "images.json").write_text(json.dumps(described, indent=2) + "\n", "utf-8")
    return "\n\n".join(tables)


def too_large(directory: Path) -> list[str]:
    """Return a sentence for each image above its limit."""
    described = json.loads((directory / "images.json").read_text("utf-8"))
    return [
        f"vcp/{name} has {described[name]['compressedBytes'] / MB:.1f} MB compressed; the limit is {limit} MB."
        for name, limit in LIMITS_MB.items()
        if described[name]["compressedBytes"] >= limit * MB
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Report on the built images")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--revision", required=True)
    options = parser.parse_args()
    try:
        print(describe(options.directory, options.engine, options.version, options.revision))
    except CommandExit as error:
        sys.exit(str(error))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sys.exit(f"The disk is full: {options.directory} cannot be written. Free some space, then run it again.")
    if sentences := too_large(options.directory):
        sys.exit("\n".join(sentences))


if __name__ == "__main__":
    main()
