"""The Makefile: options are passed on as typed, and an option that a target does not have is rejected."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: In place of commands: write the arguments to a file, and the value of PYTHONDONTWRITEBYTECODE to another.
RECORDER = '#!/bin/sh\nprintf "%s\\0" "$@" > arguments\necho "${PYTHONDONTWRITEBYTECODE-kept}" > bytecode\n'
NOTHING = "#!/bin/sh\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile, with fake commands."""
    for name in ("Makefile", "scripts/check-make-options"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name, text in {
        "scripts/setup": NOTHING,
        "scripts/footage": NOTHING,
        ".venv/bin/vcp": RECORDER,
        ".venv/bin/python": RECORDER,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def make(checkout: Path, *arguments: str, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Run make in a clean environment; return its exit code and error output."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "-s", *arguments]
    run = subprocess.run(
        command, cwd=checkout, env=clean | (environment or {}), capture_output=True, text=True, check=False
    )
    return run.returncode, run.stderr


def arguments(checkout: Path, *command: str, environment: dict[str, str] | None = None) -> list[str]:
    """Return the arguments that make passes to the command of a target."""
    assert make(checkout, *command, environment=environment) == (0, "")
    return (checkout / "arguments").read_text("utf-8").split("\0")[:-1]


def test_the_demo_has_no_options_by_default(checkout: Path) -> None:
    assert arguments(checkout, "demo") == ["demo"]


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
def test_passes_a_file_name_on_unchanged(name: str, checkout: Path) -> None:
    assert arguments(checkout, "demo", f"VIDEO={name}") == ["demo", f"--video={name}"]
    assert arguments(checkout, "demo", environment={"VIDEO": name}) == ["demo", f"--video={name}"]
    assert not (checkout / "struck").exists()


def test_passes_sizes_and_keep_on(checkout: Path) -> None:
    options = arguments(checkout, "demo", "LIMIT_BYTES=5 GB", "COMPRESS_ABOVE_BYTES=-1", "KEEP=1")
    assert options == ["demo", "--limit-bytes=5 GB", "--compress-above-bytes=-1", "--keep"]


@pytest.mark.parametrize("no", ["", "0", "no", "false"])
def test_keep_can_be_turned_off(no: str, checkout: Path) -> None:
    assert arguments(checkout, "demo", f"KEEP={no}") == ["demo"]


def test_passes_pytest_arguments_on(checkout: Path) -> None:
    given = arguments(checkout, "test", "PYTEST_ARGS=--durations=9 -x")
    assert given[:3] == ["-m", "pytest", "tests"]
    assert given[-2:] == ["--durations=9", "-x"]


def test_tests_keep_bytecode_whatever_the_environment_says(checkout: Path) -> None:
    arguments(checkout, "test", environment={"PYTHONDONTWRITEBYTECODE": "1"})
    assert (checkout / "bytecode").read_text("utf-8") == "kept\n"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("demo", "LIMIT=5GB"), "make demo has no option LIMIT; use LIMIT_BYTES"),
        (("demo", "VIDOE=x"), "make demo has no option VIDOE; use VIDEO"),
        (("demo", "KEEP=1", "video=x"), "make demo has no option video; use VIDEO"),
        (("test", "KEEP=1"), "make test has no option KEEP; it has PYTEST_ARGS"),
        (("check", "STACK=dev"), "make check has no option STACK; it has none"),
        (("deploy", "STAK=dev"), "make deploy has no option STAK; use STACK"),
    ],
)
def test_rejects_an_unknown_option_and_names_the_right_one(
    command: tuple[str, ...], message: str, checkout: Path
) -> None:
    code, error = make(checkout, *command)
    assert code == 2
    assert message in error
    assert not (checkout / "arguments").exists()


def test_accepts_variables_of_make_and_of_the_environment(checkout: Path) -> None:
    assert arguments(checkout, "demo", "SHELL=/bin/bash", "MAKEFLAGS=-s", environment={"LIMIT": "5"}) == ["demo"]


def test_a_make_that_is_called_by_make_does_not_inherit_the_options(checkout: Path) -> None:
    (checkout / ".venv/bin/python").write_text("#!/bin/sh\nmake -s help > /dev/null || touch failed\n", "utf-8")
    assert make(checkout, "test", "PYTEST_ARGS=-x") == (0, "")
    assert not (checkout / "failed").exists()
