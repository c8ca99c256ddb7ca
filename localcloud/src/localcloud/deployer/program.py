"""Run a Pulumi program in this process against our monitor.

Each run has its own thread, event loop and copy of the context: the SDK keeps its settings in context variables, and
its monitor must be set inside the loop that runs the program.
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

from localcloud.deployer.errors import DeployError, ProgramError
from localcloud.deployer.monitor import Monitor, program_log
from localcloud.deployer.project import Configuration, Project

_log = logging.getLogger(__name__)
#: Concurrent registrations. More would only wait for the local cloud's one interpreter.
_PARALLEL: Final = 8
#: The working directory and sys.path are the process's, so one program runs at a time.
_one_at_a_time = threading.Lock()


def run_program(project: Project, stack: str, configuration: Configuration, monitor: Monitor) -> None:
    """Run the program until every registration is answered.

    Raises DeployError for what could not be deployed, ProgramError for what the program itself raised.
    """
    context = contextvars.copy_context()
    failure: list[BaseException] = []

    def work() -> None:
        try:
            context.run(_run, project, stack, configuration, monitor)
        except BaseException as error:  # noqa: BLE001 - passed to the calling thread and raised there
            failure.append(error)

    with _one_at_a_time, _program_environment(project), _waiting_for_all():
        thread = threading.Thread(target=work, name=f"pulumi-program-{stack}", daemon=True)
        thread.start()
        thread.join()
    if first := monitor.failure or (failure[0] if failure else None):
        raise _explain(project, first)


def _run(project: Project, stack: str, configuration: Configuration, monitor: Monitor) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(_PARALLEL, thread_name_prefix="registration"))
    loop.set_exception_handler(lambda _, what: _log.debug("event loop: %s", what.get("message")))
    try:
        loop.run_until_complete(_main(project, stack, configuration, monitor))
    finally:
        # let other threads finish before the result is read
        loop.run_until_complete(_drain())
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


async def _main(project: Project, stack: str, configuration: Configuration, monitor: Monitor) -> None:
    pulumi_settings.configure(
        pulumi_settings.Settings(
            project=project.name,
            stack=stack,
            monitor=monitor,
            engine=program_log(),
            dry_run=False,
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


class _WaitForAll:
    """Replaces asyncio in the SDK's stack module."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def wait(tasks: Collection[asyncio.Task[Any]], **_: Any) -> Any:
        return await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)


@contextmanager
def _waiting_for_all() -> Iterator[None]:
    """Wait for all outputs at once, or for the first that fails.

    The SDK waits for the first of all outputs, then for the first of the others, and so on: 40 % of the CPU time of
    deploying 150 resources.
    """
    sdk = vars(pulumi_stack)
    sdk["asyncio"] = _WaitForAll()
    try:
        yield
    finally:
        sdk["asyncio"] = asyncio


@contextmanager
def _program_environment(project: Project) -> Iterator[None]:
    """Set working directory, import path and modules as in a separate process."""
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
                del sys.modules[name]  # so that the next run reads the source again


def _is_of(module: Any, directory: Path) -> bool:
    origin = getattr(module, "__file__", None)
    if origin is None or "site-packages" in origin or module.__name__.split(".")[0] == "localcloud":
        return False
    return Path(origin).is_relative_to(directory)


def _explain(project: Project, error: BaseException) -> BaseException:
    if isinstance(error, DeployError | KeyboardInterrupt):
        return error
    if isinstance(error, RunError):
        return ProgramError(str(error)).with_traceback(error.__traceback__)
    if isinstance(error, SystemExit):
        return ProgramError(f"the program exited with {error.code!r}")
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(project.directory)
    ]
    where = f" ({Path(own[-1].filename).relative_to(project.directory)}:{own[-1].lineno})" if own else ""
    explained = ProgramError(f"the program failed: {type(error).__name__}: {error}{where}")
    explained.__cause__ = error
    return explained
