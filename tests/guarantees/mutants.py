"""Mutation testing of the domain: `python -m tests.guarantees.mutants [module ...]` (all without).

mutmut changes one thing at a time in `vcp.domain` and runs the tests of tests/unit/domain that pass through it. What
survives is a hole in the tests unless mutants.toml says why it is none. Ends with 1 when there is a hole.

mutmut takes a module's name from its path, so the copy that it works on has the package at its root. It mutates
bodies of functions and methods; tables, models and properties of the domain are left to the other tests.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.guarantees.copies import copied
from tests.guarantees.survivors import Known, Mutant, load, mutants_of

_CONFIGURATION = """\
[tool.pytest.ini_options]
addopts = "--import-mode=importlib -p no:cacheprovider"
pythonpath = ["."]

[tool.mutmut]
source_paths = ["vcp"]
only_mutate = {files}
also_copy = ["infra"]
pytest_add_cli_args_test_selection = ["tests/unit/domain"]
pytest_add_cli_args = ["-p", "tests.guarantees.alike"]
# Seconds beyond a multiple of what the tests usually take: several mutants share the processors.
timeout_constant = 10
"""


def laid_out(target: Path, modules: Sequence[str]) -> Path:
    """A copy of the tree as mutmut wants it, with its configuration for these modules (for all without).

    Raises `SystemExit` for a module that the domain does not have.
    """
    copied(target)
    shutil.move(target / "images" / "vcp", target / "vcp")
    files = [f"vcp/domain/{module}.py" for module in modules]
    missing = [name for name in files if not (target / name).is_file()]
    if missing:
        raise SystemExit(f"There is no {', '.join(missing)}.")
    configuration = _CONFIGURATION.format(files=json.dumps(files or ["vcp/domain/*"]))
    (target / "pyproject.toml").write_text(configuration, "utf-8")
    return target


def apart() -> list[str]:
    """What a command is started with, so that it can signal no process but its own. Empty where that is not allowed.

    mutmut signals each process id that it used once its time is over, also when the process ended long ago and the id
    is another program's by then (mutmut/workers/timeout.py says that it forgets none).
    """
    own = ["unshare", *([] if os.getuid() == 0 else ["--user", "--map-current-user"])]
    own += ["--pid", "--fork", "--kill-child", "--mount-proc"]
    try:
        allowed = subprocess.run([*own, "true"], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        allowed = False
    # A shell comes first: the first process inherits orphans, which mutmut would take for its own children.
    return [*own, "sh", "-c", '"$@"; exit $?', "sh"] if allowed else []


def run(copy: Path, jobs: int) -> list[Mutant]:
    """Let mutmut work in a copy; every mutant and what became of it.

    Raises `SystemExit` with mutmut's words when it could not run, for instance because a test fails by itself.
    """
    # It starts from the copy's own root; a path from outside would bring the original in.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [*apart(), sys.executable, "-m", "mutmut", "run", "--max-children", str(jobs)],
        cwd=copy,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    outcomes = sorted((copy / "mutants" / "vcp" / "domain").glob("*.py.meta"))
    found = [mutant for path in outcomes for mutant in mutants_of(path.with_suffix(""))]
    if not found or any(mutant.outcome == "not run" for mutant in found):
        raise SystemExit(f"mutmut did not come to its end (it answered {done.returncode}):\n{done.stdout[-3000:]}")
    return found


def holes(mutants: Sequence[Mutant], known: Known) -> list[Mutant]:
    """Survivors that nobody explained."""
    return [
        mutant
        for mutant in mutants
        if mutant.outcome in ("survived", "no tests") and mutant.change not in known.changes
    ]


def stale(mutants: Sequence[Mutant], known: Known, modules: Sequence[str]) -> list[str]:
    """Explanations of mutants that are killed by now, or that nobody makes any more."""
    alive = {mutant.change for mutant in mutants if mutant.outcome in ("survived", "no tests")}
    looked_at = set(modules) or {mutant.module for mutant in mutants}
    return sorted(change for change in known.changes - alive if change.partition(".")[0] in looked_at)


def told(mutants: Sequence[Mutant], known: Known) -> Table:
    """A line a module: how many mutants, how many were found out, how many are explained, how many are holes."""
    table = Table("module", "mutants", "killed", "timeout", "explained", "holes", "score")
    by_module = {name: [m for m in mutants if m.module == name] for name in dict.fromkeys(m.module for m in mutants)}
    for name, those in {**by_module, "all": mutants}.items():
        outcomes = Counter(mutant.outcome for mutant in those)
        found, missed = outcomes["killed"] + outcomes["timeout"], len(holes(those, known))
        counts = (len(those), outcomes["killed"], outcomes["timeout"], len(those) - found - missed, missed)
        table.add_row(name, *map(str, counts), f"{100 * found / len(those):.1f} %")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.guarantees.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="modules of vcp.domain, such as planning")
    parser.add_argument("--jobs", type=int, default=2, help="mutants that are tested at once")
    options = parser.parse_args()
    console, known = Console(), load()
    with tempfile.TemporaryDirectory(prefix="mutants-") as directory:
        mutants = run(laid_out(Path(directory), options.modules), options.jobs)
    console.print(told(mutants, known))
    missed = holes(mutants, known)
    for mutant in missed:
        console.print(f"{mutant.outcome}: {mutant.change}", markup=False, highlight=False, soft_wrap=True)
    for change in stale(mutants, known, options.modules):
        console.print(f"explained, but no survivor any more: {change}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"{len(mutants)} mutants, {len(missed)} holes in the tests.")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
