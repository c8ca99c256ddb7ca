"""Run tests with one fault: `python -m tests.guarantees.session <module>:<function> <test> ...`.

Prints what pytest prints and then, in one line, how the fault was noticed. Ends with 1 when it was not.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib import import_module

import pytest

from tests.guarantees.registry import Patch
from vcp.domain.errors import VcpError

#: A fault may make a loop endless.
TEST_SECONDS = 120
#: Errors that show a broken guarantee: another result, nothing raised, or an error of the pipeline. Anything else, such
#: as a TypeError, shows that the fault no longer fits the program.
EXPECTED = (AssertionError, VcpError, pytest.fail.Exception)


@dataclass(eq=False)  # pytest wants plugins to be hashable
class Watcher:
    """Notes how tests fail, and stops at the first that shows a broken guarantee."""

    noticed: str = ""
    other: list[str] = field(default_factory=list)

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.excinfo is None or call.excinfo.errisinstance(pytest.skip.Exception):
            return
        error = call.excinfo.value
        message = str(error).strip().partition("\n")[0]
        line = f"{item.name}: {type(error).__name__}: {message}"
        # A test that looks up a missing key, for example.
        missing = isinstance(error, LookupError) and call.excinfo.traceback[-1].path == item.path
        expected = isinstance(error, EXPECTED) and not message.startswith("Timeout")
        if call.when == "call" and (expected or missing):
            self.noticed = line
            item.session.shouldstop = "the fault was noticed"
        else:
            self.other.append(line)


def main(fault: str, tests: list[str]) -> int:
    module, _, function = fault.partition(":")
    watcher = Watcher()
    options = ["-q", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist", f"--timeout={TEST_SECONDS}"]
    with pytest.MonkeyPatch.context() as monkeypatch:
        getattr(import_module(module), function)(Patch(monkeypatch))
        pytest.main([*options, *tests], plugins=[watcher])
    print(watcher.noticed or next(iter(watcher.other), "no test failed"))
    return 0 if watcher.noticed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
