"""Environments without a cloud: their lifetime, their limits and their log lines."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localcloud.context import LocalImage
from localcloud.lambdahost.environment import ExecutionEnvironment
from localcloud.lambdahost.invocation import FunctionSpec, Invocation, ThrottledError
from localcloud.lambdahost.limits import LocalLimits
from localcloud.lambdahost.logs import LogStream
from localcloud.lambdahost.pool import EnvironmentPool
from localcloud.roles import RoleClients, RoleCredentials, RoleSession
from tests.function_specs import SPEC

CREDENTIALS = RoleCredentials("id", "secret", "token", datetime.now(UTC) + timedelta(hours=1))


@pytest.fixture
def stopping() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def _pool(directory: Path, stopping: threading.Event, limits: LocalLimits, source: str) -> EnvironmentPool:
    (directory / "app.py").write_text(source)
    role = RoleSession(RoleClients(lambda: "http://127.0.0.1:9", "us-east-1"), SPEC.role_arn, "fn")

    def create(spec: FunctionSpec) -> ExecutionEnvironment:
        return ExecutionEnvironment(
            spec,
            LocalImage(sys.executable, str(directory), {}),
            CREDENTIALS,
            LogStream(spec, role, directory / "fn.log"),
            endpoint="http://127.0.0.1:9",
            directory=directory / "environments",
            init_limit_seconds=limits.init_limit_seconds,
        )

    return EnvironmentPool(limits, create, lambda _: None, stopping)


def test_ends_an_idle_environment_and_removes_its_files(
    tmp_path: Path, stopping: threading.Event, eventually: Any, process_state: Any
) -> None:
    limits = LocalLimits(idle_seconds=0.1, memory_interval_seconds=0.05)
    pool = _pool(tmp_path, stopping, limits, "def handler(event, context):\n    return 1")
    environment = pool.acquire(SPEC, {})
    assert environment.run(Invocation(b"{}", "test")).body == b"1"
    pid = environment.pid
    pool.release(environment)
    eventually(lambda: process_state(pid) == "T")

    pool.start()

    eventually(lambda: not process_state(pid))
    assert pool.environments() == []
    eventually(lambda: list((tmp_path / "environments").iterdir()) == [])


def test_account_limit_applies_to_functions_without_reservation(tmp_path: Path, stopping: threading.Event) -> None:
    pool = _pool(tmp_path, stopping, LocalLimits(account_concurrency=3), "")
    reserved = {"arn:aws:lambda:us-east-1:123456789012:function:other": 1}

    held = [pool.acquire(SPEC, reserved) for _ in range(2)]
    with pytest.raises(ThrottledError) as throttled:
        pool.acquire(SPEC, reserved)
    pool.release(held[0])

    assert throttled.value.reason == "ConcurrentInvocationLimitExceeded"
    assert pool.acquire(SPEC, reserved) is held[0]


def test_slow_init_continues_inside_the_invocation(tmp_path: Path, stopping: threading.Event) -> None:
    source = "import time\ntime.sleep(0.5)\ndef handler(event, context):\n    return 2"
    pool = _pool(tmp_path, stopping, LocalLimits(init_limit_seconds=0.01), source)
    environment = pool.acquire(SPEC, {})

    run = environment.run(Invocation(b"{}", "test"))
    environment.end()

    assert (run.outcome, run.body) == ("ok", b"2")
    assert run.init_ms is not None
    assert run.init_ms > 10


def test_missing_interpreter_is_an_init_error(tmp_path: Path) -> None:
    role = RoleSession(RoleClients(lambda: "http://127.0.0.1:9", "us-east-1"), SPEC.role_arn, "fn")
    environment = ExecutionEnvironment(
        SPEC,
        LocalImage(str(tmp_path / "no-python"), str(tmp_path), {}),
        CREDENTIALS,
        LogStream(SPEC, role, tmp_path / "fn.log"),
        endpoint="",
        directory=tmp_path / "environments",
        init_limit_seconds=1,
    )

    run = environment.run(Invocation(b"{}", "test"))

    assert (run.outcome, run.error_type) == ("init-error", "Runtime.InvalidEntrypoint")
    assert b"no-python" in run.body
    assert not environment.alive


def test_child_processes_end_with_the_environment(
    tmp_path: Path, stopping: threading.Event, eventually: Any, process_state: Any
) -> None:
    source = "import subprocess\ndef handler(event, context):\n    return subprocess.Popen(['sleep', '1000']).pid\n"
    pool = _pool(tmp_path, stopping, LocalLimits(), source)
    environment = pool.acquire(SPEC, {})
    child = int(environment.run(Invocation(b"{}", "test")).body)
    assert process_state(child)

    environment.end()

    eventually(lambda: not process_state(child))


def test_traceback_is_one_event_and_an_unfinished_line_is_kept(tmp_path: Path) -> None:
    role = RoleSession(RoleClients(lambda: "http://127.0.0.1:9", "us-east-1"), SPEC.role_arn, "fn")
    stream = LogStream(SPEC, role, tmp_path / "fn.log")

    stream.output(b"one\ntwo\rsecond line of two\nthr")
    stream.output("ee ü".encode())
    stream.line("END")

    assert [message for _, message in stream._next_batch()] == [
        "one",
        "two\nsecond line of two",
        "three ü",
        "END",
    ]


def test_reuses_the_most_recently_used_environment(tmp_path: Path, stopping: threading.Event) -> None:
    pool = _pool(tmp_path, stopping, LocalLimits(), "def handler(event, context):\n    return 1")
    first, second = pool.acquire(SPEC, {}), pool.acquire(SPEC, {})
    for environment in (first, second):
        environment.run(Invocation(b"{}", "test"))
    pool.release(second)
    pool.release(first)

    assert pool.acquire(SPEC, {}) is second
    assert pool.acquire(SPEC, {}) is first
    pool.end_all()
    assert not first.alive
    assert not second.alive
