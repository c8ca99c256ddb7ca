"""scripts/lint-workflows with and without the linters: optional in `make check`, required in CI."""

from __future__ import annotations

import shutil

import pytest

from tests.unit.scripts.machine import Machine

_INSTALLS = 'printf "#!/bin/sh\\necho {name} ran\\n" >"{place}/{name}"; chmod 755 "{place}/{name}"'


@pytest.fixture
def linting(machine: Machine) -> Machine:
    """A machine whose Go and uv install the linters."""
    for tool in ("chmod", "basename"):
        machine.has(tool, f'exec {shutil.which(tool)} "$@"')
    machine.has("go", _INSTALLS.format(name="actionlint", place="$GOBIN"))
    machine.has("uv", _INSTALLS.format(name="zizmor", place="$UV_TOOL_BIN_DIR"))
    return machine


def test_fetches_the_linters_once(linting: Machine) -> None:
    code, output = linting.run("lint-workflows", "--must")
    assert (code, output.splitlines()) == (
        0,
        ["fetching actionlint v1.7.12", "actionlint ran", "fetching zizmor 1.32.0", "zizmor ran"],
    )
    assert linting.run("lint-workflows", "--must") == (0, "actionlint ran\nzizmor ran\n")


@pytest.mark.parametrize(
    ("go", "message"),
    [
        (None, "not linted with actionlint: go, which installs it, is missing\n"),
        (
            "echo 'dial tcp: connection refused' >&2; exit 1",
            "fetching actionlint v1.7.12\nFetching actionlint failed: the package index is unreachable. "
            "Check the network and the settings of apt, pip and uv (proxy, index), then run it again.\n",
        ),
    ],
    ids=["no Go", "no network"],
)
def test_a_missing_linter_fails_only_with_must(linting: Machine, go: str | None, message: str) -> None:
    linting.lacks("go") if go is None else linting.has("go", go)

    assert linting.run("lint-workflows") == (0, f"{message}fetching zizmor 1.32.0\nzizmor ran\n")
    assert linting.run("lint-workflows", "--must") == (1, message)


@pytest.mark.parametrize("linter", ["actionlint", "zizmor"])
def test_fails_when_a_linter_finds_something(linting: Machine, linter: str) -> None:
    linting.has(linter, "echo a finding; exit 1")
    code, output = linting.run("lint-workflows")
    assert code == 1
    assert output.endswith("a finding\n")
