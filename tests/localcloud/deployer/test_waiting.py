"""What a program has begun is waited for as a whole, and its first failure ends the wait."""

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


def waits_for(begin: Callable[[], list[Awaitable[None]]]) -> int:
    """How often the loop is asked to wait while the SDK waits for these outputs."""

    async def program() -> int:
        with mock.patch("asyncio.wait", wraps=asyncio.wait) as waits:
            SETTINGS.outputs.clear()
            for output in begin():
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


def test_outputs_that_end_one_after_another_are_waited_for_once() -> None:
    assert waits_for(lambda: [one_after_another(turns) for turns in range(MANY)]) == 1


def test_a_failure_is_told_though_others_never_end() -> None:
    with pytest.raises(ValueError, match="no such queue"):
        waits_for(lambda: [never(), failing()])


def test_the_sdk_is_left_as_it_was() -> None:
    waits_for(list)
    assert vars(stack)["asyncio"] is asyncio
