"""Fixtures that every test may use."""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator

import pytest

from localcloud.process import RunningCloud, running_cloud

_LOG_LINES = 80


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """The one local cloud of a test run, a process of its own.

    Tests share it: give what you create a name of its own. A failing test shows the end of the cloud's log.
    """
    with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    running = getattr(item, "funcargs", {}).get("cloud")
    if report.failed and isinstance(running, RunningCloud):
        lines = running.log.read_text("utf-8", errors="replace").splitlines()
        report.sections.append(("end of the local cloud's log", "\n".join(lines[-_LOG_LINES:])))
    return report


def pytest_configure() -> None:
    """Whoever starts tests in the background may have interrupts ignored, and every process of theirs would too."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
