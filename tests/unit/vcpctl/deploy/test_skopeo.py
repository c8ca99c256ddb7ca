"""Images that are not what `make images` built are rejected before skopeo runs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.unit.vcpctl.deploy.layouts import write_layout
from vcpctl.command_exit import CommandExit
from vcpctl.deploy.images import Built
from vcpctl.deploy.shell import Shell
from vcpctl.deploy.skopeo import push


def error(layout: Path, digest: str) -> str:
    with pytest.raises(CommandExit) as caught:
        push(Shell(layout, {}), Built("media", layout, digest, "1f0c3a9"), "127.0.0.1:9/vcp/media:1f0c3a9", "")
    return str(caught.value)


def test_rejects_a_changed_manifest(tmp_path: Path) -> None:
    digest = write_layout(tmp_path, "media")
    (tmp_path / "blobs" / digest.replace(":", "/")).write_text("{}")
    assert error(tmp_path, digest) == f"{tmp_path} was changed after it was built: run  make images  again"


def test_rejects_a_missing_image(tmp_path: Path) -> None:
    assert error(tmp_path, "sha256:12") == f"{tmp_path} holds no image sha256:12: run  make images  again"


def test_rejects_an_image_index(tmp_path: Path) -> None:
    index = json.dumps({"schemaVersion": 2, "manifests": []}).encode()
    digest = hashlib.sha256(index).hexdigest()
    (tmp_path / "blobs/sha256").mkdir(parents=True)
    (tmp_path / "blobs/sha256" / digest).write_bytes(index)
    assert "is an image index, which Lambda does not support" in error(tmp_path, f"sha256:{digest}")
