"""scripts/lint-workflows on machines with and without the linters: `make check` goes on without them, CI does not."""

from __future__ import annotations

import shutil

import pytest

from tests.unit.scripts.machine import Machine

_LAYS = 'printf "#!/bin/sh\\necho {name} looks\\n" >"{place}/{name}"; chmod 755 "{place}/{name}"'


@pytest.fixture
def linting(machine: Machine) -> Machine:
    """A machine whose Go and uv bring the linters."""
    for tool in ("chmod", "basename"):
        machine.has(tool, f'exec {shutil.which(tool)} "$@"')
    machine.has("go", _LAYS.format(name="actionlint", place="$GOBIN"))
    machine.has("uv", _LAYS.format(name="zizmor", place="$UV_TOOL_BIN_DIR"))
    return machine


def test_the_linters_are_fetched_once(linting: Machine) -> None:
    code, said = linting.run("lint-workflows", "--must")
    assert (code, said.splitlines()) == (
        0,
        ["fetching actionlint v1.7.12", "actionlint looks", "fetching zizmor 1.32.0", "zizmor looks"],
    )
    assert linting.run("lint-workflows", "--must") == (0, "actionlint looks\nzizmor looks\n")


@pytest.mark.parametrize(
    ("go", "says"),
    [
        (None, "not linted with actionlint: it is made by go, which is not installed\n"),
        (
            "echo 'dial tcp: connection refused' >&2; exit 1",
            "fetching actionlint v1.7.12\nFetching actionlint failed: no package index can be reached. "
            "Look at the network and at the settings of apt, pip and uv (proxy, index), then run it again.\n",
        ),
    ],
    ids=["no Go", "no network"],
)
def test_a_linter_that_cannot_be_had_is_one_line_and_a_failure_only_where_it_must_be_had(
    linting: Machine, go: str | None, says: str
) -> None:
    linting.lacks("go") if go is None else linting.has("go", go)

    assert linting.run("lint-workflows") == (0, f"{says}fetching zizmor 1.32.0\nzizmor looks\n")
    assert linting.run("lint-workflows", "--must") == (1, says)


@pytest.mark.parametrize("linter", ["actionlint", "zizmor"])
def test_what_a_linter_finds_is_a_failure(linting: Machine, linter: str) -> None:
    linting.has(linter, "echo a finding; exit 1")
    code, said = linting.run("lint-workflows")
    assert code == 1
    assert said.endswith("a finding\n")
