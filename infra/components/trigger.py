"""What invokes a function: stated with the function, connected once the function and its grants exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from infra.components.alarms import Alarm
from infra.components.failure_queue import FailureQueue
from infra.components.function import ImageFunction
from infra.policies import Grant

#: Functions with event source mappings report which records of a batch failed; the others are done.
PARTIAL_RESPONSES = ["ReportBatchItemFailures"]


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long a service retries."""

    retries: int
    max_age_seconds: int


class Connection(Protocol):
    """The component between a trigger and its function."""

    @property
    def alarms(self) -> Sequence[Alarm]: ...

    @property
    def failure_queues(self) -> Mapping[str, FailureQueue]:
        """Where failures go, apart from the function's own queue."""
        ...


@dataclass(frozen=True)
class Trigger:
    """Something that invokes a function."""

    #: What the function's role needs for it.
    grants: Sequence[Grant]
    #: Whether Lambda writes failures to a queue of the function's own.
    needs_failure_queue: bool
    connect: Callable[[ImageFunction], Connection]
