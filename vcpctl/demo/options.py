"""The demo's options, checked before anything is started."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from vcp.domain.model.contract import DEFAULT_LIMIT_BYTES, MAX_LIMIT_BYTES, MIN_LIMIT_BYTES
from vcp.domain.text import wording
from vcpctl.command_exit import CommandExit

_SIZE = re.compile(r"(?P<number>\d[\d_ ]*(?:\.\d+)?(?:e\d{1,2})?)\s*(?P<unit>[kmgt]?i?b|bytes)?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
#: Copies of a source on this disk at the same time: in Drive, in the temp bucket, at the encoder.
_COPIES = 3


@dataclass(frozen=True)
class DemoOptions:
    """The options as they were typed; sizes as text, empty if not given."""

    videos: tuple[Path, ...] = ()
    limit: str = ""
    compress_above: str = ""
    #: The working folder; None for build/demo.
    folder: Path | None = None
    keep: bool = False
    as_json: bool = False
    #: Run the functions from the built images, not from the sources.
    from_images: bool = False


@dataclass(frozen=True)
class Sizes:
    """The limits of the contract."""

    limit_bytes: int
    compress_above_bytes: int
    limit_is_default: bool


def check_videos(given: Sequence[Path]) -> list[Path]:
    """Return the videos as absolute paths. Raises CommandExit for one that is not a readable file."""
    videos = [path.expanduser() for path in given]
    for path in videos:
        if path.is_dir():
            raise CommandExit(f"{path} is a folder; give the path of a video.")
        if not path.exists():
            raise CommandExit(f"There is no file {path}; give the path of a video.")
        if not path.is_file():
            raise CommandExit(f"{path} is not a regular file; give the path of a video.")
        if not _is_unicode(path.name):
            raise CommandExit(f"The name of {path} is not valid UTF-8, which Drive requires; rename the file.")
        if not os.access(path, os.R_OK):
            raise CommandExit(f"{path} cannot be read by you; change its permissions, or give another video.")
    return [path.resolve() for path in videos]


def read_limit(options: DemoOptions) -> int | None:
    """Return the given limit. Raises CommandExit for a text that is not a size, and for one that no contract allows."""
    given = parse_size("LIMIT_BYTES", options.limit) if options.limit else None
    if given is not None and not MIN_LIMIT_BYTES <= given <= MAX_LIMIT_BYTES:
        raise CommandExit(
            f"LIMIT_BYTES: {_exact(given)} is out of range; it must be between {_exact(MIN_LIMIT_BYTES)} "
            f"and {_exact(MAX_LIMIT_BYTES)}."
        )
    return given


def read_sizes(options: DemoOptions, videos: Sequence[Path]) -> Sizes:
    """Return limit and threshold. The default limit is half of the smallest file, at most 5 GB.

    Raises CommandExit as `read_limit`, and for a threshold above the limit.
    """
    given = read_limit(options)
    half = min(path.stat().st_size for path in videos) // 2
    limit = min(max(half, MIN_LIMIT_BYTES), DEFAULT_LIMIT_BYTES) if given is None else given
    above = parse_size("COMPRESS_ABOVE_BYTES", options.compress_above) if options.compress_above else limit
    if above > limit:
        which = f"LIMIT_BYTES ({_exact(limit)})"
        if given is None:
            which = f"the default limit of {_exact(limit)}; give LIMIT_BYTES too"
        raise CommandExit(
            f"COMPRESS_ABOVE_BYTES ({_exact(above)}) is above {which}: "
            "files between the two would be skipped although they exceed the limit."
        )
    return Sizes(limit, above, given is None)


def parse_size(name: str, text: str) -> int:
    """Parse `5000000000`, `5_000_000_000`, `5e9`, `5GB`, `4.5 GB` or `4GiB` to bytes. Raises CommandExit."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise CommandExit(
            f"{name}: “{text}” is not a size; give bytes, such as 500000000, or a size such as 500MB or 5GB."
        )
    unit = (found["unit"] or "").lower().removesuffix("bytes").removesuffix("b")
    factor = (1024 if unit.endswith("i") else 1000) ** _POWERS[unit.removesuffix("i")]
    return int(Decimal(re.sub("[_ ]", "", found["number"])) * factor)


def check_disk_space(folder: Path, videos: Sequence[Path], limit_bytes: int) -> None:
    """Raise CommandExit when the disk of `folder` cannot hold the copies and results of these videos."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    sizes = [path.stat().st_size for path in videos]
    needed = sum(size + _COPIES * min(size, limit_bytes) for size in sizes) + (_COPIES - 1) * max(sizes)
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise CommandExit(
            f"Not enough disk space in {folder}: up to {wording.size(needed)} needed, {wording.size(free)} free."
        )


def _is_unicode(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:  # bytes that are not UTF-8 are surrogates here
        return False
    return True


def _exact(size_bytes: int) -> str:
    rounded = wording.size(size_bytes)
    return rounded if rounded.endswith("bytes") else f"{rounded} ({size_bytes} bytes)"
