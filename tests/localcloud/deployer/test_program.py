"""The SDK waits for all outputs of a program at once, until the first failure."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from unittest import mock

import pytest
from pulumi.runtime import stack
from pulumi.runtime.settings import SETTINGS

from localcloud.deployer.program import _waiting_for_all

MANY = 50


def waits_for(start: Callable[[], list[Awaitable[None]]]) -> int:
    """Count the calls of `asyncio.wait` while the SDK waits for these outputs."""

    async def program() -> int:
        with mock.patch("asyncio.wait", wraps=asyncio.wait) as waits:
            SETTINGS.outputs.clear()
            for output in start():
                SETTINGS.outputs.add(asyncio.ensure_future(output))
            await stack.wait_for_rpcs()
            return waits.call_count

    def run() -> int:
        with _waiting_for_all():
            return asyncio.run(asyncio.wait_for(program(), 20))

    return contextvars.copy_context().run(run)


async def one_after_another(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


async def failing() -> None:
    raise ValueError("no such queue")


async def never() -> None:
    await asyncio.Event().wait()


def test_waits_once_for_outputs_that_complete_one_by_one() -> None:
    assert waits_for(lambda: [one_after_another(turns) for turns in range(MANY)]) == 1


def test_a_failure_ends_the_wait_for_others() -> None:
    with pytest.raises(ValueError, match="no such queue"):
        waits_for(lambda: [never(), failing()])


def test_restores_the_sdk() -> None:
    waits_for(list)
    assert vars(stack)["asyncio"] is asyncio
