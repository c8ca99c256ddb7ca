"""The built images in the engine: found by id, loaded from the layout if missing, or reported."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from localcloud.context import ContainerImage
from vcpctl.command_exit import CommandExit
from vcpctl.demo.environment import container_images
from vcpctl.images.built import built_images

#: A fake engine with the images in `have`, which pulls from a layout.
ENGINE = """#!/bin/sh
here=$(dirname "$0")
case $1 in
    image) grep -qx "$3" "$here/have" ;;
    pull) cat "${3#oci:}/identity" >>"$here/have" ;;
esac
"""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two built images, one of which is in the engine."""
    tools = tmp_path / "bin"
    tools.mkdir()
    podman = tools / "podman"
    podman.write_text(ENGINE)
    podman.chmod(podman.stat().st_mode | stat.S_IXUSR)
    for tool in ("sh", "dirname", "grep", "cat"):
        path = next(path for path in (Path("/bin", tool), Path("/usr/bin", tool)) if path.exists())
        (tools / tool).symlink_to(path)
    monkeypatch.setenv("PATH", str(tools))
    (tools / "have").write_text("sha256:core\n")
    described = {name: {"id": f"sha256:{name}", "digest": f"sha256:of-{name}"} for name in ("media", "core")}
    images = tmp_path / "images"
    (images / "media").mkdir(parents=True)
    (images / "images.json").write_text(json.dumps({n: {**d, "engine": "buildah"} for n, d in described.items()}))
    return images


def test_loads_an_image_that_the_engine_lacks(directory: Path) -> None:
    (directory / "media/identity").write_text("sha256:media\n")

    images = built_images(directory)

    assert images["media"].container == ContainerImage("podman", "sha256:media")
    assert images["core"].digest == "sha256:of-core"


def test_a_stack_uses_the_digests(directory: Path) -> None:
    (directory / "media/identity").write_text("sha256:media\n")

    assert [uri.rpartition("/")[2] for uri in container_images(directory)] == [
        "vcp-media@sha256:of-media",
        "vcp-core@sha256:of-core",
    ]


def test_reports_what_is_missing(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "media/identity").write_text("sha256:another\n")
    with pytest.raises(CommandExit, match=r"podman has no image sha256:media and cannot load it .* Build the images:"):
        built_images(directory)

    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CommandExit, match="There is no container engine; install podman or docker"):
        built_images(directory)

    (directory / "images.json").write_text("{}")
    with pytest.raises(CommandExit, match="was not written by a build"):
        built_images(directory)

    with pytest.raises(CommandExit, match="There are no images"):
        built_images(directory / "nowhere")
