"""The bill of materials of an image."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cyclonedx", reason="cyclonedx-python-lib is installed by make test-images")
bill_of_materials = importlib.import_module("building.bill_of_materials").bill_of_materials

OS_RELEASE = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The files of an image: two Debian packages, two Python packages, and ffprobe's version."""
    texts = {
        "usr/lib/os-release": OS_RELEASE,
        "var/lib/dpkg/status.d/libssl3": "Package: libssl3\nArchitecture: amd64\nSource: openssl\nVersion: 3.0.17-1\n",
        "var/lib/dpkg/status.d/libgcc-s1": (
            "Package: libgcc-s1\nArchitecture: amd64\nSource: gcc-12 (12.2.0-14)\nVersion: 12.2.0-14+b1\n"
        ),
        "opt/python/requests-2.32.dist-info/METADATA": "Name: requests\nVersion: 2.32\nLicense: Apache-2.0\n",
        "opt/python/Some_Thing-1.0.dist-info/METADATA": (
            "Name: Some_Thing\nVersion: 1.0\nClassifier: License :: OSI Approved :: BSD License\n"
        ),
        "usr/share/doc/ffprobe/version": "7:5.1.9-0+deb12u1\n",
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    return tmp_path


def test_names_every_package_by_its_url(root: Path) -> None:
    components = _read(root)["components"]
    assert {component["purl"] for component in components} == {
        "pkg:deb/debian/libssl3@3.0.17-1?arch=amd64&distro=debian-12&upstream=openssl",
        "pkg:deb/debian/libgcc-s1@12.2.0-14%2Bb1?arch=amd64&distro=debian-12&upstream=gcc-12%4012.2.0-14",
        "pkg:deb/debian/ffmpeg@7:5.1.9-0%2Bdeb12u1?arch=source&distro=debian-12",
        "pkg:pypi/requests@2.32",
        "pkg:pypi/some-thing@1.0",
    }


def test_states_the_licenses_of_the_packages(root: Path) -> None:
    licenses = {component["name"]: component.get("licenses") for component in _read(root)["components"]}
    assert licenses["requests"] == [{"license": {"id": "Apache-2.0"}}]
    assert licenses["some-thing"] == [{"license": {"name": "BSD License"}}]
    assert licenses["ffprobe"] == [{"license": {"id": "LGPL-2.1-or-later"}}]


def test_is_reproducible_with_a_serial_number_for_each_image(root: Path) -> None:
    assert bill_of_materials("vcp/media", root) == bill_of_materials("vcp/media", root)
    assert _read(root)["serialNumber"] != _read(root, "vcp/core")["serialNumber"]
    assert _read(root)["metadata"]["component"] == {"bom-ref": "vcp/media", "name": "vcp/media", "type": "container"}


def test_lists_no_ffprobe_that_the_image_lacks(root: Path) -> None:
    (root / "usr/share/doc/ffprobe/version").unlink()
    assert "ffprobe" not in {component["name"] for component in _read(root)["components"]}


def _read(root: Path, image: str = "vcp/media") -> dict[str, Any]:
    document: dict[str, Any] = json.loads(bill_of_materials(image, root))
    return document
