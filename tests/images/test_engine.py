"""Properties of the engine that scripts/lib-engine.sh relies on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from vcpctl.images.built import Built

REPOSITORY = Path(__file__).parents[2]
BUILD = """
set -eu
. scripts/lib.sh
. scripts/lib-engine.sh
find_engine
labelled "$1/Dockerfile" content "version=$2" 'odd=a "quoted" $word \\ and more' >"$1/labelled"
engine_build --target labelled -f "$1/labelled" -t "$3" "$1"
"""


@pytest.fixture
def tag(images: dict[str, Built]) -> Iterator[str]:
    name = f"localhost/vcp-test/labels-{uuid4().hex[:8]}:latest"
    yield name
    subprocess.run([images["core"].container.engine, "rmi", "--force", name], capture_output=True, check=False)


def test_labels_are_not_taken_from_the_cache(images: dict[str, Built], tag: str, tmp_path: Path) -> None:
    stages = ("FROM scratch AS content\nCOPY file /\nLABEL fixed=yes\n", "FROM scratch AS other\nCOPY file /other\n")
    (tmp_path / "Dockerfile").write_text("".join(stages))
    (tmp_path / "file").write_text(tag)
    engine, seen = images["core"].container.engine, []

    for version in ("one", "two", "one"):
        subprocess.run(["bash", "-c", BUILD, "-", tmp_path, version, tag], cwd=REPOSITORY, check=True)
        inspected = subprocess.run([engine, "image", "inspect", tag], capture_output=True, check=True).stdout
        (image,) = json.loads(inspected)
        seen.append((image["Config"]["Labels"], image["RootFS"]["Layers"]))

    assert [labels["version"] for labels, _ in seen] == ["one", "two", "one"]
    assert {labels["odd"] for labels, _ in seen} == {'a "quoted" $word \\ and more'}
    assert {labels["fixed"] for labels, _ in seen} == {"yes"}
    assert seen[0][1] == seen[1][1] == seen[2][1], "no layer depends on a label"
