"""Runs a Pulumi program in this process against our monitor.

Each run has a thread, an event loop and a copy of the context of its own: the SDK keeps its settings in context
variables, and its monitor must be set inside the loop that runs the program.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import os
import runpy
import sys
import threading
import traceback
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from pulumi.errors import RunError
from pulumi.runtime import set_all_config
from pulumi.runtime import settings as pulumi_settings
from pulumi.runtime import stack as pulumi_stack
from pulumi.runtime.stack import run_in_stack

from localcloud.deployer.errors import DeployError, ProgramFailed
from localcloud.deployer.monitor import Monitor, ProgramLog
from localcloud.deployer.project import Configuration, Project

_log = logging.getLogger(__name__)
#: Registrations under way at once. More would only wait for the local cloud's one interpreter.
_PARALLEL: Final = 8
#: The working directory and sys.path are the process's, so one program runs at a time.
_one_at_a_time = threading.Lock()


def run_program(project: Project, stack: str, configuration: Configuration, monitor: Monitor, *, preview: bool) -> None:
    """Run the program to its end; returns when every registration is answered.

    Raises DeployError for what the deployment refused, ProgramFailed for what the program itself raised.
    """
    context = contextvars.copy_context()
    failure: list[BaseException] = []

    def work() -> None:
        try:
            context.run(_run, project, stack, configuration, monitor, preview)
        except BaseException as error:  # noqa: BLE001 - carried out of the thread and raised there
            failure.append(error)

    with _one_at_a_time, _surroundings(project), _waiting_for_all():
        thread = threading.Thread(target=work, name=f"pulumi-program-{stack}", daemon=True)
        thread.start()
        thread.join()
    if failure or monitor.engine.failure:
        raise _told(project, monitor.engine.failure, failure[0] if failure else None)


def _run(project: Project, stack: str, configuration: Configuration, monitor: Monitor, preview: bool) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(_PARALLEL, thread_name_prefix="registration"))
    loop.set_exception_handler(lambda _, what: _log.debug("event loop: %s", what.get("message")))
    try:
        loop.run_until_complete(_main(project, stack, configuration, monitor, preview))
    finally:
        # what is under way in other threads must be through before the books are closed
        loop.run_until_complete(_drain())
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


async def _main(project: Project, stack: str, configuration: Configuration, monitor: Monitor, preview: bool) -> None:
    pulumi_settings.configure(
        pulumi_settings.Settings(
            project=project.name,
            stack=stack,
            monitor=monitor,
            engine=ProgramLog(),
            dry_run=preview,
            organization="organization",
            root_directory=str(project.directory),
        )
    )
    pulumi_settings.ROOT.set(None)
    set_all_config(dict(configuration.values), list(configuration.secret_keys))
    os.environ["PULUMI_CONFIG"] = json.dumps(dict(configuration.values))  # the language host sets it too
    origins: dict[int, tuple[Exception, TracebackType | None]] = {}
    asyncio.get_running_loop().set_task_factory(lambda loop, work: asyncio.Task(_watched(work, origins), loop=loop))
    try:
        await run_in_stack(lambda: _entry(project.entry))
    except Exception as error:  # noqa: BLE001 - raised again, with its frames
        _, origin = origins.get(id(error), (error, error.__traceback__))
        raise error.with_traceback(origin) from error.__cause__
    finally:
        del os.environ["PULUMI_CONFIG"]


async def _watched(work: Any, origins: dict[int, tuple[Exception, TracebackType | None]]) -> Any:
    """An exception that several tasks await loses its frames on the way; keep those of its first task."""
    try:
        return await work
    except Exception as error:
        origins.setdefault(id(error), (error, error.__traceback__))
        raise


def _entry(path: Path) -> None:
    runpy.run_path(str(path), run_name="__main__")


async def _drain() -> None:
    while pending := [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]:
        _, waiting = await asyncio.wait(pending, timeout=60)
        for task in waiting:
            task.cancel()


class _Waiting:
    """What the SDK's stack sees as asyncio."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def wait(tasks: Collection[asyncio.Task[Any]], **_: Any) -> Any:
        return await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)


@contextmanager
def _waiting_for_all() -> Iterator[None]:
    """Wait for all that a program has begun, or for the first that fails.

    The SDK waits for the first of all outputs, then for the first of the others, and so on: for a stack of 150
    resources that was 40 % of what a deployment computed.
    """
    sdk = vars(pulumi_stack)
    sdk["asyncio"] = _Waiting()
    try:
        yield
    finally:
        sdk["asyncio"] = asyncio


@contextmanager
def _surroundings(project: Project) -> Iterator[None]:
    """Working directory, import path and modules as in a process of the program's own."""
    directory = project.entry.parent
    before, modules, path = Path.cwd(), set(sys.modules), list(sys.path)
    os.chdir(directory)
    sys.path.insert(0, str(directory))
    try:
        yield
    finally:
        os.chdir(before)
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if _is_of(sys.modules[name], directory):
                del sys.modules[name]  # the next run reads the program afresh


def _is_of(module: Any, directory: Path) -> bool:
    origin = getattr(module, "__file__", None)
    if origin is None or "site-packages" in origin or module.__name__.split(".")[0] == "localcloud":
        return False
    return Path(origin).is_relative_to(directory)


def _told(project: Project, refused: Exception | None, raised: BaseException | None) -> BaseException:
    first = refused or raised
    if first is None or isinstance(first, DeployError | KeyboardInterrupt):
        return first or DeployError("the program failed without a word")
    if isinstance(first, RunError):
        return ProgramFailed(str(first)).with_traceback(first.__traceback__)
    if isinstance(first, SystemExit):
        return ProgramFailed(f"the program exited with {first.code!r}")
    own = [
        frame
        for frame in traceback.extract_tb(first.__traceback__)
        if Path(frame.filename).is_relative_to(project.directory)
    ]
    where = f" ({Path(own[-1].filename).relative_to(project.directory)}:{own[-1].lineno})" if own else ""
    failed = ProgramFailed(f"the program failed: {type(first).__name__}: {first}{where}")
    failed.__cause__ = first
    return failed
