"""Measure the import time of each function's module, next to a module that imports only the same libraries.

Import time is most of a cold start, for which n8n waits. The ratio shows what our own modules add to the libraries. A
second peer imports only the libraries that talk to a service, without pydantic, Powertools and tenacity; see
docs/adr/0023-import-time.md for their cost and purpose.

A peer consists of the import statements in the modules that the function loads, of `CLIENT_LIBRARIES` or of all
libraries. All run in fresh interpreters with compiled bytecode, in turns, so that other load affects all alike. Prints
medians and ratios; `--json FILE` writes them.

    python -m benchmarks.import_time --rounds 15
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

from tests.unit.handlers.environments import environment
from vcp.wire.environment import SETTINGS_BY_FUNCTION

#: The libraries that talk to services, by import name.
CLIENT_LIBRARIES = frozenset(
    {
        "awscrt",
        "boto3",
        "botocore",
        "google",
        "google_auth_httplib2",
        "googleapiclient",
        "httplib2",
        "pyairtable",
        "requests",
    }
)
#: The target for a function's time divided by that of its libraries.
MAX_RATIO = 1.3
#: As `vcp.handlers` sets it.
_NO_PLUGINS = "import os; os.environ['PYDANTIC_DISABLE_PLUGINS'] = '__all__'\n"
_TIMED = "import time; start = time.perf_counter()\n{code}\nprint(time.perf_counter() - start)"
_LOADED = """
import json, sys
import {module}
print(json.dumps([m.__file__ for name, m in list(sys.modules.items()) if name.startswith("vcp.") and m.__file__]))
"""


def environment_for(function: str) -> dict[str, str]:
    """Return the function's environment and this one's module path; bytecode is written, as in the images."""
    here = {name: value for name, value in os.environ.items() if name == "PYTHONPATH" or not name.startswith("PYTHON")}
    return {**here, **environment(function)}


def library_imports(files: list[str], libraries: Container[str] | None = None) -> str:
    """Return the modules' import statements of `libraries`, or of any library, each once and in order."""
    return "\n".join(dict.fromkeys(line for file in files for line in _statements(Path(file), libraries)))


def _statements(file: Path, libraries: Container[str] | None) -> Iterator[str]:
    for node in ast.parse(file.read_text("utf-8")).body:  # not under TYPE_CHECKING, not in functions
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
        roots = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"vcp"}
        if any(libraries is None or root in libraries for root in roots):
            yield ast.unparse(node)


def run(code: str, environment: Mapping[str, str]) -> str:
    """Run code in a fresh interpreter and return its output. Raises subprocess.CalledProcessError."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=dict(environment), check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def peers(function: str) -> dict[str, str]:
    """Return a function's peers: the imports of its `clients`, and of all its `libraries`."""
    files = json.loads(run(_LOADED.format(module=f"vcp.handlers.{function}"), environment_for(function)))
    return {
        "clients": library_imports(files, CLIENT_LIBRARIES),
        "libraries": _NO_PLUGINS + library_imports(files),
    }


def measure(function: str, rounds: int) -> dict[str, float]:
    """Return the median seconds of the function's module, its `clients` and all its `libraries`."""
    environment = environment_for(function)
    sides = {"function": f"import vcp.handlers.{function}", **peers(function)}
    times: dict[str, list[float]] = {side: [] for side in sides}
    for turn in range(rounds + 1):
        for side, code in sides.items():
            seconds = float(run(_TIMED.format(code=code), environment))
            if turn > 0:  # the first turn writes bytecode and fills the disk cache
                times[side].append(seconds)
    return {side: statistics.median(values) for side, values in times.items()}


def main() -> None:
    """Print the table and mark functions above the target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    given = parser.parse_args()
    figures = {}
    print(f"{'':<24}{'function':>10}{'libraries':>12}{'ratio':>7}{'services only':>16}{'ratio':>7}")
    for function in SETTINGS_BY_FUNCTION:
        figures[function] = found = measure(function, given.rounds)
        whole, clients, libraries = found["function"], found["clients"], found["libraries"]
        print(
            f"{function:<24}{whole * 1000:>7.0f} ms{libraries * 1000:>9.0f} ms{whole / libraries:>7.2f}"
            f"{clients * 1000:>13.0f} ms{whole / clients:>7.2f}"
            f"{f'   above {MAX_RATIO} times its libraries' if whole / libraries > MAX_RATIO else ''}"
        )
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2), "utf-8")


if __name__ == "__main__":
    main()
