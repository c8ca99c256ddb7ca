"""The contents and the configuration of the images in OCI layout."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tests.images.conftest import run_inside
from vcpctl.images.built import Built
from vcpctl.images.index_settings import settings
from vcpctl.images.report import BuiltImage

NAMES = ("media", "core")
APT = shutil.which("apt-config")
#: Shells, compilers and other tools, by file name.
TOOLS = re.compile(
    r"(^|/)s?bin/(sh|bash|dash|busybox|gcc|cc|c\+\+|g\+\+|ld|as|make|cmake|nasm|git|curl|wget|perl|apt|apt-get|dpkg|pip3?|uv|"
    r"ffmpeg|su|sudo|mount)$|(^|/)(pip|setuptools|wheel|uv)/__init__\.py$"
)
#: Caches of package managers.
CACHES = re.compile(r"(^|/)var/(cache|lib/apt)/.|(^|/)(\.cache|\.npm|\.git|__pypackages__)(/|$)|\.(deb|whl)$")
SECRET_NAMES = re.compile(
    r"(^|/)(\.env|\.netrc|\.pypirc|pip\.conf|\.aws|\.ssh|id_rsa|credentials(\.json)?|run/secrets/.+)$|/service.?account.*\.json$"
)
SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}|\bAKIA[A-Z0-9]{16}\b"
    rb"|\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b"
    # A URL with a password, except "password" itself, as in the documentation of libraries.
    rb"|https?://[^/\s:@'\"{}]{1,40}:(?!password@)[^/\s:@'\"{}]{6,}@[a-z0-9]"
)


def members(image: BuiltImage) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Yield every entry of every layer, with its bytes if it is a file."""
    for path in image.layers:
        with tarfile.open(path) as layer:
            for member in layer:
                content = layer.extractfile(member) if member.isfile() else None
                yield member, content.read() if content is not None else b""


def layout(place: Path, name: str) -> BuiltImage:
    return BuiltImage(place / name)


def configuration(image: BuiltImage) -> dict[str, Any]:
    algorithm, _, name = image.identity.partition(":")
    document: dict[str, Any] = json.loads((image.layout / "blobs" / algorithm / name).read_text())
    return document


@pytest.mark.parametrize("name", NAMES)
def test_no_layer_contains_tools_caches_or_secrets(
    place: Path, name: str, settings_of_this_machine: set[bytes]
) -> None:
    found, seen = [], 0
    for member, content in members(layout(place, name)):
        seen += 1
        if any(pattern.search(member.name) for pattern in (TOOLS, CACHES, SECRET_NAMES)):
            found.append(member.name)
        if secret := SECRETS.search(content):
            found.append(f"{member.name}: {secret[0][:30]!r}")
        found += [f"{member.name} contains {each!r}" for each in settings_of_this_machine if each in content]
    assert seen > 1000, "the layers were read"
    assert found == []


@pytest.fixture(scope="module")
def settings_of_this_machine() -> set[bytes]:
    """The addresses of this machine's package indexes and proxies."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False) if APT else None
    words = [*settings(os.environ).values(), *re.findall(r'Proxy "([^"]+)"', dump.stdout if dump else "")]
    words += [value for name, value in os.environ.items() if name.lower() in ("http_proxy", "https_proxy")]
    return {address.encode() for word in words for address in word.split() if "://" in address}


@pytest.mark.parametrize("name", NAMES)
def test_no_file_grants_rights_and_every_module_is_compiled(place: Path, name: str) -> None:
    modules, compiled, odd = set(), set(), []
    for member, _ in members(layout(place, name)):
        path = PurePosixPath(member.name)
        if member.mode & 0o6000 or (member.mode & 0o002 and not member.issym() and member.name != "tmp"):
            odd.append((member.name, oct(member.mode)))
        if path.suffix == ".py":
            modules.add(str(path.with_suffix("")))
        elif path.suffix == ".pyc":
            compiled.add(str(path.parents[1] / path.name.partition(".cpython-")[0]))
    assert odd == []
    assert len(modules) > 500
    assert modules - compiled == set()


@pytest.mark.parametrize("name", NAMES)
def test_configuration(place: Path, name: str) -> None:
    image = layout(place, name)
    config = configuration(image)["config"]

    assert config["User"].split(":")[0] not in ("", "0", "root")
    assert config["Entrypoint"] == ["/usr/bin/python3", "-m", "awslambdaric"]
    assert config["Labels"]["org.opencontainers.image.licenses"].startswith("MIT")
    assert not [each for each in config["Env"] if re.match(r"(?i).*(secret|token|password|key|proxy)", each)]


@pytest.mark.parametrize("name", NAMES)
def test_labels_name_version_and_revision(place: Path, name: str) -> None:
    labels = configuration(layout(place, name))["config"]["Labels"]
    described = json.loads((place / "images.json").read_text())[name]
    assert labels["org.opencontainers.image.version"] == described["version"]
    assert labels["org.opencontainers.image.revision"] == described["revision"]


@pytest.mark.parametrize("name", NAMES)
def test_only_tmp_is_writable(images: dict[str, Built], name: str) -> None:
    code = """
import os
kernel = ("/proc", "/sys", "/dev/mqueue")
def is_writable(directory):
    try:
        with open(os.path.join(directory, "x"), "w"): return True
    except OSError: return False
print(os.getuid(), [where for where, _, _ in os.walk("/") if not where.startswith(kernel) and is_writable(where)])
"""
    done = run_inside(images[name], "/usr/bin/python3", "-c", code)
    assert done.stdout.decode().strip() == "993 ['/tmp']", done.stderr.decode()


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_run_on_the_images_python_version(images: dict[str, Built], name: str) -> None:
    done = run_inside(images[name], "/usr/bin/python3", "-c", "import sys; print(*sys.version_info[:2])")
    assert done.stdout.decode().split() == [str(number) for number in sys.version_info[:2]]
