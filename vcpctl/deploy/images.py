"""The two images by digest: as they were asked for, as they were built here, as the registry has them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from foundation.names import REPOSITORIES
from vcpctl.command_exit import FAILED, CommandExit

#: Written by `make images`.
BUILT = Path("build/images/images.json")
#: What a build sees of a checkout (.dockerignore).
IN_THE_IMAGES = ("images", "locks", ".dockerignore")
#: A commit, whole or shortened: the tag of what was built from it.
REVISION = re.compile(r"[0-9a-f]{7,40}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Images:
    """What a stack runs: digest by image (`media`, `core`)."""

    digests: Mapping[str, str]

    def uri(self, image: str, registry: str) -> str:
        """As Lambda wants it: by digest, without any tag."""
        return f"{registry}/{REPOSITORIES[image]}@{self.digests[image]}"

    def __str__(self) -> str:
        """As IMAGES= takes it: `media=sha256:...,core=sha256:...`."""
        return ",".join(f"{image}={self.digests[image]}" for image in REPOSITORIES)


@dataclass(frozen=True)
class Built:
    """An image that `make images` wrote, in the layout that registries take."""

    image: str
    folder: Path
    digest: str
    revision: str


def asked_for(text: str) -> str | Images:
    """IMAGES= as it was typed: a revision, or a digest for each image. Raises CommandExit."""
    if REVISION.fullmatch(text):
        return text
    pairs = dict(part.partition("=")[::2] for part in text.split(","))
    if pairs.keys() == REPOSITORIES.keys() and all(_DIGEST.fullmatch(digest) for digest in pairs.values()):
        return Images(pairs)
    raise CommandExit(
        f"IMAGES is {text!r}: it must be the revision of a commit whose images were pushed, such as 1f0c3a9, or "
        "media=sha256:...,core=sha256:..."
    )


def built(root: Path) -> list[Built]:
    """What `make images` has built. Raises CommandExit when that is nothing that can be pushed."""
    path = root / BUILT
    try:
        told = json.loads(path.read_text("utf-8"))
        found = [
            Built(image, path.parent / image, told[image]["digest"], told[image]["revision"]) for image in REPOSITORIES
        ]
        changed = {told[image].get("version", "") for image in REPOSITORIES if _is_changed(told[image])}
    except FileNotFoundError:
        raise CommandExit(f"There is no {BUILT}: build the images first, with  make images", FAILED) from None
    except (ValueError, KeyError, TypeError) as wrong:
        raise CommandExit(
            f"{BUILT} is not what make images writes ({wrong!r}): run  make images  again", FAILED
        ) from wrong
    revisions = {each.revision for each in found}
    if len(revisions) > 1:
        raise CommandExit(
            f"The images are of different revisions ({', '.join(sorted(revisions))}): run  make images  again"
        )
    if changed:
        raise CommandExit(
            f"The images were built from changes that are in no commit ({changed.pop()}), so nobody could tell later "
            "what runs: commit them, then run it again."
        )
    return found


def _is_changed(told: Mapping[str, str]) -> bool:
    """Whether an image has what its commit has not."""
    return told.get("version", "").endswith("-dirty") or not REVISION.fullmatch(told["revision"])
