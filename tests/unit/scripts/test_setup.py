"""scripts/setup on machines that lack something: what a person reads, and that a second run mends it."""

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
    assert code == 3
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
    assert code in (1, 3)
    assert said.count("\n") == 2
    assert sentence in said.splitlines()[1]

    machine.has("uv", "exit 0")  # mended
    assert machine.run()[0] == 0


def test_without_a_network_an_environment_that_is_whole_stays(machine: Machine) -> None:
    machine.run()
    (machine.venv / "mine").touch()
    (machine.checkout / "locks" / "dev.txt").write_text("another==1", "utf-8")
    machine.has("uv", "echo 'error: Failed to fetch: `the index`' >&2; exit 2")
    assert machine.run()[0] == 3

    machine.has("uv", "exit 0")
    assert machine.run()[0] == 0
    assert (machine.venv / "mine").exists()


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


def test_functions_that_do_not_import_are_told_and_leave_the_environment_whole(machine: Machine) -> None:
    """A mistake in the code is for the tests to tell, and they need the environment."""
    (machine.checkout / "scripts" / "bytecode").write_text("import a_module_that_was_forgotten", "utf-8")
    code, said = machine.run()
    assert code == 0
    assert said.splitlines()[1:] == [
        "The functions cannot be imported: ModuleNotFoundError: No module named 'a_module_that_was_forgotten'"
    ]
    assert machine.run() == (0, "")


def test_a_directory_that_was_moved_gets_a_new_environment(machine: Machine, place: Path) -> None:
    machine.run()
    machine.checkout = machine.checkout.rename(place / "elsewhere")

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
    assert first.wait(LIMIT_SECONDS) == 0
    assert second.wait(LIMIT_SECONDS) == 0
    assert second.stdout.read() == ""
    assert len(machine.installed) == 2
    for process in (first, second):
        process.communicate()


def test_a_path_with_spaces_and_umlauts_works_in_the_c_locale(place: Path) -> None:
    """Editable packages put the checkout's path into a .pth file, which every start of Python reads."""
    machine = make_machine(place / "Grüße an ﾂ", place / "bin")
    machine.environment["LC_ALL"] = "C"
    machine.has("uv", 'pwd >"$(echo "$VIRTUAL_ENV"/lib/python*/site-packages)/ours.pth"')
    assert machine.run() == (0, "setting up .venv (once; a minute or so)\n")


@pytest.mark.parametrize("home", [None, "/dev/null/home"], ids=["unset", "not writable"])
def test_without_a_home_the_package_cache_is_in_the_checkout(machine: Machine, home: str | None) -> None:
    machine.environment = {"HOME": home} if home else {}
    machine.has("uv", f'echo "${{UV_CACHE_DIR:-in the home}}" >>"{machine.bin}/uv.calls"')
    assert machine.run()[0] == 0
    assert machine.installed == [str(machine.venv / ".cache")] * 2
