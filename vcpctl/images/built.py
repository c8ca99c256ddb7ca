"""Find the images that `make images` built in this machine's container engine."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.context import ENGINES, ContainerImage
from vcpctl.command_exit import CommandExit

DIRECTORY = Path(__file__).resolve().parents[2] / "build/images"
_BUILD = "Build the images:  make images"


@dataclass(frozen=True)
class Built:
    """A built image: its digest in a registry, and the container image that runs it here."""

    name: str
    digest: str
    container: ContainerImage


def built_images(directory: Path = DIRECTORY) -> dict[str, Built]:
    """Return `media` and `core`, loaded into the engine from their OCI layouts if it lacks them.

    Raises CommandExit when they were not built, or there is no engine.
    """
    try:
        described: dict[str, dict[str, Any]] = json.loads((directory / "images.json").read_text("utf-8"))
        wanted = {name: (described[name]["id"], described[name]["digest"]) for name in ("media", "core")}
    except FileNotFoundError as missing:
        raise CommandExit(f"There are no images. {_BUILD}") from missing
    except (ValueError, KeyError, TypeError) as error:
        raise CommandExit(f"{directory / 'images.json'} was not written by a build. {_BUILD}") from error
    engine = _engine(str(described["media"].get("engine")))
    return {
        name: Built(name, digest, ContainerImage(engine, _present(engine, identity, directory / name)))
        for name, (identity, digest) in wanted.items()
    }


def _engine(builder: str) -> str:
    """Return the engine that built the images, or another one that can run them."""
    for engine in (builder, *ENGINES):
        if engine in ENGINES and shutil.which(engine) is not None:
            return engine
    raise CommandExit(f"There is no container engine; install {' or '.join(ENGINES)}. {_BUILD}")


def _present(engine: str, identity: str, layout: Path) -> str:
    """Load the image if the engine lacks it; return its id."""
    if _run(engine, "image", "inspect", identity).returncode == 0:
        return identity
    if engine == "docker":
        with subprocess.Popen(["tar", "-C", str(layout), "-c", "."], stdout=subprocess.PIPE) as packed:
            loaded = subprocess.run(
                ["docker", "load"], stdin=packed.stdout, capture_output=True, text=True, check=False
            )
    else:
        loaded = _run(engine, "pull", "--quiet", f"oci:{layout}")
    if loaded.returncode != 0 or _run(engine, "image", "inspect", identity).returncode != 0:
        raise CommandExit(f"{engine} has no image {identity[:19]} and cannot load it from {layout}. {_BUILD}")
    return identity


def _run(engine: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([engine, *arguments], capture_output=True, text=True, check=False)
