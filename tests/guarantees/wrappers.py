"""Replacements for dependencies that several faults use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class _Override:
    def __init__(self, wrapped: Any, methods: dict[str, Callable[..., Any]]) -> None:
        vars(self).update(methods, _wrapped=wrapped)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)


def override(wrapped: Any, **methods: Callable[..., Any]) -> Any:
    """Return `wrapped` with some of its methods replaced. Raises `AttributeError` for one that it does not have."""
    for name in methods:
        getattr(wrapped, name)
    return _Override(wrapped, methods)


def ignore(*_: Any, **__: Any) -> None:
    """Do nothing."""


class UncheckedLease:
    """A lease that is never lost."""

    owner = "unchecked"

    def check(self) -> None:
        pass


def unconditional(client: Any) -> Any:
    """Return a DynamoDB client whose writes ignore their condition."""

    def put_item(*, ConditionExpression: str = "", **kwargs: Any) -> Any:  # noqa: N803 - as boto3 names it
        for name in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
            kwargs.pop(name, None)
        return client.put_item(**kwargs)

    def delete_item(*, ConditionExpression: str = "", **kwargs: Any) -> Any:  # noqa: N803
        for name in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
            kwargs.pop(name, None)
        return client.delete_item(**kwargs)

    return override(client, put_item=put_item, delete_item=delete_item)
