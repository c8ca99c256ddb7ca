"""Push built images with skopeo, digests preserved: a stack runs the very images that were tested."""

from __future__ import annotations

import hashlib
import json
from tempfile import NamedTemporaryFile

from vcpctl.command_exit import FAILED, CommandExit
from vcpctl.deploy.images import Built
from vcpctl.deploy.shell import CommandFailed, Commands


def check_skopeo(commands: Commands) -> None:
    """Raise CommandExit when skopeo is not installed."""
    if not commands.has("skopeo"):
        raise CommandExit(
            "skopeo, which pushes the images, is missing. Run:  sudo apt-get update && sudo apt-get install skopeo"
        )


def push(commands: Commands, image: Built, destination: str, authorization: str) -> None:
    """Copy an image to `destination`, such as `registry.example/vcp/media:1f0c3a9`. Layers already there are not sent.

    `authorization` is `user:password` in base64, as ECR issues it. skopeo reads it from a private file, because every
    process can see a command line.

    Raises CommandExit when the image is not what `make images` built, or the push fails.
    """
    _check(image)
    with NamedTemporaryFile("w", suffix=".json") as authfile:
        json.dump({"auths": {destination.partition("/")[0]: {"auth": authorization}}}, authfile)
        authfile.flush()
        command = ["skopeo", "copy", "--quiet", "--preserve-digests", "--retry-times=3"]
        try:
            commands.ask(*command, f"--dest-authfile={authfile.name}", f"oci:{image.folder}", f"docker://{destination}")
        except CommandFailed as failed:
            message = failed.errors.strip().rpartition("msg=")[2]
            raise CommandExit(
                f"Pushing {destination} failed: {message}. Run it again: layers that arrived are kept.", FAILED
            ) from failed


def _check(image: Built) -> None:
    """Check the manifest before the push, because the registry never lets a tag be pushed again."""
    try:
        manifest = (image.folder / "blobs" / image.digest.replace(":", "/")).read_bytes()
    except OSError as missing:
        raise CommandExit(f"{image.folder} holds no image {image.digest}: run  make images  again", FAILED) from missing
    if f"sha256:{hashlib.sha256(manifest).hexdigest()}" != image.digest:
        raise CommandExit(f"{image.folder} was changed after it was built: run  make images  again", FAILED)
    if "layers" not in json.loads(manifest):
        raise CommandExit(
            f"{image.folder} is an image index, which Lambda does not support: build for one platform, without "
            "attestations.",
            FAILED,
        )
