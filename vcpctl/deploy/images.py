"""The two images by digest: requested, built here, or in the registry."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from foundation.names import REPOSITORIES
from vcpctl.command_exit import FAILED, CommandExit

#: The report of `make images`.
BUILT = Path("build/images/images.json")
#: The part of a checkout that a build uses (.dockerignore).
IN_THE_IMAGES = ("images", "locks", ".dockerignore")
#: A commit hash, possibly shortened: the tag of the images built from it.
REVISION = re.compile(r"[0-9a-f]{7,40}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Images:
    """The images of a stack: digest by name (`media`, `core`)."""

    digests: Mapping[str, str]

    def uri(self, image: str, registry: str) -> str:
        """Return the URI for Lambda: by digest, without a tag."""
        return f"{registry}/{REPOSITORIES[image]}@{self.digests[image]}"

    def __str__(self) -> str:
        """Return the form of IMAGES=: `media=sha256:...,core=sha256:...`."""
        return ",".join(f"{image}={self.digests[image]}" for image in REPOSITORIES)


@dataclass(frozen=True)
class Built:
    """An image built by `make images`, in OCI layout."""

    image: str
    folder: Path
    digest: str
    revision: str


def parse_images(text: str) -> str | Images:
    """Parse IMAGES=: a revision, or a digest for each image. Raises CommandExit."""
    if REVISION.fullmatch(text):
        return text
    pairs = dict(part.partition("=")[::2] for part in text.split(","))
    if pairs.keys() == REPOSITORIES.keys() and all(_DIGEST.fullmatch(digest) for digest in pairs.values()):
        return Images(pairs)
    raise CommandExit(
        f"IMAGES is {text!r}: it must be the revision of pushed images, such as 1f0c3a9, or "
        "media=sha256:...,core=sha256:..."
    )


def read_built(root: Path) -> list[Built]:
    """Read the report of `make images`. Raises CommandExit when there is nothing to push."""
    path = root / BUILT
    try:
        report = json.loads(path.read_text("utf-8"))
        found = [
            Built(image, path.parent / image, report[image]["digest"], report[image]["revision"])
            for image in REPOSITORIES
        ]
        uncommitted = {report[image].get("version", "") for image in REPOSITORIES if _is_uncommitted(report[image])}
    except FileNotFoundError:
        raise CommandExit(f"There is no {BUILT}: build the images first, with  make images", FAILED) from None
    except (ValueError, KeyError, TypeError) as error:
        raise CommandExit(
            f"{BUILT} was not written by make images ({error!r}): run  make images  again", FAILED
        ) from error
    revisions = {each.revision for each in found}
    if len(revisions) > 1:
        raise CommandExit(
            f"The images have different revisions ({', '.join(sorted(revisions))}): run  make images  again"
        )
    if uncommitted:
        raise CommandExit(
            f"The images contain uncommitted changes ({uncommitted.pop()}), so their revision would be wrong: commit "
            "the changes, then run it again."
        )
    return found


def _is_uncommitted(report: Mapping[str, str]) -> bool:
    return report.get("version", "").endswith("-dirty") or not REVISION.fullmatch(report["revision"])
