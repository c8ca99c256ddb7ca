"""The report on built images: digests and sizes as in a registry, and the largest parts."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from vcpctl.command_exit import CommandExit
from vcpctl.images import report

LARGE = os.urandom(2_000_000)  # incompressible
REVISION = "0123456789abcdef0123456789abcdef01234567"


def _layer(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _blob(layout: Path, content: bytes) -> dict[str, object]:
    digest = hashlib.sha256(content).hexdigest()
    (layout / "blobs/sha256").mkdir(parents=True, exist_ok=True)
    (layout / "blobs/sha256" / digest).write_bytes(content)
    return {"digest": f"sha256:{digest}", "size": len(content)}


def _image(layout: Path, *layers: bytes) -> str:
    """Write an OCI layout (image-spec v1.1); return its digest."""
    manifest = {"config": _blob(layout, b"{}"), "layers": [_blob(layout, layer) for layer in layers]}
    described = _blob(layout, json.dumps(manifest).encode())
    (layout / "index.json").write_text(json.dumps({"manifests": [described]}), "utf-8")
    return str(described["digest"])


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    below = _layer({"usr/bin/python3.11": b"x" * 1000, "./usr/lib/x86_64-linux-gnu/libc.so.6": b"y" * 500})
    ffprobe = _layer({"usr/bin/ffprobe": LARGE})
    above = _layer({"opt/python/botocore/client.py": b"z" * 300, "opt/python/botocore-1.4.dist-info/RECORD": b"z" * 7})
    _image(tmp_path / "media", gzip.compress(below), gzip.compress(ffprobe), gzip.compress(above))
    _image(tmp_path / "core", gzip.compress(below), gzip.compress(_layer({"var/task/vcp/ports.py": b"p" * 40})))
    return tmp_path


def test_describes_an_image_as_in_a_registry(directory: Path) -> None:
    layer = gzip.compress(_layer({"var/task/vcp/ports.py": b"p" * 40}))
    digest = _image(directory / "core", layer)
    report.describe(directory, "podman", "v1-2-gabc", REVISION)

    core = json.loads((directory / "images.json").read_text("utf-8"))["core"]
    assert core["compressedBytes"] == len(layer)
    assert core["uncompressedBytes"] == 40
    assert core["digest"] == digest
    assert core["id"] == "sha256:" + hashlib.sha256(b"{}").hexdigest()
    assert core["reference"] == "localhost/vcp/core:v1-2-gabc"
    assert (core["revision"], core["engine"]) == (REVISION, "podman")


def test_lists_the_largest_parts_first(directory: Path) -> None:
    lines = report.describe(directory, "podman", "v1", REVISION).splitlines()
    media = lines[: lines.index("")]
    assert media[0] == "| vcp/media | MB compressed | MB |"
    assert media[2] == "| ffprobe | 2.0 | 2.0 |"
    assert {line.split(" | ")[0] for line in media[3:-1]} == {
        "| Python",
        "| Debian's libraries and files",
        "| Python package botocore",
    }
    assert media[-1] == "| **total, limit 90 MB compressed** | 2.0 | 2.0 |"


def test_uncompressed_layers_count_as_compressed(directory: Path) -> None:
    layers = [_layer({"usr/bin/ffprobe": LARGE}), _layer({"var/task/vcp/a.py": b"a" * 1_000_000})]
    _image(directory / "media", *layers)
    uncompressed = report.BuiltImage(directory / "media").compressed_bytes
    _image(directory / "media", *(gzip.compress(layer) for layer in layers))
    assert uncompressed == pytest.approx(report.BuiltImage(directory / "media").compressed_bytes, rel=0.01)


def test_reads_each_layer_once(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = report.describe(directory, "podman", "v1", REVISION)
    monkeypatch.setattr(report, "space_of_layer", None)
    assert report.describe(directory, "podman", "v1", REVISION) == first


def test_names_images_above_the_limit(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report.describe(directory, "podman", "v1", REVISION)
    assert report.too_large(directory) == []
    monkeypatch.setitem(report.LIMITS_MB, "media", 1)
    assert report.too_large(directory) == ["vcp/media has 2.0 MB compressed; the limit is 1 MB."]


def test_rejects_a_layout_of_several_images(directory: Path) -> None:
    index = json.loads((directory / "core/index.json").read_text("utf-8"))
    (directory / "core/index.json").write_text(json.dumps({"manifests": index["manifests"] * 2}), "utf-8")
    with pytest.raises(CommandExit, match="2 images instead of one"):
        report.describe(directory, "podman", "v1", REVISION)


def _error(directory: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the error of the report."""
    words = ["report", str(directory), "--engine", "podman", "--version", "v1", "--revision", REVISION]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as ended:
        report.main()
    return str(ended.value.code)


def test_reports_errors_in_one_sentence(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "images.json").symlink_to("/dev/full")
    assert (
        _error(directory, monkeypatch)
        == f"The disk is full: {directory} cannot be written. Free some space, then run it again."
    )

    (directory / "core/index.json").write_text('{"manifests": []}', "utf-8")
    assert "holds 0 images instead of one. Build again:  make images" in _error(directory, monkeypatch)
