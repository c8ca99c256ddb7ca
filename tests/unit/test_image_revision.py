"""The version of the images is -dirty exactly when a file that goes into them is not committed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from vcpctl.deploy.images import IN_THE_IMAGES

ROOT = Path(__file__).parents[2]


def version(checkout: Path) -> str:
    """Return the version that scripts/images determines."""
    script = (ROOT / "scripts/images").read_text("utf-8")
    (function,) = [part for part in script.split("\n\n") if "\ndescribe_checkout() {" in f"\n{part}"]
    shell = f'{function}\ndescribe_checkout; printf %s "$version"'
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", shell], cwd=checkout, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with one commit."""
    for name in ("images/vcp/x.py", "locks/core.txt", ".dockerignore", "Pulumi.dev.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("as committed\n", "utf-8")
    identity = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, env={**os.environ, **identity})
    return tmp_path


def test_other_files_do_not_make_the_version_dirty(checkout: Path) -> None:
    (checkout / "Pulumi.dev.yaml").write_text("config:\n  vcp:mediaImage: other\n", "utf-8")
    (checkout / "notes.txt").write_text("text\n", "utf-8")
    assert not version(checkout).endswith("-dirty")


@pytest.mark.parametrize("changed", ["images/vcp/x.py", "images/vcp/new.py", "locks/core.txt", ".dockerignore"])
def test_uncommitted_files_of_the_images_make_the_version_dirty(checkout: Path, changed: str) -> None:
    (checkout / changed).write_text("changed\n", "utf-8")
    assert version(checkout).endswith("-dirty")


def test_the_whole_build_context_is_checked() -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    assert allowed
    assert {path.split("/")[0] for path in allowed} <= set(IN_THE_IMAGES)
