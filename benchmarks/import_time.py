"""How long each function's module takes to import, beside a module that imports only the same client libraries.

Import time is most of a cold start, and a cold start is what n8n waits for. What it cannot go below are the libraries
that talk to the services; the ratio says what everything else of ours (rules, models, settings, logging) adds.

The peer of a function is written down from what the function really loads: the import statements of its own modules
that name one of `CLIENT_LIBRARIES`, and nothing else. Both run in fresh interpreters with warm bytecode, in turns, so
that what the machine does meanwhile hits both. Prints medians and ratios; `--json FILE` writes them.

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
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.unit.functions.environments import environment
from vcp.interface.settings import SETTINGS_BY_FUNCTION

#: The libraries that talk to the services, by the names under which they are imported.
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
#: What issue and README ask for.
MOST = 1.3
_TIMED = "import time; began = time.perf_counter()\n{code}\nprint(time.perf_counter() - began)"
_LOADED = """
import json, sys
import {module}
print(json.dumps([m.__file__ for name, m in list(sys.modules.items()) if name.startswith("vcp.") and m.__file__]))
"""


def environment_for(function: str) -> dict[str, str]:
    """An environment in which the function's module can be imported: every variable that it must have."""
    here = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**here, **environment(function)}


def client_imports(files: list[str]) -> list[str]:
    """The import statements of these modules that name a client library, each once, in the order of the modules."""
    statements = dict.fromkeys(statement for file in files for statement in _statements(Path(file)))
    return list(statements)


def _statements(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text("utf-8")).body:  # not below TYPE_CHECKING, not inside functions
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
        if any(name.partition(".")[0] in CLIENT_LIBRARIES for name in names):
            yield ast.unparse(node)


def run(code: str, environment: Mapping[str, str]) -> str:
    """What the code prints in a fresh interpreter. Raises `subprocess.CalledProcessError` when it fails."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=dict(environment), check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def measure(function: str, rounds: int) -> dict[str, float]:
    """Median seconds of the function's module, of its peer, and the ratio."""
    module = f"vcp.functions.{function}"
    environment = environment_for(function)
    peer = "\n".join(client_imports(json.loads(run(_LOADED.format(module=module), environment))))
    sides = {"seconds": f"import {module}", "peer_seconds": peer}
    times: dict[str, list[float]] = {side: [] for side in sides}
    for turn in range(rounds + 1):
        for side, code in sides.items():
            seconds = float(run(_TIMED.format(code=code), environment))
            if turn > 0:  # the first writes bytecode and fills the disk cache
                times[side].append(seconds)
    medians = {side: statistics.median(values) for side, values in times.items()}
    return {**medians, "ratio": medians["seconds"] / medians["peer_seconds"]}


def main() -> int:
    """Print the table; 1 when a function takes more than `MOST` times its peer."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    given = parser.parse_args()
    figures = {}
    print(f"{'function':<24}{'import':>10}{'clients only':>16}{'ratio':>8}   (at most {MOST})")
    for function in SETTINGS_BY_FUNCTION:
        figures[function] = found = measure(function, given.rounds)
        seconds, peer_seconds = found["seconds"] * 1000, found["peer_seconds"] * 1000
        print(f"{function:<24}{seconds:>7.0f} ms{peer_seconds:>13.0f} ms{found['ratio']:>8.2f}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2), "utf-8")
    return int(any(found["ratio"] > MOST for found in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
