"""`make test` and `make test-unit`: what they pass to pytest, and which tests it selects."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytest_plugins = "pytester"

ROOT = Path(__file__).resolve().parents[2]
#: Replaces Python: records its arguments, and whether Python would write bytecode.
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


def make(checkout: Path, target: str, *options: str) -> list[str]:
    """Make a target, and return the arguments of Python."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment = clean | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(["make", "-s", target, *options], cwd=checkout, env=environment, check=True)
    return (checkout / "given").read_text("utf-8").splitlines()


def test_bytecode_is_written_even_if_the_environment_disables_it(checkout: Path) -> None:
    make(checkout, "test")
    assert (checkout / "bytecode").read_text("utf-8") == "kept\n"


@pytest.mark.parametrize(("target", "folder"), [("test", "tests"), ("test-unit", "tests/unit")])
def test_passes_options_to_pytest(checkout: Path, target: str, folder: str) -> None:
    given = make(checkout, target, "PYTEST_ARGS=--durations=9 -x")
    assert given[:3] == ["-m", "pytest", folder]
    assert given[-2:] == ["--durations=9", "-x"]


#: One test that needs nothing, and four that need a server or encode.
TESTS = """
import pytest

@pytest.fixture
def bucket(cloud):
    return "bucket"

def test_plain(): ...
def test_with_the_cloud(cloud): ...
def test_with_a_fixture_that_uses_the_cloud(bucket): ...

@pytest.mark.server
def test_with_its_own_server(): ...

@pytest.mark.media
def test_with_an_encode(): ...
"""


def test_unit_tests_use_no_cloud_server_or_encoder(checkout: Path, pytester: pytest.Pytester) -> None:
    """Given tests under the repository's own conftest, `make test-unit` selects only the one that needs nothing."""
    given = make(checkout, "test-unit")
    expression = given[given.index("-m", 1) + 1]
    pytester.makeconftest((ROOT / "tests/conftest.py").read_text("utf-8"))
    pytester.makepyfile(TESTS)

    result = pytester.runpytest("-m", expression, "--collect-only", "-q")

    assert [line.partition("::")[2] for line in result.outlines if "::" in line] == ["test_plain"]
