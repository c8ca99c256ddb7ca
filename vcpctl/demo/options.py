"""What a person asks of the demo, held against what can be done before anything is started."""

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
from vcpctl.ending import Ending

_SIZE = re.compile(r"(?P<number>\d[\d_ ]*(?:\.\d+)?(?:e\d{1,2})?)\s*(?P<unit>[kmgt]?i?b|bytes)?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
#: Copies of a source that lie on this disk at the same time: in Drive, in the temp bucket, at the encoder.
_COPIES = 3


@dataclass(frozen=True)
class DemoOptions:
    """The options as they were typed; sizes as text, empty where not given."""

    videos: tuple[Path, ...] = ()
    limit: str = ""
    compress_above: str = ""
    #: Where everything of the demo lies; None for the usual place.
    folder: Path | None = None
    keep: bool = False
    as_json: bool = False
    #: Run the functions from the built images instead of from the sources.
    from_images: bool = False


@dataclass(frozen=True)
class Sizes:
    """The contract's sizes; `limit_is_ours` where nobody gave one."""

    limit_bytes: int
    compress_above_bytes: int
    limit_is_ours: bool


def check_videos(given: Sequence[Path]) -> list[Path]:
    """The videos as absolute paths. Raises Ending for one that is no file that can be read."""
    videos = [path.expanduser() for path in given]
    for path in videos:
        if path.is_dir():
            raise Ending(f"{path} is a folder; give VIDEO=path/to/a/video.")
        if not path.exists():
            raise Ending(f"There is no file {path}; give VIDEO=path/to/a/video.")
        if not path.is_file():
            raise Ending(f"{path} is no ordinary file; give VIDEO=path/to/a/video.")
        if not _is_unicode(path.name):
            raise Ending(f"The name of {path} is not in UTF-8, and Drive takes no other; rename it.")
        if not os.access(path, os.R_OK):
            raise Ending(f"{path} may not be read by you; change its permissions, or give another VIDEO.")
    return [path.resolve() for path in videos]


def read_sizes(options: DemoOptions, videos: Sequence[Path]) -> Sizes:
    """Limit and threshold as given; without a limit about half of the smallest file, at most 5 GB (the design).

    Raises Ending for what is no size or cannot be promised.
    """
    limit = parse_size("LIMIT_BYTES", options.limit) if options.limit else None
    if limit is not None and not MIN_LIMIT_BYTES <= limit <= MAX_LIMIT_BYTES:
        raise Ending(
            f"LIMIT_BYTES: {_told(limit)} cannot be promised; it may be {_told(MIN_LIMIT_BYTES)} "
            f"to {_told(MAX_LIMIT_BYTES)}."
        )
    half = min(path.stat().st_size for path in videos) // 2
    taken = min(max(half, MIN_LIMIT_BYTES), DEFAULT_LIMIT_BYTES) if limit is None else limit
    above = parse_size("COMPRESS_ABOVE_BYTES", options.compress_above) if options.compress_above else taken
    if above > taken:
        which = f"LIMIT_BYTES ({_told(taken)})"
        if limit is None:
            which = f"the limit of {_told(taken)}, about half of the file; give LIMIT_BYTES too"
        raise Ending(
            f"COMPRESS_ABOVE_BYTES ({_told(above)}) is above {which}: "
            "files between the two would be left alone although they break the limit."
        )
    return Sizes(taken, above, limit is None)


def parse_size(name: str, text: str) -> int:
    """Bytes from `5000000000`, `5_000_000_000`, `5e9`, `5GB`, `4.5 GB` or `4GiB`. Raises Ending."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise Ending(f"{name}: “{text}” is no size; give bytes, such as 500000000, or a size such as 500MB or 5GB.")
    unit = (found["unit"] or "").lower().removesuffix("bytes").removesuffix("b")
    factor = (1024 if unit.endswith("i") else 1000) ** _POWERS[unit.removesuffix("i")]
    return int(Decimal(re.sub("[_ ]", "", found["number"])) * factor)


def check_room(folder: Path, videos: Sequence[Path], limit_bytes: int) -> None:
    """Raises Ending when the disk that `folder` is to lie on cannot hold what the demo makes of these videos."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    sizes = [path.stat().st_size for path in videos]
    needed = sum(size + _COPIES * min(size, limit_bytes) for size in sizes) + (_COPIES - 1) * max(sizes)
    free = shutil.disk_usage(there).free
    if free < needed:
        raise Ending(
            f"There is too little room for this: up to {wording.size(needed)} are needed in {folder}, "
            f"{wording.size(free)} are free."
        )


def _is_unicode(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:  # bytes that are no UTF-8 are surrogates here
        return False
    return True


def _told(size_bytes: int) -> str:
    spoken = wording.size(size_bytes)
    return spoken if spoken.endswith("bytes") else f"{spoken}, {size_bytes} bytes"
