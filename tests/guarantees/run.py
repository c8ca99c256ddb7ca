"""Check that the tests notice every fault: `python -m tests.guarantees.run [id ...]`.

Each fault runs in a process of its own, with the tests that should notice it. Ends with 1 when they do not, or when
they fail without a fault.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from difflib import get_close_matches

from tests.guarantees.catalogue import FAULTS
from tests.guarantees.registry import Fault

#: Processes at a time.
JOBS = 2


def passes_without_a_fault(faults: Sequence[Fault]) -> bool:
    """Run the tests of these faults on the unchanged program."""
    tests = sorted({test for fault in faults for test in fault.tests})
    print(f"{len(faults)} faults; their tests without a fault:", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", str(JOBS), "--dist=loadfile"]
    return subprocess.run([*command, *tests], check=False).returncode == 0


def is_noticed(fault: Fault) -> bool:
    """Run the fault's tests with it and print how they noticed it, or their whole output when they did not."""
    function = f"{fault.apply.__module__}:{fault.apply.__name__}"
    command = [sys.executable, "-m", "tests.guarantees.session", function, *fault.tests]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        how = done.stdout.rstrip().rpartition("\n")[2]
        print(f"noticed      {fault.id:<36} {how[:160]}", flush=True)
    else:
        print(f"NOT NOTICED  {fault.id:<36} {fault.behavior}\n{done.stdout}{done.stderr}", flush=True)
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.guarantees.run", description=__doc__)
    parser.add_argument("ids", nargs="*", help="ids of faults (default: all)")
    ids = parser.parse_args().ids
    for unknown in set(ids) - FAULTS.keys():
        close = get_close_matches(unknown, FAULTS, n=1)
        advice = f"did you mean {close[0]}?" if close else "docs/guarantees.md lists them"
        parser.error(f"there is no fault {unknown}; {advice}")
    faults = [FAULTS[name] for name in ids or FAULTS]
    if not passes_without_a_fault(faults):
        return 1
    with ThreadPoolExecutor(JOBS) as pool:
        noticed = list(pool.map(is_noticed, faults))
    print(f"{sum(noticed)} of {len(faults)} faults were noticed.")
    return 0 if all(noticed) else 1


if __name__ == "__main__":
    sys.exit(main())
