"""The local cloud for every test that asks for it, and the marker that keeps those tests out of `make test-unit`."""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator

import pytest

from localcloud.process import RunningCloud, running_cloud

_LOG_LINES = 80


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """Run one local cloud for all tests of this process, so use unique names.

    A failing test shows the end of the cloud's log.
    """
    with running_cloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the cloud, directly or through another fixture, or start one of their own."""
    for item in items:
        starts_one = hasattr(getattr(item, "module", None), "running_cloud")
        if starts_one or "cloud" in getattr(item, "fixturenames", ()):
            item.add_marker("server")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    running = getattr(item, "funcargs", {}).get("cloud")
    if report.failed and isinstance(running, RunningCloud):
        lines = running.log.read_text("utf-8", errors="replace").splitlines()
        report.sections.append(("end of the local cloud's log", "\n".join(lines[-_LOG_LINES:])))
    return report


def pytest_configure() -> None:
    """Restore interrupts that a background shell ignores: child processes would inherit that."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
