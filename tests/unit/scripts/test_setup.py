"""scripts/setup on machines that lack something: what it prints, and that a second run completes it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.unit.scripts.machine import LIMIT_SECONDS, Machine, make_machine
from tests.waiting import eventually


def _too_old(version: str) -> str:
    return f'case $1 in -V) echo "Python {version}" ;; *) exit 1 ;; esac'


_WITHOUT_VENV = 'case "$2" in *ensurepip*) exit 1 ;; esac'


def test_does_nothing_the_second_time(machine: Machine) -> None:
    code, output = machine.run()
    assert (code, output) == (0, "setting up .venv (once; a minute or so)\n")
    assert [call.split()[:2] for call in machine.installed] == [["pip", "install"]] * 2
    assert "--require-hashes -r locks/dev.txt" in machine.installed[0]

    assert machine.run() == (0, "")
    assert len(machine.installed) == 2


def test_installs_changed_pins_into_the_existing_environment(machine: Machine) -> None:
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
def test_reports_what_is_missing_with_the_command_that_installs_it(
    machine: Machine, python3: str | None, uv: bool, sentence: str
) -> None:
    machine.lacks("python3")
    if python3 is not None:
        machine.has("python3", python3)
    if not uv:
        machine.lacks("uv")

    assert machine.run() == (1, sentence + "\n")
    assert not machine.venv.exists()


def test_reports_what_is_missing_without_apt(machine: Machine) -> None:
    machine.lacks("python3")
    machine.lacks("apt-get")
    code, output = machine.run()
    assert code == 1
    assert output == "python3 is missing. Install Python 3.11 or newer with its venv module, then run it again.\n"


def test_needs_no_venv_package_with_uv(machine: Machine) -> None:
    machine.has("python3", f'{_WITHOUT_VENV}\nexec "{Path(sys.executable).resolve()}" "$@"')
    assert machine.run()[0] == 0


def test_uses_a_newer_python_installed_in_addition(machine: Machine) -> None:
    (machine.bin / "python3").rename(machine.bin / "python3.12")
    machine.has("python3", _too_old("3.10.12"))
    assert machine.run()[0] == 0
    assert (machine.venv / "bin" / "python").exists()


def test_installs_what_is_missing_as_root(machine: Machine) -> None:
    (machine.bin / "python3").rename(machine.bin / "from-debian")
    machine.has("id", "echo 0")
    machine.has("apt-get", f'case "$*" in install*) mv "{machine.bin}/from-debian" "{machine.bin}/python3" ;; esac')

    code, output = machine.run()
    assert (code, output.splitlines()[0]) == (0, "python3 is missing: installing python3-venv")
    assert (machine.venv / "bin" / "python").exists()


def test_reports_a_missing_network_as_root(machine: Machine) -> None:
    machine.lacks("python3")
    machine.has("id", "echo 0")
    machine.has("apt-get", "echo 'W: Failed to fetch the index'; case $1 in install) exit 100 ;; esac")
    code, output = machine.run()
    assert code == 3
    assert output.splitlines()[1:] == [
        "Installing python3-venv failed: the package index is unreachable. Check the network and the settings of "
        "apt, pip and uv (proxy, index), then run it again."
    ]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            "error: Failed to fetch: `the index`\n  Caused by: dns error: failed to lookup address information",
            "the package index is unreachable",
        ),
        ("error: Request failed\n  Caused by: invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE"),
        ("error: failed to write to file: No space left on device (os error 28)", "The disk is full"),
        ("error: failed to create directory: Read-only file system (os error 30)", "Read-only file system"),
        ("error: Hash mismatch for boto3==1.40", "Do not trust this package index"),
    ],
    ids=["network", "certificate", "disk", "read-only", "hash"],
)
def test_reports_a_failed_installation_in_one_sentence(machine: Machine, error: str, sentence: str) -> None:
    machine.has("uv", f"cat >&2 <<'END'\n{error}\nEND\nexit 2")
    code, output = machine.run()
    assert code in (1, 3)
    assert output.count("\n") == 2
    assert sentence in output.splitlines()[1]

    machine.has("uv", "exit 0")  # fixed
    assert machine.run()[0] == 0


def test_keeps_a_complete_environment_without_a_network(machine: Machine) -> None:
    machine.run()
    (machine.venv / "mine").touch()
    (machine.checkout / "locks" / "dev.txt").write_text("another==1", "utf-8")
    machine.has("uv", "echo 'error: Failed to fetch: `the index`' >&2; exit 2")
    assert machine.run()[0] == 3

    machine.has("uv", "exit 0")
    assert machine.run()[0] == 0
    assert (machine.venv / "mine").exists()


def test_prints_the_end_of_an_unknown_error(machine: Machine) -> None:
    machine.has("uv", "seq() { for n in 1 2 3 4 5 6 7; do echo line $n; done; }; seq >&2; exit 2")
    code, output = machine.run()
    assert code == 1
    assert output.splitlines()[1:] == [
        "Installing the packages in locks/dev.txt failed:",
        *(f"line {n}" for n in (3, 4, 5, 6, 7)),
    ]


def test_starts_again_after_an_interruption(machine: Machine) -> None:
    machine.has("uv", f'touch "{machine.venv}/half" && kill -KILL $PPID')
    machine.run()
    assert (machine.venv / "half").exists()

    machine.has("uv", "exit 0")
    code, output = machine.run()
    assert code == 0
    assert "creating .venv again" in output
    assert not (machine.venv / "half").exists()
    assert machine.run() == (0, "")


def test_an_import_error_of_the_functions_is_reported_only(machine: Machine) -> None:
    """The tests report it, and they need the environment."""
    (machine.checkout / "scripts" / "bytecode").write_text("import a_module_that_was_forgotten", "utf-8")
    code, output = machine.run()
    assert code == 0
    assert output.splitlines()[1:] == [
        "The functions cannot be imported: ModuleNotFoundError: No module named 'a_module_that_was_forgotten'"
    ]
    assert machine.run() == (0, "")


def test_recreates_the_environment_of_a_moved_directory(machine: Machine, place: Path) -> None:
    machine.run()
    machine.checkout = machine.checkout.rename(place / "elsewhere")

    code, output = machine.run()
    assert code == 0
    assert "creating .venv again" in output
    assert str(machine.venv) in (machine.venv / "pyvenv.cfg").read_text("utf-8")


def test_recreates_the_environment_of_another_python(machine: Machine) -> None:
    machine.run()
    (library,) = (machine.venv / "lib").iterdir()
    library.rename(library.with_name("python3.9"))
    (machine.venv / ".setup-stamp").write_text("of the older Python", "utf-8")

    code, output = machine.run()
    assert code == 0
    assert "creating .venv again" in output
    assert library.is_dir()


def test_recreates_an_environment_without_its_python(machine: Machine) -> None:
    machine.run()
    (machine.venv / "bin" / "python").unlink()

    assert machine.run()[0] == 0
    assert (machine.venv / "bin" / "python").exists()


def test_waits_for_another_setup(machine: Machine) -> None:
    gate = machine.bin / "gate"
    os.mkfifo(gate)
    machine.has("uv", f'echo "$@" >>"{machine.bin}/uv.calls"; case $* in *dev.txt*) cat "{gate}" ;; esac')
    first = machine.start()
    eventually(lambda: machine.installed, what="the first setup installs")
    second = machine.start()
    assert second.stdout is not None
    assert second.stdout.readline() == "waiting for another setup in this directory\n"

    gate.write_text("", "utf-8")  # the first setup continues
    assert first.wait(LIMIT_SECONDS) == 0
    assert second.wait(LIMIT_SECONDS) == 0
    assert second.stdout.read() == ""
    assert len(machine.installed) == 2
    for process in (first, second):
        process.communicate()


def test_works_in_the_c_locale_with_a_path_beyond_ascii(place: Path) -> None:
    """Editable packages put the path into a .pth file, which Python reads at every start."""
    machine = make_machine(place / "Grüße an ﾂ", place / "bin")
    machine.environment["LC_ALL"] = "C"
    machine.has("uv", 'pwd >"$(echo "$VIRTUAL_ENV"/lib/python*/site-packages)/ours.pth"')
    assert machine.run() == (0, "setting up .venv (once; a minute or so)\n")


@pytest.mark.parametrize("home", [None, "/dev/null/home"], ids=["unset", "not writable"])
def test_keeps_the_package_cache_in_the_checkout_without_a_home(machine: Machine, home: str | None) -> None:
    machine.environment = {"HOME": home} if home else {}
    machine.has("uv", f'echo "${{UV_CACHE_DIR:-in the home}}" >>"{machine.bin}/uv.calls"')
    assert machine.run()[0] == 0
    assert machine.installed == [str(machine.venv / ".cache")] * 2
