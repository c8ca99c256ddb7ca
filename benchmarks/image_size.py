"""Print the compressed size of the built images and their largest parts.

Reads what `make images` wrote. Exits with 1 when an image is above its limit.

    python -m benchmarks.image_size
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from vcpctl.command_exit import CommandExit
from vcpctl.images.built import DIRECTORY
from vcpctl.images.report import LIMITS_MB, BuiltImage, space_of, table, too_large


def tables(directory: Path, rows: int) -> str:
    """Return a table for each image as Markdown. Raises CommandExit when there are none."""
    if not (directory / "images.json").exists():
        raise CommandExit("There are no images. Build the images:  make images")
    images = {name: BuiltImage(directory / name) for name in LIMITS_MB}
    known = directory / "layers.json"
    spaces = space_of(images.values(), json.loads(known.read_text("utf-8")) if known.exists() else {})
    return "\n\n".join(
        table(
            f"vcp/{name}", [spaces[layer.name] for layer in image.layers], image.compressed_bytes, LIMITS_MB[name], rows
        )
        for name, image in images.items()
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--directory", type=Path, default=DIRECTORY, help="the directory of the images")
    parser.add_argument("--rows", type=int, default=12, help="how many parts to list")
    given = parser.parse_args()
    try:
        print(tables(given.directory, given.rows))
    except CommandExit as error:
        sys.exit(str(error))
    if sentences := too_large(given.directory):
        sys.exit("\n".join(sentences))


if __name__ == "__main__":
    main()
