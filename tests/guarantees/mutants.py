"""Mutation testing of the domain: `python -m tests.guarantees.mutants [path below images/vcp/domain ...]`.

mutmut changes one thing at a time in images/vcp/domain and runs tests/unit/domain. It prints the survivors: each is a
gap in the tests, or a change that makes no difference. It works in build/mutants, where `mutmut show <name>` prints
a survivor.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "mutants"

# mutmut derives a module's name from its path, so `vcp` must be at the root of its working directory.
_COPIED = {"images/vcp": "vcp", "infra": "infra", "tests": "tests"}
_CONFIGURATION = """\
[tool.pytest.ini_options]
addopts = "--import-mode=importlib -p no:cacheprovider"
pythonpath = ["."]

[tool.mutmut]
source_paths = ["vcp"]
only_mutate = {files}
also_copy = ["infra", "conftest.py"]
pytest_add_cli_args_test_selection = ["tests/unit/domain"]
timeout_constant = 10
"""
# The same examples for every mutant; mutmut runs a test many times in one process, which Hypothesis objects to.
_CONFTEST = """\
from hypothesis import HealthCheck, settings

settings.register_profile("mutants", derandomize=True, database=None, deadline=None, suppress_health_check=HealthCheck)
settings.load_profile("mutants")
"""
# mutmut sends signals to ids of processes that may have ended: in a namespace of its own it reaches no others.
_ISOLATED = ["unshare", "--user", "--map-current-user", "--pid", "--fork", "--kill-child", "--mount-proc"]


def main(modules: list[str]) -> int:
    paths = [f"vcp/domain/{module.removesuffix('.py')}.py" for module in modules]
    if missing := [path for path in paths if not (ROOT / "images" / path).is_file()]:
        print(f"There is no module images/{missing[0]}.", file=sys.stderr)
        return 2
    shutil.rmtree(WORK, ignore_errors=True)
    for source, target in _COPIED.items():
        shutil.copytree(ROOT / source, WORK / target, ignore=shutil.ignore_patterns("__pycache__"))
    files = paths or ["vcp/domain/*"]
    (WORK / "pyproject.toml").write_text(_CONFIGURATION.format(files=json.dumps(files)), "utf-8")
    (WORK / "conftest.py").write_text(_CONFTEST, "utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # The shell becomes the first process of the namespace, which inherits orphans that mutmut would wait for.
    isolated = [*_ISOLATED, "sh", "-c", '"$@"; exit $?', "sh"]
    done = subprocess.run(
        [*isolated, sys.executable, "-m", "mutmut", "run", "--max-children", "2"],
        cwd=WORK,
        env=environment,
        check=False,
    )
    if done.returncode == 0:
        subprocess.run([sys.executable, "-m", "mutmut", "results"], cwd=WORK, env=environment, check=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
