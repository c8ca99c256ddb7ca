"""SQS: send in constant time, and keep the policies of a queue.

moto computes every attribute of a queue, three message counts among them, each time that it needs one. It removes the
access policy of a queue whenever another attribute is set, and never returns the redrive allow policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.sqs.models import Queue

from localcloud.hooks.patching import replace_function, replace_property

#: The attributes that moto reads for each message sent.
_CHEAP = frozenset({"ContentBasedDeduplication"})


class QueueAttributes(dict[str, Any]):
    """The attributes of a queue, computed when more than a cheap one is read."""

    def __init__(self, queue: Any, compute: Callable[[Any], dict[str, Any]]) -> None:
        super().__init__()
        self._queue = queue
        self._compute: Callable[[Any], dict[str, Any]] | None = compute

    def _all(self) -> None:
        if self._compute is not None:
            compute, self._compute = self._compute, None
            self.update(compute(self._queue))

    def get(self, key: str, default: Any = None) -> Any:
        if self._compute is not None and key in _CHEAP:
            if not self._queue.fifo_queue:
                return default
            value = getattr(self._queue, camelcase_to_underscores(key))
            return str(value).lower() if isinstance(value, bool) else value
        self._all()
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self._all()
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._all()
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        self._all()
        return super().__iter__()

    def __len__(self) -> int:
        self._all()
        return super().__len__()

    def keys(self) -> Any:
        self._all()
        return super().keys()

    def values(self) -> Any:
        self._all()
        return super().values()

    def items(self) -> Any:
        self._all()
        return super().items()


def _lazy(original: property) -> property:
    compute = original.fget
    assert compute is not None

    def complete(queue: Any) -> dict[str, Any]:
        result: dict[str, Any] = compute(queue)
        # moto stores every attribute, but returns those of its own lists only
        allow_policy = getattr(queue, "redrive_allow_policy", None)
        return {**result, "RedriveAllowPolicy": allow_policy} if allow_policy else result

    return property(lambda queue: QueueAttributes(queue, complete))


def _keeping_the_policy(original: Callable[..., None]) -> Callable[..., None]:
    def _set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        policy = getattr(self, "policy", None)
        original(self, attributes, now)
        if "Policy" not in attributes:
            self.policy = policy

    return _set_attributes


def install() -> None:
    replace_property(Queue, "attributes", _lazy)
    replace_function(Queue, "_set_attributes", "self attributes now", _keeping_the_policy)
