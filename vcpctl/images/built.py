"""The images that `make images` built, as this machine's engine runs them and as functions are deployed by."""

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
_AGAIN = "Build the images:  make images"


@dataclass(frozen=True)
class Built:
    """One built image. `digest` is what a registry would know it by; `container` what runs it here."""

    name: str
    digest: str
    container: ContainerImage


def built_images(directory: Path = DIRECTORY) -> dict[str, Built]:
    """`media` and `core`, in the engine. One that it has no more is taken from what was written beside.

    Raises CommandExit when they were not built, or no engine is here that runs them.
    """
    try:
        described: dict[str, dict[str, Any]] = json.loads((directory / "images.json").read_text("utf-8"))
        wanted = {name: (described[name]["id"], described[name]["digest"]) for name in ("media", "core")}
    except FileNotFoundError as missing:
        raise CommandExit(f"The images of the functions have not been built. {_AGAIN}") from missing
    except (ValueError, KeyError, TypeError) as broken:
        raise CommandExit(f"{directory / 'images.json'} is not what a build writes. {_AGAIN}") from broken
    engine = _engine(str(described["media"].get("engine")))
    return {
        name: Built(name, digest, ContainerImage(engine, _present(engine, identity, directory / name)))
        for name, (identity, digest) in wanted.items()
    }


def _engine(builder: str) -> str:
    """The engine that built them, or one that runs what another one built."""
    for engine in (builder, *ENGINES):
        if engine in ENGINES and shutil.which(engine) is not None:
            return engine
    raise CommandExit(f"No container engine is here that runs images; {' or '.join(ENGINES)} is needed. {_AGAIN}")


def _present(engine: str, identity: str, layout: Path) -> str:
    """The image's id, the image being in the engine's storage afterwards."""
    if _run(engine, "image", "inspect", identity).returncode == 0:
        return identity
    if engine == "docker":
        with subprocess.Popen(["tar", "-C", str(layout), "-c", "."], stdout=subprocess.PIPE) as packed:
            taken = subprocess.run(["docker", "load"], stdin=packed.stdout, capture_output=True, text=True, check=False)
    else:
        taken = _run(engine, "pull", "--quiet", f"oci:{layout}")
    if taken.returncode != 0 or _run(engine, "image", "inspect", identity).returncode != 0:
        raise CommandExit(f"{engine} has no image {identity[:19]} and cannot take it from {layout}. {_AGAIN}")
    return identity


def _run(engine: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([engine, *arguments], capture_output=True, text=True, check=False)
