"""`make test` spends its minutes on the tests: the two workers and what they start read bytecode that is kept."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Stands in for Python: writes down what it was given, and what Python would do with bytecode.
RECORDER = '#!/bin/sh\nprintf "%s\\n" "$@" > given\necho "${PYTHONDONTWRITEBYTECODE-kept}" > bytecode\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile with a setup that does nothing."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name, text in (("scripts/setup", "#!/bin/sh\n"), (".venv/bin/python", RECORDER)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def make_test(checkout: Path, *options: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment = clean | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(["make", "-s", "test", *options], cwd=checkout, env=environment, check=True)


def test_bytecode_is_kept_where_the_environment_would_not(checkout: Path) -> None:
    make_test(checkout)
    assert (checkout / "bytecode").read_text("utf-8") == "kept\n"


def test_options_reach_the_tests(checkout: Path) -> None:
    make_test(checkout, "PYTEST_ARGS=--durations=9 -x")
    given = (checkout / "given").read_text("utf-8").splitlines()
    assert given[:3] == ["-m", "pytest", "tests"]
    assert given[-2:] == ["--durations=9", "-x"]
