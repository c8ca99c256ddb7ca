"""`make demo` hands its options on as they were typed: a file's name is never read by make or by the shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Stands in for `vcp`: writes down what it was given.
RECORDER = '#!/bin/sh\nprintf "%s\\0" "$@" > given\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile with scripts that do nothing."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name, text in (
        ("scripts/setup", "#!/bin/sh\n"),
        ("scripts/footage", "#!/bin/sh\n"),
        (".venv/bin/vcp", RECORDER),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def given(checkout: Path, *options: str, environment: dict[str, str] | None = None) -> list[str]:
    """What `vcp` is called with after `make demo` and these options."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    subprocess.run(["make", "-s", "demo", *options], cwd=checkout, env=clean | (environment or {}), check=True)
    return (checkout / "given").read_text("utf-8").split("\0")[:-1]


def test_without_options_there_are_none(checkout: Path) -> None:
    assert given(checkout) == ["demo"]


@pytest.mark.parametrize(
    "name",
    [
        "two words.mov",
        'it\'s "q".mov',
        "a$b $(HOME) ${HOME} $$.mov",
        "$(shell touch struck)x`touch struck`$(touch struck).mov",
        "new\nline.mov",
        "-x.mov",
        "a#b;c&d|e<f>g*h?i[j]k\\l%m=n.mov",
        "ملف 🎬.mov",
    ],
)
def test_a_name_arrives_as_it_is(name: str, checkout: Path) -> None:
    assert given(checkout, f"VIDEO={name}") == ["demo", f"--video={name}"]
    assert given(checkout, environment={"VIDEO": name}) == ["demo", f"--video={name}"]
    assert not (checkout / "struck").exists()


def test_sizes_and_keep_arrive(checkout: Path) -> None:
    options = given(checkout, "LIMIT_BYTES=5 GB", "COMPRESS_ABOVE_BYTES=-1", "KEEP=1")
    assert options == ["demo", "--limit-bytes=5 GB", "--compress-above-bytes=-1", "--keep"]


@pytest.mark.parametrize("no", ["", "0", "no", "false"])
def test_not_to_keep_is_understood(no: str, checkout: Path) -> None:
    assert given(checkout, f"KEEP={no}") == ["demo"]
