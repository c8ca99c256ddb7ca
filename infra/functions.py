"""The functions of one stack, each created by one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from infra.components.alarms import Alarm
from infra.components.failure_queue import FailureQueue
from infra.components.function import ImageFunction, ImageFunctionArgs
from infra.components.trigger import Trigger
from infra.config.settings import Settings
from infra.naming import Names
from infra.policies import Grant
from vcp.wire.environment import SETTINGS_BY_FUNCTION

#: n8n times out after 300 s and calls again; the intake answers within seconds or fails.
INTAKE_TIMEOUT_SECONDS = 60
#: A batch of rows at Airtable's rate limit, and the 30 s that it demands after a 429.
AIRTABLE_SYNC_TIMEOUT_SECONDS = 180
#: Lambda's maximum: videos first, then the scan, which the next run continues.
RECONCILER_TIMEOUT_SECONDS = 900


class Functions:
    """Creates functions with their grants and triggers, and collects their alarms and failure queues."""

    def __init__(self, settings: Settings, names: Names) -> None:
        self._settings, self._names = settings, names
        self.all: list[ImageFunction] = []
        self.alarms: list[Alarm] = []
        self.failure_queues: dict[str, FailureQueue] = {}

    def create(
        self,
        key: str,
        description: str,
        *,
        image: str,
        memory_mb: int,
        timeout_seconds: int,
        uses: Sequence[Grant],
        settings: Mapping[str, pulumi.Input[str]] | None = None,
        trigger: Trigger | None = None,
    ) -> ImageFunction:
        """Create a function after all of its grants, then connect its trigger.

        Args:
            key: function key.
            description: for the Lambda console.
            image: by digest.
            memory_mb: memory, which also determines CPU.
            timeout_seconds: of one invocation.
            uses: what the function may do; a grant brings the settings that belong to it.
            settings: further values of the function's settings model. Those that have the names of the stack's settings
                are passed on.
            trigger: what invokes the function, apart from callers that have a grant.
        """
        own: dict[str, Any] = {"powertools_service_name": self._names.function(key), **(settings or {})}
        function = ImageFunction(
            key.replace("_", "-"),
            ImageFunctionArgs(
                key=key,
                function_name=self._names.function(key),
                role_name=self._names.role(key),
                description=description,
                image_uri=image,
                settings={**self._settings.for_function(SETTINGS_BY_FUNCTION[key]), **own},
                memory_mb=memory_mb,
                timeout_seconds=timeout_seconds,
                log_days=self._settings.log_days,
                grants=[*uses, *(trigger.grants if trigger else ())],
                failure_queue_name=self._names.failures(key) if trigger and trigger.needs_failure_queue else None,
                permissions_boundary=self._settings.permissions_boundary or None,
            ),
        )
        failure_queues = {function.name: function.failures} if function.failures else {}
        self.alarms += function.alarms
        if trigger:
            connection = trigger.connect(function)
            failure_queues |= connection.failure_queues
            self.alarms += connection.alarms
        self.alarms += [queue.alarm(what) for what, queue in failure_queues.items()]
        self.failure_queues |= failure_queues
        self.all.append(function)
        return function
