"""Run the integration tests of the AWS adapters against other emulators: `make test-judges`.

Exits with 1 if a test fails that tests.judges.differences does not explain, or passes although it does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.integration.aws.conftest import ENDPOINT, STATE_DIR
from tests.judges.differences import DIFFERENCES, GAPS, Difference, Gap
from tests.loopback import free_port, listens
from tests.waiting import eventually

TESTS = "tests/integration/aws"
#: The credentials of the tests' clients.
CREDENTIAL = "local"


@dataclass(frozen=True)
class Judge:
    """An emulator. `command` returns its command line for a port and a directory."""

    name: str
    tests: str
    command: Callable[[int, Path], list[str]]
    environment: Callable[[int, Path], Mapping[str, str]]


JUDGES = (
    Judge(
        "ministack",
        TESTS,
        lambda port, directory: ["ministack"],
        lambda port, directory: {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "TMPDIR": str(directory),
            "LOG_LEVEL": "WARNING",
        },
    ),
    Judge(
        "versitygw",
        f"{TESTS}/s3",
        lambda port, directory: ["versitygw", "--port", f"127.0.0.1:{port}", "--quiet", "posix", str(directory)],
        lambda port, directory: {"ROOT_ACCESS_KEY_ID": CREDENTIAL, "ROOT_SECRET_ACCESS_KEY": CREDENTIAL},
    ),
)


@dataclass(eq=False)
class Explanations:
    """A pytest plugin that marks the explained tests of a judge and counts outcomes."""

    judge: str
    #: Whether all tests of the judge are to run, so that every entry must name one.
    complete: bool
    outcomes: Counter[str] = field(default_factory=Counter)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for entry in (*DIFFERENCES, *GAPS):
            if entry.judge != self.judge:
                continue
            for test in entry.tests:
                explained = [item for item in items if _matches(item, test)]
                for item in explained:
                    item.add_marker(_mark(entry))
                if self.complete and not explained:
                    raise pytest.UsageError(f"tests/judges/differences.py names no test of {self.judge}: {test}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.outcomes["failed"] += 1
        elif report.skipped:
            self.outcomes["explained" if hasattr(report, "wasxfail") else "not applicable"] += 1
        elif report.when == "call":
            self.outcomes["passed"] += 1


def _matches(item: pytest.Item, test: str) -> bool:
    path = f"{TESTS}/{test}"
    return item.nodeid == path or item.nodeid.startswith((f"{path}[", f"{path}::"))


def _mark(entry: Difference | Gap) -> pytest.MarkDecorator:
    if isinstance(entry, Gap):
        return pytest.mark.skip(reason=_sentence(entry))
    return pytest.mark.xfail(reason=_sentence(entry), raises=entry.error, strict=True)


def _sentence(entry: Difference | Gap) -> str:
    return f"{entry.explanation} ({entry.document})"


@contextmanager
def running(judge: Judge, directory: Path) -> Iterator[str]:
    """Run a judge and yield its URL."""
    port, data = free_port(), directory / "data"
    data.mkdir()
    # Failing tests show the log under this name.
    with (directory / "localcloud.log").open("wb") as log:
        process = subprocess.Popen(
            judge.command(port, data),
            env={**os.environ, **judge.environment(port, data)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            eventually(lambda: process.poll() is not None or listens(port), 60, f"{judge.name} does not listen")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def main(options: list[str]) -> int:
    plugins = [Explanations(judge.name, complete=not options) for judge in JUDGES]
    codes = []
    for judge, plugin in zip(JUDGES, plugins, strict=True):
        print(f"\n{judge.name}: {judge.tests}", flush=True)
        with TemporaryDirectory(prefix=f"vcp-{judge.name}-") as directory, running(judge, Path(directory)) as url:
            os.environ |= {ENDPOINT: url, STATE_DIR: directory}
            codes.append(pytest.main([judge.tests, "-q", "-rfE", "-p", "no:cacheprovider", *options], plugins=[plugin]))
    columns = ("passed", "explained", "not applicable", "failed")
    print(f"\n{'judge':<12}" + "".join(f"{column:>16}" for column in columns))
    for plugin in plugins:
        print(f"{plugin.judge:<12}" + "".join(f"{plugin.outcomes[column]:>16}" for column in columns))
    print("\nexplained:" + "".join(f"\n- {_sentence(entry)}" for entry in DIFFERENCES))
    print("not applicable:" + "".join(f"\n- {_sentence(entry)}" for entry in GAPS))
    # Options may select no test of one judge.
    accepted = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} if options else {pytest.ExitCode.OK}
    return int(not accepted.issuperset(codes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
