"""Make every fault of faults.toml in a copy of the tree and see its tests fail: `python -m tests.guarantees.run`.

Options: ids of faults or guarantees (all without), `--jobs n`. Ends with 1 when a fault stays green, when its tests
fail without it, or when one of them could not be run at all.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

from tests.guarantees.catalogue import Catalogue, Fault, load, problems
from tests.guarantees.copies import copied, environment_of

#: A fault may make a loop endless.
TEST_SECONDS = 120
#: How a test fails that shows a guarantee broken: something else came out, nothing was raised, or an error of ours was.
#: A program that falls over its own names, runs into a limit or hangs shows nothing.
_THE_REASON = ("AssertionError", "assert ", "Failed: DID NOT RAISE", "vcp.domain.errors.", "KeyError", "LookupError")


@dataclass(frozen=True)
class Seen:
    """What a run of tests came to, by node id without parameters.

    `failed` holds the first line of why; `broken` are tests that fell over something else: errors of collection or
    setup, wrong names, limits. `said` is what pytest printed.
    """

    passed: frozenset[str]
    failed: dict[str, str]
    broken: dict[str, str]
    said: str


@dataclass(frozen=True)
class Verdict:
    """Whether a fault was found; `why` in a line."""

    fault: Fault
    red: bool
    why: str
    seconds: float


def run_tests(copy: Path, tests: Sequence[str], stop_early: bool = False) -> Seen:
    """Run tests in a copy, with the copy's packages."""
    report = copy / "report.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command += ["-p", "tests.guarantees.inside", f"--timeout={TEST_SECONDS}", f"--junitxml={report}"]
    command += ["-o", "junit_family=xunit1", *(["-x"] if stop_early else []), *tests]
    done = subprocess.run(command, cwd=copy, env=environment_of(copy), capture_output=True, text=True, check=False)
    cases = ElementTree.parse(report).getroot().iter("testcase") if report.exists() else ()  # noqa: S314 - our own
    return seen(cases, done.stdout + done.stderr)


def seen(cases: Iterable[ElementTree.Element], said: str) -> Seen:
    """Read pytest's report."""
    passed: set[str] = set()
    failed: dict[str, str] = {}
    broken: dict[str, str] = {}
    for case in cases:
        node = node_of(case)
        failure, error = case.find("failure"), case.find("error")
        if error is not None:
            broken.setdefault(node, _first_line(error))
        elif failure is not None:
            why = _first_line(failure)
            (failed if why.startswith(_THE_REASON) else broken).setdefault(node, why)
        elif case.find("skipped") is None:
            passed.add(node)
    return Seen(frozenset(passed - set(failed) - set(broken)), failed, broken, said)


def node_of(case: ElementTree.Element) -> str:
    """The node id of a case of a report, without its parameters."""
    file, classname = case.get("file", ""), case.get("classname", "")
    inner = classname.removeprefix(file.removesuffix(".py").replace("/", ".")).strip(".")
    return "::".join(part for part in (file, inner, case.get("name", "").partition("[")[0]) if part)


def _first_line(element: ElementTree.Element) -> str:
    return (element.get("message") or "").strip().partition("\n")[0]


def judged(fault: Fault, result: Seen, seconds: float) -> Verdict:
    """Red for the right reason: each named test failed, and none of them for want of a program."""
    for test in fault.tests:
        if test in result.broken:
            return Verdict(fault, False, f"broken, not red: {test}: {result.broken[test]}", seconds)
        if test not in result.failed:
            how = "stays green" if test in result.passed else f"did not run: {result.said[-300:].strip()}"
            return Verdict(fault, False, f"{test} {how}", seconds)
    return Verdict(fault, True, result.failed[fault.tests[0]], seconds)


def made(fault: Fault, copy: Path) -> Verdict:
    """Make one fault in a copy, run its tests, and take it back."""
    began = time.monotonic()
    path = copy / fault.file
    original = path.read_text("utf-8")
    path.write_text(fault.applied(original), "utf-8")
    try:
        result = run_tests(copy, fault.tests, stop_early=len(fault.tests) == 1)
    finally:
        path.write_text(original, "utf-8")
    return judged(fault, result, time.monotonic() - began)


def chosen(catalogue: Catalogue, names: Sequence[str]) -> Catalogue:
    """Only these guarantees and faults. Raises `SystemExit` for a name that nothing has."""
    unknown = sorted(set(names) - set(catalogue.ids))
    if unknown:
        raise SystemExit(f"There is no guarantee or fault called {', '.join(unknown)}.")
    if not names:
        return catalogue
    kept = []
    for guarantee in catalogue.guarantee:
        faults = [f for f in guarantee.fault if guarantee.id in names or f.id in names]
        if faults:
            kept.append(guarantee.model_copy(update={"fault": faults}))
    return Catalogue(guarantee=kept)


def check(catalogue: Catalogue, jobs: int, console: Console) -> bool:
    """Everything: the data, the tests without a fault, each fault. Whether all is as it should be."""
    wrong = list(problems(catalogue))
    if wrong:
        console.print("\n".join(wrong), markup=False, highlight=False)
        return False
    with tempfile.TemporaryDirectory(prefix="faults-") as directory, ThreadPoolExecutor(jobs) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(jobs):
            copies.put(copied(Path(directory) / str(number)))
        if not _green_without_a_fault(catalogue, copies, console):
            return False

        def one(fault: Fault) -> Verdict:
            copy = copies.get()
            try:
                verdict = made(fault, copy)
            finally:
                copies.put(copy)
            mark = "red  " if verdict.red else "NOT RED"
            console.print(f"{mark} {fault.id} ({verdict.seconds:.0f} s)", markup=False, highlight=False)
            return verdict

        verdicts = list(pool.map(one, catalogue.faults))
    console.print(_table(catalogue, verdicts))
    missed = [verdict for verdict in verdicts if not verdict.red]
    for verdict in missed:
        console.print(f"{verdict.fault.id}: {verdict.why}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"{len(verdicts) - len(missed)} of {len(verdicts)} faults were found.")
    return not missed


def _green_without_a_fault(catalogue: Catalogue, copies: SimpleQueue[Path], console: Console) -> bool:
    copy = copies.get()
    result = run_tests(copy, catalogue.tests)
    copies.put(copy)
    green = result.passed >= set(catalogue.tests) and not result.failed and not result.broken
    if green:
        console.print(f"{len(catalogue.tests)} tests pass without a fault.")
    else:
        missing = sorted(set(catalogue.tests) - result.passed)
        console.print(f"Without any fault these do not pass: {missing}\n{result.said}", markup=False, highlight=False)
    return green


def _table(catalogue: Catalogue, verdicts: Sequence[Verdict]) -> Table:
    by_id = {verdict.fault.id: verdict for verdict in verdicts}
    table = Table("guarantee", "fault", "", "what the test said")
    for guarantee in catalogue.guarantee:
        for fault in guarantee.fault:
            verdict = by_id[fault.id]
            table.add_row(
                guarantee.id, fault.id, "red" if verdict.red else "NOT RED", verdict.why[:90].replace("[", "(")
            )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.guarantees.run", description=__doc__)
    parser.add_argument("names", nargs="*", help="ids of faults or guarantees")
    parser.add_argument("--jobs", type=int, default=2, help="copies that are worked on at once")
    options = parser.parse_args()
    sys.exit(0 if check(chosen(load(), options.names), options.jobs, Console()) else 1)


if __name__ == "__main__":
    main()
