"""How large the built images are, compressed as a registry keeps them, and what takes the space.

Read from the images that `make images` wrote; nothing is built. Ends with 1 where one is larger than it may be.

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
    """A table for each image, in Markdown. Raises CommandExit when they were not built."""
    if not (directory / "images.json").exists():
        raise CommandExit("The images of the functions have not been built. Build the images:  make images")
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
    parser.add_argument("--directory", type=Path, default=DIRECTORY, help="where the images were written")
    parser.add_argument("--rows", type=int, default=12, help="how many parts to name")
    given = parser.parse_args()
    try:
        print(tables(given.directory, given.rows))
    except CommandExit as error:
        sys.exit(str(error))
    if sentences := too_large(given.directory):
        sys.exit("\n".join(sentences))


if __name__ == "__main__":
    main()
