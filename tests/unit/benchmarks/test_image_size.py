"""The report on the size of built images."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

import pytest

from benchmarks import image_size
from vcpctl.command_exit import CommandExit
from vcpctl.images.report import LIMITS_MB


def build(directory: Path, compressed_bytes: int) -> None:
    """Write OCI layouts of both images, with one package in one layer."""

    def keep(place: Path, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        (place / "blobs/sha256").mkdir(parents=True, exist_ok=True)
        (place / "blobs/sha256" / digest).write_bytes(content)
        return f"sha256:{digest}"

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as layer:
        member = tarfile.TarInfo("opt/python/botocore/session.py")
        member.size = 2_000_000
        layer.addfile(member, io.BytesIO(bytes(member.size)))
    for name in LIMITS_MB:
        manifest = {"config": {"digest": "sha256:c"}, "layers": [{"digest": keep(directory / name, packed.getvalue())}]}
        index = {"manifests": [{"digest": keep(directory / name, json.dumps(manifest).encode())}]}
        (directory / name / "index.json").write_text(json.dumps(index), "utf-8")
    (directory / "images.json").write_text(
        json.dumps({name: {"compressedBytes": compressed_bytes} for name in LIMITS_MB}), "utf-8"
    )


def test_lists_the_parts_of_each_image(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path, 1)
    monkeypatch.setattr(sys, "argv", ["image_size", "--directory", str(tmp_path)])
    image_size.main()
    output = capsys.readouterr().out
    assert "| vcp/media | MB compressed | MB |" in output
    assert output.count("| Python package botocore | 0.0 | 2.0 |") == 2


def test_names_images_above_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path, 80_000_000)
    monkeypatch.setattr(sys, "argv", ["image_size", "--directory", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"^vcp/core has 80\.0 MB compressed; the limit is 70 MB\.$"):
        image_size.main()


def test_reports_missing_images(tmp_path: Path) -> None:
    with pytest.raises(CommandExit, match="make images"):
        image_size.tables(tmp_path, 3)
