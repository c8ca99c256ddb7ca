"""scripts/emulator: the pinned program is complete, even after an interruption."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.unit.scripts.machine import Machine

_WHEEL = "samcli/local/rapid/aws-lambda-rie-x86_64"
_FETCHES = (
    f'for folder; do :; done; mkdir -p "${{folder}}/{Path(_WHEEL).parent}"; echo fetched >"${{folder}}/{_WHEEL}"\n'
    'echo "$@" >>"${0%/*}/calls"'
)


@pytest.fixture
def fetcher(machine: Machine) -> Machine:
    machine.has("chmod", f'exec {shutil.which("chmod")} "$@"')
    machine.has("uv", _FETCHES)
    (machine.checkout / "locks/emulator.txt").write_text("one\n", "utf-8")
    return machine


def _program(machine: Machine) -> Path:
    return machine.checkout / "build/emulator" / _WHEEL


def test_fetches_the_pinned_program_once(fetcher: Machine) -> None:
    for _ in range(2):
        assert fetcher.run("emulator") == (0, f"{_program(fetcher)}\n")

    assert _program(fetcher).read_text("utf-8") == "fetched\n"
    assert os.access(_program(fetcher), os.X_OK)
    (call,) = (fetcher.bin / "calls").read_text("utf-8").splitlines()
    for option in ("--no-deps", "--only-binary :all:", "--require-hashes", "-r locks/emulator.txt"):
        assert option in call


def test_fetches_another_pin(fetcher: Machine) -> None:
    fetcher.run("emulator")
    fetcher.has("uv", _FETCHES.replace("fetched", "newer"))
    (fetcher.checkout / "locks/emulator.txt").write_text("two\n", "utf-8")

    assert fetcher.run("emulator")[0] == 0
    assert _program(fetcher).read_text("utf-8") == "newer\n"


def test_fetches_again_after_an_interruption(fetcher: Machine) -> None:
    fetcher.has("uv", _FETCHES.replace("fetched", "half") + "; kill -KILL $PPID")
    fetcher.run("emulator")
    assert not _program(fetcher).exists()

    fetcher.has("uv", _FETCHES)
    assert fetcher.run("emulator")[0] == 0
    assert _program(fetcher).read_text("utf-8") == "fetched\n"


def test_reports_a_missing_network_in_one_sentence(fetcher: Machine) -> None:
    fetcher.has("uv", "echo 'error: Failed to fetch: `the index`' >&2; exit 2")
    code, output = fetcher.run("emulator")
    assert code == 3
    assert output.startswith("Fetching Lambda's runtime interface emulator failed: the package index is unreachable.")
    assert output.count("\n") == 1
