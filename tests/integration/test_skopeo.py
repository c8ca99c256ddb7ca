"""Pushing images with skopeo to a real registry (docker-registry), which asks for a password."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.loopback import free_port, listens
from tests.unit.vcpctl.deploy.layouts import write_layout
from tests.waiting import eventually
from vcpctl.command_exit import CommandExit
from vcpctl.deploy.images import Built
from vcpctl.deploy.shell import Shell
from vcpctl.deploy.skopeo import push

ROOT = Path(__file__).parents[2]
AUTHORIZATION = base64.b64encode(b"AWS:secret").decode()
#: The password above as htpasswd writes it (bcrypt).
_USERS = "AWS:$2b$04$Xh0lZPtKaoLEaF.ejl6nzOgu1.ENXV8nTyilbGIwheacr32Z2LjBa\n"
_REVISION = "1f0c3a9"


@dataclass(frozen=True)
class Registry:
    """A running registry on a loopback port."""

    host: str
    log: Path
    shell: Shell

    def push(self, folder: Path, digest: str, tag: str = _REVISION, authorization: str = AUTHORIZATION) -> None:
        image = Built("media", folder, digest, tag)
        push(self.shell, image, f"{self.host}/vcp/media:{tag}", authorization)

    def digest(self) -> str | None:
        """The digest of the tag; None when it does not exist."""
        headers = {"Accept": "application/vnd.oci.image.manifest.v1+json", "Authorization": f"Basic {AUTHORIZATION}"}
        found = requests.head(f"http://{self.host}/v2/vcp/media/manifests/{_REVISION}", headers=headers, timeout=10)
        return found.headers.get("Docker-Content-Digest")

    def uploads(self) -> int:
        """How many blobs were sent."""
        return self.log.read_text("utf-8").count('"POST /v2/')


@pytest.fixture(scope="module")
def program() -> str:
    """The registry's program; skopeo is installed, too."""
    found = subprocess.run([ROOT / "scripts/registry"], capture_output=True, text=True, check=False)
    if found.returncode != 0 and os.geteuid() != 0:
        pytest.skip(found.stderr.strip())
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


@pytest.fixture
def registry(program: str, tmp_path: Path) -> Iterator[Registry]:
    port, log = free_port(), tmp_path / "log"
    (tmp_path / "users").write_text(_USERS, "utf-8")
    (tmp_path / "config.yml").write_text(
        f"version: 0.1\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
        f"storage: {{filesystem: {{rootdirectory: {tmp_path}/data}}}}\n"
        f"auth: {{htpasswd: {{realm: test, path: {tmp_path}/users}}}}\n",
        "utf-8",
    )
    # skopeo speaks https unless a registry is listed as insecure.
    insecure = f'[[registry]]\nlocation = "127.0.0.1:{port}"\ninsecure = true\n'
    (tmp_path / ".config/containers").mkdir(parents=True)
    (tmp_path / ".config/containers/registries.conf").write_text(insecure, "utf-8")
    with log.open("wb") as output:
        process = subprocess.Popen([program, "serve", tmp_path / "config.yml"], stdout=output, stderr=output)
    try:
        eventually(lambda: listens(port) or process.poll() is not None, what="the registry listens")
        yield Registry(f"127.0.0.1:{port}", log, Shell(tmp_path, {"HOME": str(tmp_path)}))
    finally:
        process.kill()
        process.wait()


def test_preserves_the_digest(registry: Registry, tmp_path: Path) -> None:
    digest = write_layout(tmp_path / "media", "media")
    registry.push(tmp_path / "media", digest)
    assert registry.digest() == digest


def test_does_not_send_layers_again(registry: Registry, tmp_path: Path) -> None:
    one, two = (write_layout(tmp_path / name, name) for name in ("one", "two"))
    registry.push(tmp_path / "one", one, "1111111")
    registry.push(tmp_path / "two", two, "2222222")
    assert registry.uploads() == 5  # the shared layer once, a layer and a configuration for each image


def test_rejects_a_layer_changed_after_the_build(registry: Registry, tmp_path: Path) -> None:
    digest = write_layout(tmp_path / "media", "media")
    layer = tmp_path / "media/blobs/sha256" / hashlib.sha256(b"media" * 100).hexdigest()
    layer.write_bytes(b"something else")
    with pytest.raises(CommandExit, match=r"failed: .*Digest did not match"):
        registry.push(tmp_path / "media", digest)
    assert registry.digest() is None


def test_reports_a_wrong_password_without_repeating_it(registry: Registry, tmp_path: Path) -> None:
    digest = write_layout(tmp_path / "media", "media")
    wrong = base64.b64encode(b"AWS:wrong-password").decode()
    with pytest.raises(CommandExit, match=r"failed: .*unauthorized") as caught:
        registry.push(tmp_path / "media", digest, authorization=wrong)
    assert wrong not in str(caught.value)
    assert "wrong-password" not in str(caught.value)
